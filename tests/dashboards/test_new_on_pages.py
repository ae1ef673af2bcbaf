"""What officers do beside the inbox: take matters up, make answers official, tell writers, begin with an answer."""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
import sqlalchemy as sa
import streamlit as st
from desk_cases import add_person, desk_of, open_cases_of, opened, plain_matter, post
from streamlit.testing.v1 import AppTest
from test_desk_page import checked, errors, labels, listed, press, signed_in
from test_desk_page import tick as tick_said
from test_views import VIEWS, captions, tick

from portal.models import CaseState
from portal.official import official_entries, own_answers
from portal.store import Store
from portal.submissions import submit

ANSWER = {"en": "The pipe was mended on Monday and the water is back."}
OFFER = "Make it a case of ours"
NOBODY = "Nobody submitted it formally. An officer of the agency can make it a case: sign in under My desk."
SOCIAL, CONFIDENTIAL, FORMAL = 1, 2, 0  # lines of the issues page


@pytest.fixture
def store(home: Path) -> Iterator[Store]:
    """marie (1) an officer of PUC, helen (2) its head, paul (3) of SLTA, olga (4) of the oversight."""
    st.cache_resource.clear()
    with closing(opened(home)) as made:
        add_person(made, "marie", "PUC")
        add_person(made, "helen", "PUC", role="head")
        add_person(made, "paul", "SLTA")
        add_person(made, "olga", None, role="oversight")
        yield made
    st.cache_resource.clear()


def issues(account_id: int | None, line: int) -> AppTest:
    """The issues page of this person with a line ticked."""
    shown = AppTest.from_file(str(VIEWS / "issues.py"), default_timeout=60)
    if account_id is not None:
        shown.session_state["account"] = account_id
    return tick(checked(shown.run()), line)


# Taking up


@pytest.mark.usefixtures("published")
def test_an_officer_makes_a_social_matter_a_case_from_the_issues_page(store: Store) -> None:
    shown = issues(1, SOCIAL)
    press(shown, OFFER)
    (said,) = [success.value for success in shown.success]
    reference = said.removeprefix("It is case ").split()[0]
    assert said == f"It is case {reference} now, on your desk."
    assert OFFER not in labels(shown)
    case = desk_of(store, 1).case(reference)
    assert (case.state, case.handler_id, case.mda, case.is_formal) == (CaseState.ROUTED, 1, "PUC", False)
    (taken,) = case.posts
    assert (taken.post_id, taken.text, taken.lang, taken.district, taken.receipt) == (
        "p3", "Napa delo Anse Royale", "crs", "SC-05", None,
    )  # fmt: skip
    assert (taken.said_at, taken.source) == (datetime(2026, 10, 20, 10, tzinfo=UTC), "portal")
    assert (case.confidence, case.suggested_by_model, case.reasons) == (
        0.8, "toy@1", ["words that speak for Water: water"],
    )  # fmt: skip
    assert case.candidates == [{"category": "water_supply", "mda": "PUC", "probability": 0.8}]
    assert listed(signed_in("marie")) == ["Napa delo Anse Royale"]


@pytest.mark.usefixtures("published")
def test_whoever_is_second_to_take_a_matter_up_is_told_the_case(store: Store) -> None:
    first, second = issues(1, SOCIAL), issues(2, SOCIAL)
    press(first, OFFER)
    press(second, OFFER)
    (said,) = errors(second)
    assert said.startswith("This is case C-")
    assert said.endswith(" already.")
    assert not second.success


@pytest.mark.usefixtures("published", "store")
@pytest.mark.parametrize("account_id", [None, 3, 4, 999])
def test_only_an_officer_of_the_agency_is_offered_a_matter(account_id: int | None) -> None:
    shown = issues(account_id, SOCIAL)
    assert OFFER not in labels(shown)
    assert NOBODY in captions(shown)


@pytest.mark.usefixtures("published", "store")
@pytest.mark.parametrize("line", [CONFIDENTIAL, FORMAL])
def test_a_confidential_or_formal_matter_is_offered_to_nobody(line: int) -> None:
    for account_id in (1, 3):
        shown = issues(account_id, line)
        assert OFFER not in labels(shown)
        assert NOBODY not in captions(shown)


# Official answers


def answered(store: Store, said: str = "no water") -> str:
    (reference,) = open_cases_of(store, plain_matter(said))
    desk_of(store, 1).answer(reference, 1, ANSWER)
    return reference


def test_a_head_makes_an_answer_official_and_looks_after_it(store: Store) -> None:
    reference = answered(store)
    shown = tick_said(signed_in("helen"), "no water")
    assert shown.text_area(key=f"official en {reference}").value == ANSWER["en"]
    press(shown, "Publish it with the next run")
    assert errors(shown) == ["An entry needs a question."]
    checked(shown.text_input(key=f"question {reference}").set_value("When is water back?").run())
    checked(shown.text_area(key=f"official crs {reference}").set_value("Delo in retournen.").run())
    press(shown, "Publish it with the next run")
    ((entry),) = official_entries(store)
    assert (entry.answer.question, entry.answer.texts) == (
        "When is water back?", {**ANSWER, "crs": "Delo in retournen."},
    )  # fmt: skip
    assert timedelta(days=179) < entry.answer.review_by - datetime.now(UTC) <= timedelta(days=180)
    desk = signed_in("helen")
    assert [expander.label for expander in desk.expander] == ["Official answers: 1"]
    assert "When is water back?" in [text.value for text in desk.text]
    press(desk, "Withdraw it")
    assert errors(desk) == ["Say why it is withdrawn."]
    checked(desk.text_input(key=f"why withdrawn {entry.answer.answer_id}").set_value("the tariff changed").run())
    press(desk, "Withdraw it")
    assert list(desk.expander) == []
    assert list(official_entries(store)) == []


def test_an_official_answer_that_is_due_is_said_so_until_it_is_confirmed(store: Store) -> None:
    reference = answered(store)
    desk_of(store, 2).publish(reference, 2, "When?", ANSWER, datetime.now(UTC) + timedelta(days=1))
    with store.session() as session:
        now = datetime.now(UTC) - timedelta(minutes=1)
        session.execute(sa.text("UPDATE official_answers SET review_by = :now"), {"now": now.isoformat(sep=" ")})
    shown = signed_in("helen")
    assert [expander.label for expander in shown.expander] == ["Official answers: 1, 1 to look at again"]
    press(shown, "It holds: again in 6 months")
    assert [expander.label for expander in shown.expander] == ["Official answers: 1"]
    (answer,) = own_answers(store, 2)
    assert answer.review_by > datetime.now(UTC) + timedelta(days=179)


def test_an_officer_reads_official_answers_and_has_no_button_for_them(store: Store) -> None:
    reference = answered(store)
    desk_of(store, 2).publish(reference, 2, "When?", ANSWER, datetime.now(UTC) + timedelta(days=90))
    shown = signed_in("marie")
    assert [expander.label for expander in shown.expander] == ["Official answers: 1"]
    assert {"Withdraw it", "It holds: again in 6 months"}.isdisjoint(labels(shown))
    assert [expander.label for expander in signed_in("paul").expander] == []
    assert "Publish it with the next run" not in labels(tick_said(shown, "no water"))


def test_a_confidential_case_offers_no_official_answer(store: Store) -> None:
    reference = answered(store)
    desk_of(store, 1).correct(reference, 2, is_confidential=True)
    assert "Publish it with the next run" not in labels(tick_said(signed_in("helen"), "no water"))


# On the page of a case


def test_a_person_makes_a_case_confidential_on_its_page(store: Store) -> None:
    (reference,) = open_cases_of(store, plain_matter("no water"))
    shown = tick_said(signed_in("marie"), "no water")
    checked(shown.checkbox(key=f"confidential {reference}").check().run())
    press(shown, "Correct it so")
    assert desk_of(store, 1).case(reference).is_confidential
    tick_said(shown, "no water")
    assert any(caption.endswith(" · Confidential") for caption in captions(shown))
    lines = [text.value for text in shown.text if "corrected" in text.value]
    assert [line.split(" · ", 1)[1] for line in lines] == ["marie (officer): corrected (confidential)"]


def test_who_wrote_elsewhere_is_told_and_noted(store: Store) -> None:
    receipt = submit(store, text="x", received_at=datetime.now(UTC))
    posts = [
        post("formal", "no water", receipt=receipt),
        post("social", "still none", url="https://social.example/1"),
        post("odd", "none at all", url="javascript:alert(1)"),
    ]
    (reference,) = open_cases_of(store, plain_matter("x", posts=posts))
    shown = tick_said(signed_in("marie"), "no water")
    expanders = [expander.label for expander in shown.expander]
    assert [label for label in expanders if "not told" in label] == []
    desk_of(store, 1).answer(reference, 1, ANSWER)
    shown = tick_said(signed_in("marie"), "no water")
    assert "2 social posts not told yet" in [expander.label for expander in shown.expander]
    assert [link.proto.url for link in shown.get("link_button")] == ["https://social.example/1"]
    checked(shown.multiselect(key=f"told {reference}").set_value(["social"]).run())
    press(shown, "Note that they were told")
    told = {said.post_id: said.told_at is not None for said in desk_of(store, 1).case(reference).posts}
    assert told == {"formal": False, "social": True, "odd": False}
    assert "1 social post not told yet" in [expander.label for expander in shown.expander]


def test_an_answer_begins_with_that_of_a_similar_case_and_nothing_is_sent(store: Store) -> None:
    meaning = np.asarray([1.0, 0.5], dtype=np.float16).tobytes()
    one, other = open_cases_of(
        store, plain_matter("no water here", meaning=meaning), plain_matter("no water there", meaning=meaning)
    )
    desk_of(store, 1).answer(other, 1, {**ANSWER, "crs": "Tiyo in repare."})
    shown = tick_said(signed_in("marie"), "no water here")
    assert "Similar cases: 1, 1 answered" in [expander.label for expander in shown.expander]
    press(shown, "Begin with this answer")
    assert shown.text_area(key=f"answer en {one}").value == ANSWER["en"]
    assert shown.text_area(key=f"answer crs {one}").value == "Tiyo in repare."
    assert desk_of(store, 1).case(one).replies == []


def test_a_barred_person_is_told_and_has_no_button(store: Store) -> None:
    (reference,) = open_cases_of(store, plain_matter("no water"))
    with store.session() as session:
        session.execute(sa.text("UPDATE cases SET appeals = 1, barred = '[1]'"))
    shown = tick_said(signed_in("marie"), "no water")
    (said,) = [warning.value for warning in shown.warning]
    assert said.startswith("A citizen appealed: the case needs a fresh look. Whoever decided before may look at it")
    assert set(labels(shown)) == {"Sign out", "Previous", "Next"}
    other = tick_said(signed_in("helen"), "no water")
    assert [warning.value for warning in other.warning] == ["A citizen appealed: the case needs a fresh look."]
    assert "Accept" in labels(other)
    assert listed(other, "reference") == [reference]
