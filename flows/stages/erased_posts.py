"""Erased posts stay where they were: in the group, the topic and the question of those that they were with.

Nothing can be compared without words, so merging leaves them out; then each joins those that most of its earlier
fellows are in now. Where none of these has words, a group stays as it was, and topics and questions end.
"""

from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from nlp.merging import GroupMember, PostFaq, PostTopic, TriagedPost

Label = TypeVar("Label", bound=Hashable)


def with_erased_members(
    groups: Sequence[GroupMember], erased: Sequence[TriagedPost], before: Mapping[str, Mapping[str, Any]]
) -> list[GroupMember]:
    """`groups` and then a member a post of `erased`; `before` are the rows of the last run by post."""
    group_of = {post_id: row["group_id"] for post_id, row in before.items()}
    now = rejoined(group_of, {member.post_id: member.group_id for member in groups}, erased)
    first = {member.group_id: member.post_id for member in groups if member.of is None}
    members = list(groups)
    for post in erased:
        row, group_id = before.get(post.post_id), now.get(post.post_id)
        if group_id is None and row is None:
            members.append(GroupMember(post.post_id, post.post_id, "none", None, 1.0))
        elif group_id is None and row is not None:
            members.append(GroupMember(**row))
        elif group_id is not None and row is not None:
            # An erased post that stood first gives its place away: the two were as alike as the other way round.
            told = row if row["of"] is not None else before.get(first[group_id], row)
            match = told["match"] if told["of"] is not None else "semantic"
            members.append(GroupMember(post.post_id, group_id, match, first[group_id], told["score"]))
    return members


def with_erased_in_topics(
    topics: Sequence[PostTopic], erased: Sequence[TriagedPost], before: Mapping[str, int]
) -> list[PostTopic]:
    """The topics with the erased posts among their posts; `before` is the topic of each post in the last run."""
    now = rejoined(before, {post_id: i for i, topic in enumerate(topics) for post_id in topic.post_ids}, erased)
    return [
        replace(topic, post_ids=topic.post_ids | {post_id for post_id, at in now.items() if at == i})
        for i, topic in enumerate(topics)
    ]


def with_erased_in_faqs(
    faqs: Sequence[PostFaq], erased: Sequence[TriagedPost], before: Mapping[str, str]
) -> list[PostFaq]:
    """The questions with the erased posts among those that asked; `before` is each post's question in the last run."""
    now = rejoined(before, {post_id: faq.faq_id for faq in faqs for post_id in faq.post_ids}, erased)
    return [
        replace(faq, post_ids=(*faq.post_ids, *sorted(post_id for post_id, at in now.items() if at == faq.faq_id)))
        for faq in faqs
    ]


def rejoined(
    before: Mapping[str, Hashable], now: Mapping[str, Label], erased: Sequence[TriagedPost]
) -> dict[str, Label]:
    """Where each erased post belongs `now`: with most of those it was with `before`; left out where none has words."""
    moved: dict[Hashable, Counter[Label]] = {}
    for post_id, label in before.items():
        if post_id in now:
            moved.setdefault(label, Counter())[now[post_id]] += 1
    most = {label: min(to.items(), key=lambda found: (-found[1], str(found[0])))[0] for label, to in moved.items()}
    found = {post.post_id: before.get(post.post_id) for post in erased}
    return {post_id: most[label] for post_id, label in found.items() if label is not None and label in most}
