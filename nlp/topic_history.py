"""Topics over time: which topic of today is which of yesterday, which have merged, which have split.

Topics are found anew over all posts at every run; what a topic is called must not change by that.
"""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass

SAME_SHARE = 1 / 3
MOST_OF = 1 / 2


@dataclass(frozen=True, slots=True)
class TopicChange:
    """`merged`: `topic_id` is no more, most of its posts are in `other_id` now. `split`: most of the known posts of
    `topic_id`, which is new, were in `other_id`, which lives on."""

    kind: str
    topic_id: int
    other_id: int


def matched_ids(previous: Mapping[int, Set[str]], current: Sequence[Set[str]], next_id: int) -> list[int]:
    """Stable ids: a topic keeps the id of the earlier one it shares most posts with, if that is a third or more.

    `previous` holds the post ids of each known topic, `current` those of each new one; a new topic gets `next_id` and
    on. An id goes to one topic only, the one with the larger share.
    """
    shared = _shared(previous, current)
    claims = sorted(
        (
            (n / (len(current[position]) + len(previous[topic_id]) - n), -position, topic_id)
            for (topic_id, position), n in shared.items()
        ),
        reverse=True,
    )
    chosen: dict[int, int] = {}
    taken: set[int] = set()
    for share, negative, topic_id in claims:
        if share >= SAME_SHARE and -negative not in chosen and topic_id not in taken:
            chosen[-negative] = topic_id
            taken.add(topic_id)
    fresh = iter(range(next_id, next_id + len(current)))
    return [chosen[i] if i in chosen else next(fresh) for i in range(len(current))]


def changes(previous: Mapping[int, Set[str]], current: Sequence[Set[str]], ids: Sequence[int]) -> list[TopicChange]:
    """What became of earlier topics, in the order of their ids; `ids` are those that `matched_ids` gave `current`."""
    living = set(ids)
    known = [0] * len(current)
    shared = _shared(previous, current)
    for (_, position), n in shared.items():
        known[position] += n
    found = []
    for (topic_id, position), n in sorted(shared.items()):
        if topic_id not in living and n > MOST_OF * len(previous[topic_id]):
            found.append(TopicChange("merged", topic_id, ids[position]))
        elif topic_id in living and ids[position] not in previous and n > MOST_OF * known[position]:
            found.append(TopicChange("split", ids[position], topic_id))
    return found


def _shared(previous: Mapping[int, Set[str]], current: Sequence[Set[str]]) -> dict[tuple[int, int], int]:
    """How many posts an earlier topic and a position of `current` share, where they share any."""
    was_in = {post_id: topic_id for topic_id, posts in previous.items() for post_id in posts}
    shared: dict[tuple[int, int], int] = {}
    for position, posts in enumerate(current):
        for post_id in posts:
            if post_id in was_in:
                pair = was_in[post_id], position
                shared[pair] = shared.get(pair, 0) + 1
    return shared
