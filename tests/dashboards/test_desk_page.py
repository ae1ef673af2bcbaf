"""The officers' page on a store of invented cases: who sees what, what acts do, what is said when they cannot."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import streamlit as st
from desk_cases import DAYS, PASSWORD, add_person, desk_of, open_cases_of, opened, plain_matter, post
from streamlit.testing.v1 import AppTest

from dashboards import words
from portal.cases import RoutedMatter, open_cases
from portal.models import CaseState
from portal.people import disable_account
from portal.store import Store
from portal.submissions import submit

PAGE = Path(__file__).parent.parent.parent / "dashboards" / "views" / "desk.py"
PLANTED = "PLANTED-WORDS of an invented citizen"
RAW = "PLANTED-RAW-WORDS by Zan Envante"


@pytest.fixture
def store(home: Path) -> Iterator[Store]:
    """A home with marie, officer of PUC, and paul, officer of SLTA, and no case."""
    st.cache_resource.clear()
    with closing(opened(home)) as made:
        add_person(made, "marie", "PUC")
        add_person(made, "paul", "SLTA")
        yield made
    st.cache_resource.clear()


def page() -> AppTest:
    return checked(AppTest.from_file(str(PAGE), default_timeout=60).run())


def checked(shown: AppTest) -> AppTest:
    assert [exception.value for exception in shown.exception] == []
    return shown


def signed_in(name: str = "marie", password: str = PASSWORD) -> AppTest:
    shown = page()
    shown.text_input[0].set_value(name)
    shown.text_input[1].set_value(password)
    return press(shown, "Sign in")


def press(shown: AppTest, label: str) -> AppTest:
    (button,) = [button for button in shown.button if button.label == label]
    return checked(button.click().run())


def listed(shown: AppTest, column: str = "text") -> list[str]:
    return shown.dataframe[0].value[column].tolist() if shown.dataframe else []


def tick(shown: AppTest, *said: str) -> AppTest:
    """Tick the lines in which these words were said."""
    rows = [listed(shown).index(text) for text in said]
    shown.session_state[shown.dataframe[0].key] = {"selection": {"rows": rows, "columns": [], "cells": []}}
    return checked(shown.run())


def reference_of(shown: AppTest, said: str) -> str:
    return listed(shown, "reference")[listed(shown).index(said)]


def errors(shown: AppTest) -> list[str]:
    return [error.value.replace("\\", "") for error in shown.error]


def labels(shown: AppTest) -> list[str]:
    return [button.label for button in shown.button]


def everything_shown(shown: AppTest) -> str:
    """Whatever the browser gets, tables too."""
    elements = (str(getattr(element, "proto", "")) for element in shown.main)
    return " ".join([*elements, *(table.value.to_csv() for table in shown.dataframe)])


def history(shown: AppTest) -> list[str]:
    """The lines of the case's history, without their times."""
    return [text.value.split(" · ", 1)[1] for text in shown.text if text.value.count(" · ") and ": " in text.value]


def test_nobody_signed_in_sees_the_form_and_no_case(store: Store) -> None:
    (reference,) = open_cases_of(store, plain_matter(PLANTED))
    shown = page()
    assert [box.label for box in shown.text_input] == ["Name", "Password"]
    assert labels(shown) == ["Sign in"]
    assert not shown.dataframe
    assert PLANTED not in everything_shown(shown)
    assert reference not in everything_shown(shown)
    assert PLANTED in everything_shown(signed_in())


@pytest.mark.parametrize(("name", "password"), [("marie", "wrong wrong wrong"), ("nobody", PASSWORD), ("", "")])
def test_a_wrong_name_or_password_is_one_sentence_and_no_case(store: Store, name: str, password: str) -> None:
    open_cases_of(store, plain_matter(PLANTED))
    shown = signed_in(name, password)
    (said,) = errors(shown)
    assert said.startswith("This name and password let nobody in: check both;")
    assert PLANTED not in everything_shown(shown)
    assert labels(shown) == ["Sign in"]


def test_an_officer_sees_the_cases_of_the_own_agency_alone(store: Store) -> None:
    open_cases_of(
        store,
        plain_matter("no water"),
        plain_matter("a hole in the road", mda="SLTA", category="roads"),
        plain_matter("the agency itself is accused", accused=["PUC"]),
    )
    shown = signed_in()
    assert listed(shown) == ["no water"]
    assert "**1 open case**, none late." in [text.value for text in shown.markdown]
    assert "a hole in the road" not in everything_shown(shown)
    assert listed(signed_in("paul")) == ["a hole in the road"]


def test_what_is_due_first_is_on_top_and_the_urgent_before_the_normal_of_a_day(store: Store) -> None:
    now = datetime.now(UTC)
    open_cases_of(store, plain_matter("normal now"), plain_matter("urgent now", urgency="urgent"), now=now)
    open_cases_of(store, plain_matter("emergency now", urgency="emergency"), now=now)
    open_cases_of(store, plain_matter("normal before"), now=now - timedelta(days=7))
    shown = signed_in()
    assert listed(shown) == ["normal before", "emergency now", "urgent now", "normal now"]
    assert listed(shown, "urgency") == ["Normal", "Emergency", "Urgent", "Normal"]


def test_late_cases_are_said_so_counted_and_can_be_asked_for(store: Store) -> None:
    long_ago = datetime.now(UTC) - timedelta(days=40)
    open_cases_of(store, plain_matter("late"), now=long_ago)
    open_cases_of(store, plain_matter("in time"))
    shown = signed_in()
    assert "**2 open cases**, **1 late**." in [text.value for text in shown.markdown]
    first, second = listed(shown, "due")
    by = DAYS.after(long_ago, 10).astimezone(DAYS.timezone)
    assert first.startswith(f"{by:%-d %b}, ")
    assert first.endswith(" days late")
    assert "late" not in second
    checked(shown.segmented_control[0].set_value("late").run())
    assert listed(shown) == ["late"]


def test_the_list_can_be_asked_for_an_urgency_a_category_and_ones_own(store: Store) -> None:
    open_cases_of(
        store,
        plain_matter("water", confidence=0.9),
        plain_matter("urgent", urgency="urgent", confidence=0.6),
        plain_matter("power", category="electricity", confidence=0.3),
    )
    shown = signed_in()
    checked(shown.selectbox[0].set_value("urgent").run())
    assert listed(shown) == ["urgent"]
    checked(shown.selectbox[0].set_value(None).run())
    checked(shown.selectbox[1].set_value("electricity").run())
    assert listed(shown) == ["power"]
    checked(shown.selectbox[1].set_value(None).run())
    checked(shown.selectbox[2].set_value("unsure").run())
    assert listed(shown) == ["power", "urgent", "water"]
    press(tick(shown, "urgent"), "Accept")
    checked(shown.segmented_control[0].set_value("mine").run())
    assert listed(shown) == ["urgent"]
    checked(shown.selectbox[1].set_value("electricity").run())
    assert [info.value.split(".")[0] for info in shown.info] == ["Nothing waits here"]


def test_a_long_list_has_pages_and_ends_on_one_that_is_there(store: Store) -> None:
    open_cases_of(store, *(plain_matter(f"case {number}") for number in range(52)))
    shown = signed_in()
    assert len(listed(shown)) == 50
    press(shown, "Later")
    assert listed(shown) == ["case 50", "case 51"]
    tick(shown, "case 50")
    desk = desk_of(store, 1)
    for reference in listed(shown, "reference"):
        desk.close(reference, 1, CaseState.WITHDRAWN, {})
    checked(shown.run())
    assert len(listed(shown)) == 50


def test_a_person_disabled_meanwhile_is_told_and_sees_nothing(store: Store) -> None:
    open_cases_of(store, plain_matter(PLANTED))
    shown = tick(signed_in(), PLANTED)
    disable_account(store, "marie", datetime.now(UTC))
    press(shown, "Accept")
    assert errors(shown) == ["This account may not do anything here: it was disabled or removed."]
    assert PLANTED not in everything_shown(shown)
    checked(shown.run())
    assert labels(shown) == ["Sign in"]


def test_whoever_signs_out_leaves_nothing_to_the_next(store: Store) -> None:
    open_cases_of(store, plain_matter(PLANTED))
    shown = tick(signed_in(), PLANTED)
    press(shown, "Sign out")
    assert labels(shown) == ["Sign in"]
    assert PLANTED not in everything_shown(shown)
    shown.text_input[0].set_value("paul")
    shown.text_input[1].set_value(PASSWORD)
    press(shown, "Sign in")
    assert not shown.warning
    assert PLANTED not in everything_shown(shown)


def test_an_accepted_case_stays_open_with_what_was_typed(store: Store) -> None:
    (reference,) = open_cases_of(store, plain_matter("no water"))
    shown = tick(signed_in(), "no water")
    checked(shown.text_area(key=f"answer en {reference}").set_value("The pipe is").run())
    press(shown, "Accept")
    assert listed(shown, "state") == ["Accepted"]
    assert [header.value for header in shown.subheader] == [f"Case {reference}"]
    assert shown.text_area(key=f"answer en {reference}").value == "The pipe is"
    assert "Accept" not in labels(shown)
    assert history(shown) == ["pipeline: case opened (Water)", "marie (officer): accepted (Water)"]


def test_a_case_corrected_to_another_agency_leaves_this_list_for_that_one(store: Store) -> None:
    (reference,) = open_cases_of(store, plain_matter("a hole in the road"))
    shown = tick(signed_in(), "a hole in the road")
    checked(shown.selectbox(key=f"category {reference}").set_value("roads").run())
    checked(shown.selectbox(key=f"urgency {reference}").set_value("urgent").run())
    press(shown, "Correct it so")
    assert not shown.dataframe
    assert (errors(shown), list(shown.warning)) == ([], [])
    other = signed_in("paul")
    assert (listed(other), listed(other, "urgency")) == (["a hole in the road"], ["Urgent"])
    assert history(tick(other, "a hole in the road"))[-1] == "marie (officer): corrected (Roads, SLTA, urgent)"


def test_an_answer_in_two_languages_is_kept_and_shown(store: Store) -> None:
    (reference,) = open_cases_of(store, plain_matter("no water"))
    shown = tick(signed_in(), "no water")
    shown.text_area(key=f"answer en {reference}").set_value("The pipe is mended today.")
    shown.text_area(key=f"answer crs {reference}").set_value("Tiyo pe ganny aranze ozordi.")
    press(checked(shown.run()), "Send the answer")
    assert listed(shown, "state") == ["In progress"]
    tick(shown, "no water")
    said = [text.value for text in shown.text]
    assert {"The pipe is mended today.", "Tiyo pe ganny aranze ozordi."} <= set(said)
    assert [text.value.rsplit(" · ", 1)[1] for text in shown.markdown if text.value.startswith("**Answered**")] == [
        "English", "Creole",
    ]  # fmt: skip
    assert shown.text_area(key=f"answer en {reference}").value == ""


def test_an_answer_without_a_word_is_refused(store: Store) -> None:
    open_cases_of(store, plain_matter("no water"))
    shown = press(tick(signed_in(), "no water"), "Send the answer")
    assert errors(shown) == ["A reply needs a text."]
    assert listed(shown, "state") == ["New"]


def test_a_case_is_closed_with_an_outcome_and_leaves_the_list(store: Store) -> None:
    (reference,) = open_cases_of(store, plain_matter("no water"))
    shown = tick(signed_in(), "no water")
    checked(shown.selectbox(key=f"outcome {reference}").set_value("partly_upheld").run())
    press(shown, "Send and close")
    assert errors(shown) == [f"Case {reference} has no answer yet: nobody can close it without one."]
    checked(shown.text_area(key=f"answer fr {reference}").set_value("C'est réparé depuis lundi.").run())
    press(shown, "Send and close")
    assert not shown.dataframe
    case = desk_of(store, 1).case(reference)
    assert (case.state, [reply.lang for reply in case.replies]) == (CaseState.PARTLY_UPHELD, ["fr"])


def test_while_the_citizen_is_asked_the_clock_stands_still(store: Store) -> None:
    (reference,) = open_cases_of(store, plain_matter("no water"))
    shown = tick(signed_in(), "no water")
    checked(shown.selectbox(key=f"ask in {reference}").set_value("crs").run())
    checked(shown.text_area(key=f"ask {reference}").set_value("Ki landrwa?").run())
    press(shown, "Ask the citizen; the clock stands still")
    assert listed(shown, "state") == ["Waits for the citizen"]
    tick(shown, "no water")
    assert "Waits for the citizen · the clock stands still" in [caption.value for caption in shown.caption]
    assert "Send the answer" not in labels(shown)
    press(shown, "Go on: the citizen answered")
    assert listed(shown, "state") == ["In progress"]
    assert "Send the answer" in labels(shown)


def test_several_cases_are_accepted_together_and_who_was_quicker_is_told(store: Store) -> None:
    first, second, third = open_cases_of(store, *(plain_matter(f"case {number}") for number in range(3)))
    shown = tick(signed_in(), "case 0", "case 1", "case 2")
    desk_of(store, 1).accept(second, 1)
    press(shown, "Accept these 3 cases as suggested")
    (said,) = errors(shown)
    assert said.startswith(f"Someone changed case {second} while you had it open")
    assert listed(shown, "state") == ["Accepted"] * 3
    assert not shown.subheader
    assert [desk_of(store, 1).case(reference).version for reference in (first, second, third)] == [2, 2, 2]


def test_nothing_is_done_to_a_case_that_someone_changed_before_it_is_looked_at_again(store: Store) -> None:
    (reference,) = open_cases_of(store, plain_matter("no water"))
    shown = tick(signed_in(), "no water")
    checked(shown.text_area(key=f"answer en {reference}").set_value("The pipe is mended.").run())
    desk_of(store, 1).correct(reference, 1, category="electricity")
    press(shown, "Send the answer")
    assert errors(shown) == [
        f"Someone changed case {reference} while you had it open: look at it again; nothing of yours was written."
    ]
    assert shown.text_area(key=f"answer en {reference}").value == "The pipe is mended."
    assert [warning.value for warning in shown.warning] == [
        "Someone changed this case while you had it open: look at it again."
    ]
    assert desk_of(store, 1).case(reference).replies == []
    press(shown, "I have looked at it")
    assert not shown.warning
    assert shown.text_area(key=f"answer en {reference}").value == "The pipe is mended."
    press(shown, "Send the answer")
    assert [reply.text for reply in desk_of(store, 1).case(reference).replies] == ["The pipe is mended."]


def test_a_click_reaches_the_case_that_was_ticked_when_the_list_moved_under_it(store: Store) -> None:
    first, second = open_cases_of(store, plain_matter("first"), plain_matter("second"))
    open_cases_of(store, plain_matter("third"))
    shown = tick(signed_in(), "second")
    desk_of(store, 1).close(first, 1, CaseState.WITHDRAWN, {})
    press(shown, "Accept")
    assert listed(shown) == ["second", "third"]
    assert listed(shown, "state") == ["Accepted", "New"]
    assert [header.value for header in shown.subheader] == [f"Case {second}"]


def test_an_open_case_that_someone_closed_is_told_and_no_other_opens_in_its_place(store: Store) -> None:
    first, _ = open_cases_of(store, plain_matter("first"), plain_matter("second"))
    shown = tick(signed_in(), "first")
    desk_of(store, 1).close(first, 1, CaseState.WITHDRAWN, {})
    press(shown, "Accept")
    (said,) = [warning.value for warning in shown.warning]
    assert said.startswith(f"Case {first} is not in this list any more")
    assert not shown.subheader
    assert listed(shown, "state") == ["New"]
    assert not checked(shown.run()).warning


def hostile_matter(words_said: str) -> RoutedMatter:
    candidates = [{"category": name, "probability": 0.4} for name in ("water_supply", words_said)]
    first = post("hostile", words_said, district=words_said)
    return replace(plain_matter("x"), posts=[first], reasons=[words_said], candidates=candidates)


def test_hostile_words_on_the_desk_are_shown_as_text_only(store: Store, published_hostile: str) -> None:
    hostile = published_hostile
    (reference,) = open_cases_of(store, hostile_matter(hostile))
    desk_of(store, 1).ask(reference, 1, hostile, "en")
    desk_of(store, 1).escalate(reference, 2, hostile)
    shown = tick(signed_in(), words.shortened(hostile))
    texts = [text.value for text in shown.text]
    assert [text for text in texts if text.removeprefix("• ") == hostile] == [hostile, hostile, f"• {hostile}"]
    assert f"marie (officer): escalated ({hostile})" in history(shown)
    rendered = [*shown.markdown, *shown.caption, *shown.subheader, *shown.info, *shown.warning, *shown.error]
    said = [element.value for element in rendered] + [bar.proto.text for bar in shown.get("progress")]
    unescaped = [text.replace(words.escaped(hostile), "") for text in said]
    assert sum(text != left for text, left in zip(said, unescaped, strict=True)) == 2  # its district, its category
    signs = ("evil", "<img", "$5", ":material/", ":red[", "bold", "`code`")
    assert [(sign, text) for text in unescaped for sign in signs if sign in text] == []


def test_the_original_is_read_only_with_a_reason_which_stays_in_the_log(store: Store) -> None:
    now = datetime.now(UTC)
    receipt = submit(store, text=RAW, received_at=now)
    (reference,) = open_cases_of(store, replace(plain_matter("x"), posts=[post("formal", "no water", receipt=receipt)]))
    shown = tick(signed_in(), "no water")
    assert RAW not in everything_shown(shown)
    press(shown, "Show it")
    assert errors(shown) == ["Reading an original text needs a reason."]
    assert RAW not in everything_shown(shown)
    checked(shown.text_input(key="why formal").set_value("to find the house").run())
    assert RAW not in everything_shown(shown)
    press(shown, "Show it")
    assert RAW in [text.value for text in shown.text]
    (revealed,) = [event for event in desk_of(store, 1).history(reference) if event.action == "revealed"]
    assert (revealed.who, revealed.details) == ("marie (officer)", {"post": "formal", "reason": "to find the house"})
    checked(shown.run())
    assert RAW not in everything_shown(shown)
    assert "marie (officer): revealed (to find the house)" in history(shown)


def test_a_social_post_has_no_original_to_read(store: Store) -> None:
    open_cases_of(store, plain_matter("no water"))
    assert "Show it" not in labels(tick(signed_in(), "no water"))


def test_a_person_without_an_inbox_is_told(store: Store) -> None:
    open_cases_of(store, plain_matter(PLANTED))
    add_person(store, "stan", None, role="statistician")
    shown = signed_in("stan")
    assert errors(shown) == ["Stan may not see an inbox."]
    assert PLANTED not in everything_shown(shown)


def test_new_posts_of_a_run_join_the_open_case_on_the_page(store: Store) -> None:
    first = plain_matter("no water")
    open_cases_of(store, first)
    more = replace(first, posts=[*first.posts, post("second", "still none")])
    shown = tick(signed_in(), "no water")
    assert open_cases(store, [more], DAYS, datetime.now(UTC)) == 0
    checked(shown.run())
    assert [text.value for text in shown.text][:2] == ["no water", "still none"]
    assert listed(shown, "n_posts") == [2]
