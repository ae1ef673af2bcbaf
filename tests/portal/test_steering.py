"""Steering topics: who may, what each act keeps, what is refused, what the log is told. All topics are invented."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
from toy_cases import NOON, Clock, add_account, count_rows, events, everything

from portal.errors import (
    NotAllowedError,
    PortalError,
    TopicChangedError,
    TopicGoneError,
    TopicLabelError,
    TopicMergeError,
    TopicNotMergedError,
)
from portal.models import LONGEST_LABEL, Role, TopicMark
from portal.steering import Steering, holder_of, topic_marks
from portal.store import Store

KNOWN = frozenset(range(1, 8))
ACTS: dict[str, Callable[[Steering, int], None]] = {
    "rename": lambda steering, version: steering.rename(3, version, "Water at Takamaka"),
    "name back": lambda steering, version: steering.rename(3, version, None),
    "merge": lambda steering, version: steering.merge(3, version, 7),
    "pin": lambda steering, version: steering.pin(3, version, is_pinned=True),
    "unpin": lambda steering, version: steering.pin(3, version, is_pinned=False),
    "mute": lambda steering, version: steering.mute(3, version, is_muted=True),
    "unmute": lambda steering, version: steering.mute(3, version, is_muted=False),
}


def steering_of(store: Store, role: Role = Role.ANALYST, **fields: bool) -> Steering:
    return Steering(store, add_account(store, role, **fields), KNOWN, Clock())


def kept(store: Store) -> dict[int, tuple[str | None, int | None, bool, bool]]:
    return {mark.topic_id: (mark.label, mark.merged_into, mark.is_pinned, mark.is_muted) for mark in topic_marks(store)}


def refused(store: Store, act: Callable[[], None], kind: type[PortalError]) -> str:
    """What is said; nothing is written."""
    before = everything(store)
    with pytest.raises(kind) as error:
        act()
    assert everything(store) == before
    return str(error.value)


def test_every_act_is_kept_and_can_be_undone(store: Store) -> None:
    steering = steering_of(store)
    steering.rename(3, 0, " Water at Takamaka ")
    steering.pin(3, 1, is_pinned=True)
    steering.mute(3, 2, is_muted=True)
    steering.merge(3, 3, 7)
    assert kept(store) == {3: ("Water at Takamaka", 7, True, True)}
    (mark,) = topic_marks(store)
    assert (mark.version, mark.marked_by, mark.marked_at) == (4, steering.account_id, NOON)
    steering.unmerge(3, 4)
    steering.mute(3, 5, is_muted=False)
    steering.pin(3, 6, is_pinned=False)
    steering.rename(3, 7, None)
    assert kept(store) == {3: (None, None, False, False)}


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("role", Role)
def test_only_an_analyst_and_the_oversight_steer(store: Store, role: Role, act: str) -> None:
    steering = steering_of(store, role)
    if role in (Role.ANALYST, Role.OVERSIGHT):
        ACTS[act](steering, 0)
        assert count_rows(store, TopicMark) == 1
        return
    said = refused(store, partial(ACTS[act], steering, 0), NotAllowedError)
    assert said.endswith(" may not rename, merge, pin or mute topics")
    assert "may not" in refused(store, partial(steering.history, 3), NotAllowedError)


def test_a_disabled_account_steers_nothing(store: Store) -> None:
    steering = steering_of(store, is_disabled=True)
    assert "disabled" in refused(store, partial(steering.pin, 3, 0, is_pinned=True), NotAllowedError)


def test_a_topic_that_is_gone_is_refused_and_its_mark_stays(store: Store) -> None:
    steering = steering_of(store)
    steering.pin(3, 0, is_pinned=True)
    later = Steering(store, steering.account_id, KNOWN - {3}, Clock())
    for act in ACTS.values():
        assert refused(store, partial(act, later, 1), TopicGoneError) == (
            "there is no topic 3 any more: look at the list again; nothing was written"
        )
    assert "no topic 3" in refused(store, partial(later.merge, 4, 0, 3), TopicGoneError)
    assert kept(store) == {3: (None, None, True, False)}


@pytest.mark.parametrize(
    "label",
    [
        pytest.param("", id="nothing"),
        pytest.param("  ", id="blanks"),
        pytest.param("x" * (LONGEST_LABEL + 1), id="too long"),
        pytest.param("PLANTED\nname", id="two lines"),
        pytest.param("PLANTED\x00", id="a control character"),
        pytest.param("PLANTED \u202e name", id="turned round"),
    ],
)
def test_a_name_is_one_short_line_and_the_refusal_does_not_quote_it(store: Store, label: str) -> None:
    said = refused(store, partial(steering_of(store).rename, 3, 0, label), TopicLabelError)
    assert said == "a topic's name is one line of at most 60 characters: choose a shorter or plainer one"


def test_the_longest_name_in_creole_letters_is_kept(store: Store) -> None:
    steering_of(store).rename(3, 0, "é" * LONGEST_LABEL)
    assert kept(store)[3][0] == "é" * LONGEST_LABEL


def test_merges_are_followed_and_never_make_a_circle(store: Store) -> None:
    steering = steering_of(store)
    assert "one and the same" in refused(store, partial(steering.merge, 3, 0, 3), TopicMergeError)
    steering.merge(1, 0, 2)
    steering.merge(2, 0, 3)
    steering.merge(4, 0, 1)  # 1 is part of 2, which is part of 3
    merged_into = {topic_id: mark[1] for topic_id, mark in kept(store).items() if mark[1] is not None}
    assert {topic_id: holder_of(topic_id, merged_into) for topic_id in (1, 2, 3, 4, 5)} == {
        1: 3,
        2: 3,
        3: 3,
        4: 3,
        5: 5,
    }
    for into in (1, 2, 4):
        said = refused(store, partial(steering.merge, 3, 0, into), TopicMergeError)
        assert said == (
            f"topic 3 cannot become part of topic {into}: that one is part of this one; undo that merge first"
        )
    steering.unmerge(2, 1)
    steering.merge(3, 0, 2)
    steering.merge(1, 1, 5)  # elsewhere, without undoing the first
    assert {topic_id: mark[1] for topic_id, mark in kept(store).items()} == {1: 5, 2: None, 3: 2, 4: 1}


def test_a_topic_that_was_not_merged_cannot_be_taken_out(store: Store) -> None:
    steering = steering_of(store)
    assert "no merge to undo" in refused(store, partial(steering.unmerge, 3, 0), TopicNotMergedError)


def test_of_two_who_saw_the_same_only_the_first_writes(store: Store) -> None:
    first, second = steering_of(store), steering_of(store, Role.OVERSIGHT)
    first.rename(3, 0, "one")
    for seen in (0, 2):
        said = refused(store, partial(second.rename, 3, seen, "other"), TopicChangedError)
        assert said == (
            "someone changed topic 3 while you looked at it: look at it again; nothing of yours was written"
        )
    second.rename(3, 1, "other")
    assert kept(store)[3][0] == "other"


def test_people_who_merge_in_circles_at_once_leave_none(store: Store) -> None:
    steering = steering_of(store)

    def merge(pair: tuple[int, int]) -> bool:
        try:
            steering.merge(pair[0], 0, pair[1])
        except TopicMergeError:
            return False
        return True

    with ThreadPoolExecutor(3) as pool:
        done = list(pool.map(merge, [(1, 2), (2, 3), (3, 1)]))
    assert done.count(True) == 2
    merged_into = {topic_id: mark[1] for topic_id, mark in kept(store).items() if mark[1] is not None}
    assert len({holder_of(topic_id, merged_into) for topic_id in (1, 2, 3)}) == 1


def test_the_log_is_told_the_kind_of_act_and_never_the_name(store: Store) -> None:
    steering = steering_of(store)
    who = f"analyst {steering.account_id}"
    steering.rename(3, 0, "PLANTED Zan Envante")
    steering.merge(3, 1, 7)
    steering.unmerge(3, 2)
    steering.mute(3, 3, is_muted=True)
    steering.rename(3, 4, None)
    assert events(store, "topic 3") == [
        (who, "topic renamed", {}),
        (who, "topic merged", {"into": 7}),
        (who, "topic's merge undone", {"into": 7}),
        (who, "topic muted", {}),
        (who, "topic's name taken back", {}),
    ]
    assert "PLANTED" not in repr(events(store))


def test_the_history_of_a_topic_names_who_did_what_newest_first(store: Store) -> None:
    steering = steering_of(store)
    steering.pin(3, 0, is_pinned=True)
    steering.merge(3, 1, 7)
    steering.pin(4, 0, is_pinned=True)
    told = [(done.at, done.who, done.action, done.other_id) for done in steering.history(3)]
    who = "analyst-0-invented (analyst)"
    assert told == [(NOON, who, "topic merged", 7), (NOON, who, "topic pinned", None)]
