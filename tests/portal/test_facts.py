"""What statistics get of cases: codes and times, and nobody's words or names."""

import pytest
from toy_cases import NOON, desk_of, open_toy_case, put, routed_post, submitted_case

from portal import facts
from portal.facts import COLUMNS, case_facts
from portal.models import CaseState, Role
from portal.store import Store

ANSWER = {"en": "PLANTED-ANSWER the pipe was repaired on Monday."}


def test_a_case_gives_its_codes_and_times_and_no_words(store: Store) -> None:
    receipt, reference = submitted_case(store, "PLANTED-RAW", urgency="urgent", confidence=0.25)
    desk = desk_of(store)
    desk.correct(reference, 1, category="electricity")
    desk.close(reference, 2, CaseState.UPHELD, ANSWER)
    ((fact,),) = case_facts(store)
    assert set(fact) == {column.key for column in COLUMNS} | {"lang", "post_ids"}
    expected = {
        "reference": reference, "mda": "PUC", "category": "electricity", "suggested_mda": "PUC",
        "suggested_category": "water_supply", "confidence": 0.25, "urgency": "urgent", "is_confidential": False,
        "is_formal": True, "level": "agency", "state": "upheld", "opened_at": NOON, "decided_at": NOON,
        "first_answered_at": NOON, "answered_at": NOON, "closed_at": NOON, "held_since": None, "appeals": 0,
        "sends_elsewhere": False, "lang": "en", "post_ids": [f"of {receipt}"],
    }  # fmt: skip
    assert {name: fact[name] for name in expected} == expected
    assert type(fact["level"]) is type(fact["state"]) is str
    assert "PLANTED" not in repr(fact)
    assert "invented" not in repr(fact)


def test_the_language_is_that_of_the_first_post_by_id_and_posts_stand_in_order(store: Store) -> None:
    open_toy_case(store, routed_post("b", lang="fr"), routed_post("a", lang="crs"), routed_post("c"))
    ((fact,),) = case_facts(store)
    assert (fact["lang"], fact["post_ids"]) == ("crs", ["a", "b", "c"])


def test_a_case_without_posts_is_a_fact_too(store: Store) -> None:
    desk, first, second = desk_of(store), open_toy_case(store, "a"), open_toy_case(store, "b")
    desk.close_as_duplicate(second, 1, first)
    ((one, two),) = case_facts(store)
    assert (one["post_ids"], two["post_ids"], two["lang"], two["state"]) == (["a", "b"], [], None, "duplicate")


def test_every_case_is_there_once_whatever_the_page(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    references = [open_toy_case(store, f"{n}a", f"{n}b") for n in range(5)]
    put(store, references[2], level="ombudsman")
    for at_once, sizes in ((2, [2, 2, 1]), (5, [5]), (1, [1] * 5)):
        monkeypatch.setattr(facts, "AT_ONCE", at_once)
        pages = list(case_facts(store))
        assert [len(page) for page in pages] == sizes
        assert [fact["reference"] for page in pages for fact in page] == references
        assert [fact["post_ids"] for page in pages for fact in page] == [[f"{n}a", f"{n}b"] for n in range(5)]


def test_without_cases_there_is_no_page(store: Store) -> None:
    desk_of(store, Role.OVERSIGHT)
    assert list(case_facts(store)) == []
