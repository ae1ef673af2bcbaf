"""The page of whoever holds a receipt: how it stands, what can be said to it, and what it never shows."""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
import streamlit as st
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from desk_cases import DAYS, add_person, desk_of, opened, plain_matter, post
from streamlit.testing.v1 import AppTest
from test_desk_page import checked, errors, labels, press

from portal.audit.checkpoints import sign_checkpoint
from portal.cases import open_cases
from portal.citizens import standing
from portal.models import CaseState, Level, Submission
from portal.store import Store
from portal.submissions import submissions_since, submit

PAGE = Path(__file__).parent.parent.parent / "dashboards" / "views" / "my_case.py"
RAW = "PLANTED-RAW-WORDS by Zan Envante"
HOSTILE = "![x](https://evil.example/a.png) [link](https://evil.example) from $5 to $9 **bold** :material/home: `code`"
ANSWER = {"en": "The pipe was mended on Monday and the water is back."}


@pytest.fixture
def store(home: Path) -> Iterator[Store]:
    """A home with marie and mark, officers of PUC, and olga of the oversight; no case."""
    st.cache_resource.clear()
    with closing(opened(home)) as made:
        for name in ("marie", "mark"):
            add_person(made, name, "PUC")
        add_person(made, "olga", None, role="oversight")
        yield made
    st.cache_resource.clear()


def submitted(store: Store) -> str:
    return submit(store, text=RAW, author="Zan Envante", received_at=datetime.now(UTC))


def run_pipeline(store: Store) -> None:
    """Every submission is a matter of its own."""
    receipts = [submission.reference for page in submissions_since(store, None, 100) for submission in page]
    matters = [
        plain_matter("x", posts=[post(f"of {receipt}", "PLANTED-REDACTED", receipt=receipt)]) for receipt in receipts
    ]
    open_cases(store, matters, DAYS, datetime.now(UTC))


def case_of(store: Store, receipt: str) -> str:
    run_pipeline(store)
    with store.reading() as session:
        query = sa.text("SELECT reference FROM cases JOIN case_posts USING (case_id) WHERE receipt = :receipt")
        return str(session.scalar(query, {"receipt": receipt}))


def version(store: Store, reference: str) -> int:
    return desk_of(store, 1).case(reference).version


def look(receipt: str) -> AppTest:
    shown = checked(AppTest.from_file(str(PAGE), default_timeout=60).run())
    assert labels(shown) == ["Look"]
    shown.text_input[0].set_value(receipt)
    return press(shown, "Look")


def everything_shown(shown: AppTest) -> str:
    """All that the browser gets, but for what was typed into the box of the receipt."""
    return " ".join(str(getattr(element, "proto", "")) for element in shown.main)


def told(shown: AppTest) -> list[str]:
    return [text.value for text in shown.markdown]


def test_an_unknown_receipt_is_one_sentence_that_does_not_repeat_it(store: Store) -> None:
    submitted(store)
    for typed in ("S-2222-2222-2222", "<b>x</b>"):
        shown = look(typed)
        assert errors(shown) == [
            "There is no submission with this receipt: look at every letter and digit of it again."
        ]
        assert (labels(shown), list(shown.subheader)) == (["Look"], [])


def test_a_submission_that_no_run_has_seen_waits(store: Store) -> None:
    receipt = submitted(store)
    shown = look(f" {receipt.lower()} ")
    assert [header.value for header in shown.subheader] == [receipt]
    assert [info.value for info in shown.info] == ["It was received. Within the hour an agency gets it."]
    assert labels(shown) == ["Look", "Send it", "Make the proof"]


def test_a_case_says_whose_it_is_and_until_when_an_answer_is_owed(store: Store) -> None:
    receipt = submitted(store)
    reference = case_of(store, receipt)
    shown = look(receipt)
    by = desk_of(store, 1).case(reference).answer_by.astimezone(DAYS.timezone)
    assert told(shown)[0] == "**It was received, and waits for an officer.**"
    assert told(shown)[1].startswith("It is with: Public Utilities Corporation")
    assert told(shown)[2] == f"You are owed an answer by **{by:%-d %B %Y}**."
    assert labels(shown) == ["Look", "Send it", "Make the proof"]


def test_whom_it_waits_for_is_said_where_it_has_risen(store: Store) -> None:
    receipt = submitted(store)
    case_of(store, receipt)
    for level, who in ((Level.OVERSIGHT, "the oversight body"), (Level.OMBUDSMAN, "the Ombudsman")):
        with store.session() as session:
            session.execute(sa.text("UPDATE cases SET level = :level"), {"level": level.value})
        assert told(look(receipt))[1] == f"It is with: {who}"


def test_a_citizen_who_was_asked_answers_and_the_clock_runs_again(store: Store) -> None:
    receipt = submitted(store)
    reference = case_of(store, receipt)
    desk_of(store, 1).ask(reference, 1, "Which house?", "en")
    shown = look(receipt)
    assert told(shown)[0] == "**The agency asked you something: its time stands still until you answer.**"
    assert any(text.startswith("**The agency asks** · ") and text.endswith(" · English") for text in told(shown))
    assert [text.value for text in shown.text] == ["Which house?"]
    press(shown, "Send it")
    assert errors(shown) == ["A submission needs a text."]
    shown.text_area[0].set_value("PLANTED the one by the bridge")
    press(shown, "Send it")
    assert [success.value for success in shown.success] == ["It was added. The agency sees it within the hour."]
    assert "You added to it 1 time." in [caption.value for caption in shown.caption]
    run_pipeline(store)
    checked(shown.run())
    assert told(shown)[0] == "**The agency works on it.**"
    assert not shown.success
    case = desk_of(store, 1).case(reference)
    assert (case.state, len(case.posts), case.held_since) == (CaseState.IN_PROGRESS, 2, None)


def test_an_answered_case_shows_the_answer_in_each_language_and_owes_nothing(store: Store) -> None:
    receipt = submitted(store)
    reference = case_of(store, receipt)
    desk_of(store, 1).answer(reference, 1, {**ANSWER, "crs": "Tiyo in repare Lendi."})
    shown = look(receipt)
    assert [text.value for text in shown.text] == [ANSWER["en"], "Tiyo in repare Lendi."]
    assert [text.rsplit(" · ", 1)[1] for text in told(shown) if text.startswith("**The agency answered**")] == [
        "English", "Creole",
    ]  # fmt: skip
    assert [text for text in told(shown) if "owed" in text] == []
    assert "Appeal" not in labels(shown)


def test_a_closed_case_takes_an_appeal_for_somebody_else_and_then_one_for_the_ombudsman(store: Store) -> None:
    receipt = submitted(store)
    reference = case_of(store, receipt)
    desk_of(store, 1).close(reference, 1, CaseState.NOT_UPHELD, ANSWER)
    shown = look(receipt)
    assert told(shown)[0] == "**It was looked into, and the agency does not agree.**"
    assert labels(shown) == ["Look", "Appeal", "Make the proof"]
    press(shown, "Appeal")
    assert errors(shown) == ["A submission needs a text."]
    for officer, who in ((2, "Public Utilities Corporation"), (3, "the Ombudsman")):
        shown.text_area[0].set_value("PLANTED it is dry")
        press(shown, "Appeal")
        assert [success.value for success in shown.success] == [
            "Your appeal was received. Somebody who did not decide before looks at it."
        ]
        assert told(shown)[0] == "**It was received, and waits for an officer.**"
        assert told(shown)[1].startswith(f"It is with: {who}")
        assert labels(shown) == ["Look", "Send it", "Make the proof"]
        desk_of(store, officer).close(reference, version(store, reference), CaseState.UPHELD, ANSWER)
        checked(shown.run())
        assert told(shown)[0] == "**It was looked into: you were right.**"
    assert labels(shown) == ["Look", "Make the proof"]


def test_an_appeal_that_somebody_else_made_first_is_refused_in_a_sentence(store: Store) -> None:
    receipt = submitted(store)
    reference = case_of(store, receipt)
    desk_of(store, 1).close(reference, 1, CaseState.NOT_UPHELD, ANSWER)
    shown, other = look(receipt), look(receipt)
    for one in (shown, other):
        one.text_area[0].set_value("it is dry")
    press(shown, "Appeal")
    press(other, "Appeal")
    assert not other.success
    assert desk_of(store, 1).case(reference).appeals == 1


def test_an_erased_submission_says_so_and_offers_nothing(store: Store) -> None:
    receipt = submitted(store)
    reference = case_of(store, receipt)
    desk_of(store, 1).close(reference, 1, CaseState.NOT_UPHELD, ANSWER)
    with store.session() as session:
        session.execute(sa.update(Submission).values(text="", author=None, erased_at=datetime.now(UTC)))
    shown = look(receipt)
    assert [info.value for info in shown.info] == [
        "What you wrote was erased. Only that there was something is still counted."
    ]
    assert labels(shown) == ["Look"]
    assert ANSWER["en"] not in everything_shown(shown)


def test_another_receipt_shows_another_case(store: Store) -> None:
    first, second = submitted(store), submitted(store)
    reference = case_of(store, first)
    desk_of(store, 1).answer(reference, 1, ANSWER)
    shown = look(first)
    assert ANSWER["en"] in everything_shown(shown)
    shown.text_input[0].set_value(second)
    press(shown, "Look")
    assert [header.value for header in shown.subheader] == [second]
    assert ANSWER["en"] not in everything_shown(shown)


def test_the_page_shows_nobodys_words_or_name_at_any_step(store: Store) -> None:
    receipt = submitted(store)
    seen = [look(receipt)]
    reference = case_of(store, receipt)
    seen.append(look(receipt))
    desk_of(store, 1).close(reference, 1, CaseState.RESOLVED, ANSWER)
    seen.append(look(receipt))
    for shown in seen:
        everything = everything_shown(shown)
        assert [word for word in ("PLANTED", "Zan", "marie", reference) if word in everything] == []
    assert standing(store, receipt).received_at > datetime.now(UTC) - timedelta(hours=1)


def test_what_an_officer_wrote_is_shown_as_text_and_never_as_markdown(store: Store) -> None:
    receipt = submitted(store)
    desk_of(store, 1).answer(case_of(store, receipt), 1, {"en": HOSTILE})
    shown = look(receipt)
    assert [text.value for text in shown.text] == [HOSTILE]
    rendered = [element.value for element in (*shown.markdown, *shown.caption, *shown.subheader)]
    assert [text for text in rendered if "evil" in text] == []


def test_the_proof_is_made_once_the_log_is_signed(store: Store) -> None:
    shown = press(look(submitted(store)), "Make the proof")
    (why,) = errors(shown)
    assert "No signed checkpoint covers event" in why
    sign_checkpoint(store, Ed25519PrivateKey.generate(), "toy.example/log", datetime.now(UTC))
    shown = press(shown, "Make the proof")
    assert errors(shown) == []
    assert [one.proto.label for one in shown.get("download_button")] == ["Take it"]
