"""What posts say together: repeats as groups, open groups as topics, open questions as FAQs.

Says which posts take part and what the results are named after; how likeness is measured is told in `duplicates`,
`topics`, `bursts` and `faqs`.
"""

from collections.abc import Sequence, Set
from dataclasses import dataclass
from datetime import datetime, timedelta

from nlp.bursts import HOUR, Said
from nlp.duplicates import Statement, find_duplicates
from nlp.faqs import asked_in, find_faqs
from nlp.space import Vectors
from nlp.topics import TopicPost, find_topics
from nlp.triage import OTHER_CATEGORY, PLACEHOLDER

SMALLEST_FAQ = 2
LEAST_COHESION = 0.17  # posts that lie no closer to one another are a heap, no topic
CLOCK_DRIFT = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class TriagedPost:
    """What merging looks at; `text` is redacted, `gloss` the same in English words."""

    post_id: str
    text: str
    gloss: str
    lang: str
    created_at: datetime | None
    district: str | None
    lat: float | None
    lon: float | None
    submitter_id: str | None
    kind: str
    category: str
    is_confidential: bool

    @property
    def spot(self) -> tuple[float, float] | None:
        """Latitude and longitude in degrees, where both are known."""
        return None if self.lat is None or self.lon is None else (self.lat, self.lon)

    @property
    def is_open(self) -> bool:
        """Whether its words may stand for others: it is no secret, and a matter for government."""
        return not self.is_confidential and self.category != OTHER_CATEGORY


@dataclass(frozen=True, slots=True)
class GroupMember:
    """A post and the group it is in, named after the group's earliest post; the rest as in duplicates."""

    post_id: str
    group_id: str
    match: str
    of: str | None
    score: float
    copy_of: str | None = None


@dataclass(frozen=True, slots=True)
class PostTopic:
    """A topic and the ids of all posts in it; `representative_post_id` is the one that stands for it."""

    label: str
    terms: tuple[str, ...]
    representative_post_id: str
    post_ids: frozenset[str]


@dataclass(frozen=True, slots=True)
class PostFaq:
    """A question asked twice or more, named after the post whose words stand for all."""

    faq_id: str
    question: str
    post_ids: tuple[str, ...]


def group_posts(posts: Sequence[TriagedPost], vectors: Vectors) -> list[GroupMember]:
    """One member a post, in their order. `vectors` are the posts' rows of length 1."""
    statements = [
        Statement(post.post_id, post.text, post.created_at, post.district, post.gloss, post.spot, post.category)
        for post in posts
    ]
    findings = find_duplicates(statements, vectors)
    first = {finding.group: finding.post_id for finding in findings if finding.of is None}
    return [GroupMember(f.post_id, first[f.group], f.match, f.of, f.score, f.copy_of) for f in findings]


def find_post_topics(
    posts: Sequence[TriagedPost], vectors: Vectors, groups: Sequence[GroupMember], stop_words: Set[str] = frozenset()
) -> list[PostTopic]:
    """Topics over posts in words of their own, so that a campaign makes none by its copies; then the copies join.

    Only open posts make topics, lend them terms or join them; what no two of them have a word for is no topic. `groups`
    are the members of `posts` in their order.
    """
    rows = [
        i for i, (post, group) in enumerate(zip(posts, groups, strict=True)) if post.is_open and group.copy_of is None
    ]
    copies: dict[str, list[str]] = {}
    for post, group in zip(posts, groups, strict=True):
        if post.is_open and group.copy_of is not None:
            copies.setdefault(group.copy_of, []).append(post.post_id)
    told = [
        TopicPost(PLACEHOLDER.sub(" ", posts[i].text), posts[i].gloss, posts[i].lang, posts[i].category) for i in rows
    ]
    found = []
    for topic in find_topics(told, vectors[rows], stop_words):
        if topic.cohesion >= LEAST_COHESION and topic.terms:
            own = [posts[rows[i]].post_id for i in topic.members]
            repeated = [post_id for member in own for post_id in copies.get(member, [])]
            representative = posts[rows[topic.representative]].post_id
            found.append(PostTopic(topic.label, topic.terms, representative, frozenset([*own, *repeated])))
    return found


def said_in_topics(
    posts: Sequence[TriagedPost], groups: Sequence[GroupMember], topics: Sequence[PostTopic], now: datetime
) -> tuple[list[Said], datetime]:
    """What bursts are looked for in, topics numbered as they come, and the hour up to which: that of the newest post.

    Posts without a time, or with one that lies more than a day ahead of `now`, and confidential ones, whose hour nobody
    learns, are left out; a post whose author is not known is a voice of its own.
    """
    topic_of = {post_id: number for number, topic in enumerate(topics) for post_id in topic.post_ids}
    timed = [
        (post, group, post.created_at)
        for post, group in zip(posts, groups, strict=True)
        if post.created_at is not None and post.created_at <= now + CLOCK_DRIFT and not post.is_confidential
    ]
    newest = max((at for _, _, at in timed), default=now)
    until = newest.replace(minute=0, second=0, microsecond=0) + HOUR
    said = [
        Said(topic_of[post.post_id], at, post.submitter_id or post.post_id, group.copy_of or post.post_id)
        for post, group, at in timed
        if post.post_id in topic_of
    ]
    return said, until


def find_post_faqs(posts: Sequence[TriagedPost], vectors: Vectors) -> list[PostFaq]:
    """Open questions that were asked twice or more, most asked first."""
    rows = [i for i, post in enumerate(posts) if post.kind == "question" and post.is_open]
    texts = [posts[i].text for i in rows]
    return [
        PostFaq(
            posts[rows[faq.question]].post_id,
            asked_in(texts[faq.question]),
            tuple(posts[rows[i]].post_id for i in faq.members),
        )
        for faq in find_faqs(texts, vectors[rows])
        if len(faq.members) >= SMALLEST_FAQ
    ]
