"""What posts say together: repeats as groups, open groups as topics, open questions as FAQs.

Says which posts take part and what the results are named after; how likeness is measured is told in `duplicates`,
`topics` and `faqs`.
"""

from collections.abc import Sequence, Set
from dataclasses import dataclass
from datetime import datetime

from nlp.duplicates import Statement, find_duplicates
from nlp.faqs import find_faqs
from nlp.space import Vectors
from nlp.topics import find_topics
from nlp.triage import OTHER_CATEGORY, PLACEHOLDER

SMALLEST_FAQ = 2


@dataclass(frozen=True, slots=True)
class TriagedPost:
    """What merging looks at; `text` is redacted."""

    post_id: str
    text: str
    created_at: datetime | None
    district: str | None
    kind: str
    category: str
    is_confidential: bool

    @property
    def is_open(self) -> bool:
        """Whether its words may stand for others: it is no secret, and a matter for government."""
        return not self.is_confidential and self.category != OTHER_CATEGORY


@dataclass(frozen=True, slots=True)
class GroupMember:
    """A post and the group it is in, named after the group's earliest post; `match`, `of`, `score` as in duplicates."""

    post_id: str
    group_id: str
    match: str
    of: str | None
    score: float


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
    statements = [Statement(post.post_id, post.text, post.created_at, post.district) for post in posts]
    findings = find_duplicates(statements, vectors)
    first = {finding.group: finding.post_id for finding in findings if finding.of is None}
    return [GroupMember(f.post_id, first[f.group], f.match, f.of, f.score) for f in findings]


def find_post_topics(
    posts: Sequence[TriagedPost], vectors: Vectors, groups: Sequence[GroupMember], stop_words: Set[str] = frozenset()
) -> list[PostTopic]:
    """Topics over the earliest post of each group, so that a campaign makes none by its copies; then all posts join.

    Only open posts make topics, lend them terms or join them. `groups` are the members of `posts` in their order.
    """
    rows = [i for i, (post, group) in enumerate(zip(posts, groups, strict=True)) if post.is_open and group.of is None]
    said_in: dict[str, list[str]] = {}
    for post, group in zip(posts, groups, strict=True):
        if post.is_open:
            said_in.setdefault(group.group_id, []).append(post.post_id)
    bare = [PLACEHOLDER.sub(" ", posts[i].text) for i in rows]
    return [
        PostTopic(
            topic.label,
            topic.terms,
            posts[rows[topic.representative]].post_id,
            frozenset(post_id for i in topic.members for post_id in said_in[groups[rows[i]].group_id]),
        )
        for topic in find_topics(bare, vectors[rows], stop_words)
    ]


def find_post_faqs(posts: Sequence[TriagedPost], vectors: Vectors) -> list[PostFaq]:
    """Open questions that were asked twice or more, most asked first."""
    rows = [i for i, post in enumerate(posts) if post.kind == "question" and post.is_open]
    return [
        PostFaq(
            posts[rows[faq.question]].post_id,
            posts[rows[faq.question]].text,
            tuple(posts[rows[i]].post_id for i in faq.members),
        )
        for faq in find_faqs(vectors[rows])
        if len(faq.members) >= SMALLEST_FAQ
    ]
