from datetime import UTC, datetime

import sqlalchemy as sa

from portal.cases import RoutedMatter, count_cases, open_cases
from portal.models import Case, CasePost
from portal.store import Store

NOON = datetime(2026, 8, 3, 12, tzinfo=UTC)


def matter(*post_ids: str, mda: str | None = "PUC") -> RoutedMatter:
    return RoutedMatter(post_ids, mda, "water_supply", "toy@1")


def cases(store: Store) -> dict[int, set[str]]:
    with store.session() as session:
        posts = session.scalars(sa.select(CasePost)).all()
    return {case: {p.post_id for p in posts if p.case_id == case} for case in {p.case_id for p in posts}}


def test_a_matter_opens_one_case_however_often_it_is_routed(store: Store) -> None:
    assert open_cases(store, [matter("a", "b"), matter("c")], NOON) == 2
    assert open_cases(store, [matter("a", "b"), matter("c")], NOON) == 0
    assert sorted(map(sorted, cases(store).values())) == [["a", "b"], ["c"]]
    assert count_cases(store) == 2


def test_a_new_post_of_a_matter_joins_its_case(store: Store) -> None:
    open_cases(store, [matter("a")], NOON)
    assert open_cases(store, [matter("a", "z")], NOON) == 0
    assert list(cases(store).values()) == [{"a", "z"}]


def test_groups_that_merge_later_do_not_move_posts_between_cases(store: Store) -> None:
    open_cases(store, [matter("a"), matter("b")], NOON)
    open_cases(store, [matter("a", "b", "c")], NOON)
    first, second = cases(store).values()
    assert {frozenset(first), frozenset(second)} == {frozenset({"a", "c"}), frozenset({"b"})}


def test_an_open_case_keeps_what_it_says(store: Store) -> None:
    open_cases(store, [matter("a", mda="PUC")], NOON)
    open_cases(store, [matter("a", mda="SLTA")], NOON)
    with store.session() as session:
        assert session.scalars(sa.select(Case.suggested_mda)).all() == ["PUC"]
