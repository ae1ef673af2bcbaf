"""One case: what was said, what the machine thought, what can be done, what was done."""

from collections.abc import Callable
from datetime import timedelta

import streamlit as st

from dashboards import words
from dashboards.office import office, refusals_said
from portal.models import Account, Case, CaseState, ReplyKind
from portal.permissions import Act, may_on
from portal.transitions import ACCEPT, ANSWER, CLOSE, OPEN, RESUME

REPLY_LANGUAGES = {"en": "English", "fr": "Français", "crs": "Kreol"}


def show(account: Account, reference: str, version: int) -> None:
    """The whole panel of a case, for this person, who looked at it when it was at `version`: nothing is done to a later
    one before the person has looked again."""
    desk = office().desk(account.account_id)
    with refusals_said(stop=True):
        case = desk.case(reference)
    st.subheader(f"Case {case.reference}", anchor=False)
    by = office().local(case.answer_by)
    clock = "the clock stands still" if case.state is CaseState.ON_HOLD else f"answer by {by:%-d %b %Y}"
    closed = f"closed {office().local(case.closed_at):%-d %b %Y}" if case.closed_at else clock
    st.caption(f"{words.CASE_STATES[case.state]} · {closed}{' · Confidential' if case.is_confidential else ''}")
    if case.appeals:
        second = " Whoever decided before may look at it, and do nothing." if account.account_id in case.barred else ""
        st.warning(f"A citizen appealed: the case needs a fresh look.{second}", icon=":material/gavel:")
    if case.version != version:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.warning("Someone changed this case while you had it open: look at it again.", icon=":material/sync:")
            if st.button("I have looked at it", key=f"looked {reference} {case.version}"):
                st.session_state["ticked"] = {reference: case.version}
                st.rerun()
    left, right = st.columns([3, 2], gap="large")
    with left:
        _posts(account, case)
        _replies(case)
        _history(account, case)
    with right:
        _machine(case)
        _decide(account, case, version)
        _similar(account, case)
        _reply(account, case, version)
        _tell(account, case, version)
        _publish(account, case, version)
        _more(account, case, version)


def acted(said: str, stays_open: str | None = None) -> None:
    """Say what was done, after a fresh look at everything. Words typed into a case that stays open are kept."""
    st.session_state["acts"] = st.session_state.get("acts", 0) + 1
    st.session_state["ticked"] = {stays_open: 0} if stays_open else {}
    st.toast(said, icon=":material/check_circle:")
    st.rerun()


def _posts(account: Account, case: Case) -> None:
    for post in sorted(case.posts, key=lambda post: (post.said_at is None, post.said_at, post.post_id)):
        with st.container(border=True, gap="xsmall"):
            st.text(post.text or words.ERASED)
            when = f"{post.said_at:%-d %b %Y}" if post.said_at else "date not known"
            district = office().districts.get(post.district or "", post.district)
            where = f" · {words.escaped(district)}" if district else ""
            told = f" · told {office().local(post.told_at):%-d %b %Y}" if post.told_at else ""
            st.caption(f"{words.language(post.lang)} · {when}{where}{told}")
            if post.receipt and may_on(account, Act.REVEAL, case):
                with st.popover("Read the original"):
                    reason = st.text_input("Why it must be read", key=f"why {post.post_id}")
                    st.caption("Your name and the reason stay in the log.")
                    if st.button("Show it", key=f"reveal {post.post_id}"):
                        with refusals_said():
                            st.text(office().desk(account.account_id).reveal(case.reference, post.post_id, reason))


def _replies(case: Case) -> None:
    for reply in case.replies:
        with st.container(border=True, gap="xsmall"):
            what = "Asked the citizen" if reply.kind is ReplyKind.QUESTION else "Answered"
            written = office().local(reply.written_at)
            st.markdown(f"**{what}** · {written:%-d %b %Y, %H:%M} · {words.language(reply.lang)}")
            st.text(reply.text)
    if case.sends_elsewhere:
        st.warning("It seems only to send people elsewhere: it is marked as no answer.", icon=":material/signpost:")


def _machine(case: Case) -> None:
    title = words.escaped(office().titles.get(case.category, case.category))
    agency = words.escaped(words.agency(case.mda, office().agencies))
    said = "A person said" if case.decided_at else "The machine suggests"
    st.markdown(f"{said}: **{title}**, {agency} · {words.URGENCY[case.urgency]}")
    if not case.decided_at:
        for candidate in case.candidates:
            name = office().titles.get(candidate["category"], candidate["category"])
            share = float(candidate["probability"])
            st.progress(min(1.0, share), f"{words.escaped(name)}: {words.percent(share)}")
        for reason in case.reasons:
            st.text(f"• {reason}")


def _decide(account: Account, case: Case, version: int) -> None:
    desk = office().desk(account.account_id)
    if case.state in ACCEPT.before and may_on(account, Act.ACCEPT, case):
        _act(
            case, "Accept", lambda: desk.accept(case.reference, version), "Accepted.", is_primary=True, stays_open=True
        )
    if case.state in RESUME.before and may_on(account, Act.REPLY, case):
        _act(
            case,
            "Go on: the citizen answered",
            lambda: desk.resume(case.reference, version),
            "The clock runs again.",
            stays_open=True,
        )
    if case.state in ANSWER.before and may_on(account, Act.CORRECT, case):
        with st.popover("Correct"):
            titles = office().titles
            category = st.selectbox(
                "It is about", list(titles), index=list(titles).index(case.category) if case.category in titles else 0,
                format_func=lambda code: f"{titles[code]} ({office().mda_of.get(code) or 'no agency'})",
                key=f"category {case.reference}",
            )  # fmt: skip
            is_usual = case.mda == office().mda_of.get(case.category)
            answering = sorted({mda for mda in office().mda_of.values() if mda})
            mda = st.selectbox(
                "It is for", [None, *answering], key=f"agency {case.reference}",
                index=0 if is_usual or case.mda not in answering else 1 + answering.index(case.mda),
                format_func=lambda code: (
                    words.agency_and_code(code, office().agencies) if code else "who answers for that"
                ),
            )  # fmt: skip
            urgency = st.selectbox(
                "Urgency", list(words.URGENCY), index=list(words.URGENCY).index(case.urgency),
                format_func=words.URGENCY.__getitem__, key=f"urgency {case.reference}",
            )  # fmt: skip
            is_confidential = st.checkbox(
                "Confidential: only the responsible officers see the text", case.is_confidential,
                key=f"confidential {case.reference}",
            )  # fmt: skip
            _act(
                case,
                "Correct it so",
                lambda: desk.correct(
                    case.reference,
                    version,
                    category=category,
                    mda=mda,
                    urgency=urgency,
                    is_confidential=is_confidential,
                ),
                "Corrected; the machine will learn from it.",
            )


def _similar(account: Account, case: Case) -> None:
    similar = office().desk(account.account_id).similar(case.reference)
    if not similar:
        return
    n_answered = sum(bool(other.answers) for other in similar)
    with st.expander(f"Similar cases: {len(similar)}, {n_answered} answered"):
        for other in similar:
            opened = office().local(other.opened_at)
            st.markdown(f"**{other.reference}** · {words.CASE_STATES[other.state]} · {opened:%-d %b %Y}")
            st.text(words.shortened(other.text, 200))
            for lang, text in other.answers.items():
                st.caption(f"Answered in {words.language(lang)}")
                st.text(text)
            if other.answers and case.state in ANSWER.before and may_on(account, Act.REPLY, case):
                st.button(
                    "Begin with this answer", key=f"reuse {case.reference} {other.reference}",
                    on_click=_begin_with, args=(case.reference, other.answers),
                )  # fmt: skip


def _begin_with(reference: str, answers: dict[str, str]) -> None:
    """Put an earlier answer where the next one is written: a person reads and changes it there."""
    for lang, text in answers.items():
        st.session_state[f"answer {lang} {reference}"] = text


def _reply(account: Account, case: Case, version: int) -> None:
    if case.state not in ANSWER.before or not may_on(account, Act.REPLY, case):
        return
    desk = office().desk(account.account_id)
    with st.container(border=True):
        st.markdown("**Answer everybody behind this case**")
        n_social = sum(post.receipt is None for post in case.posts)
        said = [
            f"{words.count(len(case.posts) - n_social, 'person', 'people')} with a receipt can read it under My case."
        ]
        if n_social:
            said.append(f"{words.count(n_social, 'social post')}: tell its writer there, then note it here.")
        st.caption(" ".join(said))
        tabs = st.tabs(list(REPLY_LANGUAGES.values()))
        texts = {}
        for tab, lang in zip(tabs, REPLY_LANGUAGES, strict=True):
            text = tab.text_area("Answer", key=f"answer {lang} {case.reference}", label_visibility="collapsed")
            if text.strip():
                texts[lang] = text
        outcome = st.selectbox(
            "and then", [None, *words.OUTCOMES], key=f"outcome {case.reference}",
            format_func=lambda state: words.OUTCOMES.get(state, "keep it open"),
        )  # fmt: skip
        if outcome is None:
            _act(case, "Send the answer", lambda: desk.answer(case.reference, version, texts), "Answered.")
        else:
            _act(
                case,
                "Send and close",
                lambda: desk.close(case.reference, version, CaseState(outcome), texts),
                "Answered and closed.",
            )


def _tell(account: Account, case: Case, version: int) -> None:
    """Who wrote elsewhere has no receipt: an officer tells them there."""
    if case.first_answered_at is None or not may_on(account, Act.REPLY, case):
        return
    waiting = {
        post.post_id: post
        for post in case.posts
        if post.receipt is None
        and (post.told_at is None or post.told_at < (case.answered_at or case.first_answered_at))
    }
    if not waiting:
        return
    with st.expander(f"{words.count(len(waiting), 'social post')} not told yet"):
        for post in waiting.values():
            st.text(words.shortened(post.text, 100))
            if post.url and post.url.startswith(("https://", "http://")):
                st.link_button("Open it", post.url, icon=":material/open_in_new:")
        told = st.multiselect(
            "I told the writers of", list(waiting), default=list(waiting), key=f"told {case.reference}",
            format_func=lambda post_id: words.shortened(waiting[post_id].text, 60),
        )  # fmt: skip
        desk = office().desk(account.account_id)
        _act(
            case,
            "Note that they were told",
            lambda: desk.tell(case.reference, version, told),
            "Noted.",
            stays_open=True,
        )


def _publish(account: Account, case: Case, version: int) -> None:
    if not may_on(account, Act.PUBLISH, case) or case.first_answered_at is None or case.is_confidential:
        return
    answers = {reply.lang: reply.text for reply in case.replies if reply.kind is ReplyKind.ANSWER}
    with st.expander("Make it an official answer"):
        st.caption("Everybody will read question and answer under Questions: leave out whoever it was about.")
        question = st.text_input("The question, as many would ask it", key=f"question {case.reference}")
        texts = {}
        for lang, name in REPLY_LANGUAGES.items():
            text = st.text_area(name, answers.get(lang, ""), key=f"official {lang} {case.reference}")
            if text.strip():
                texts[lang] = text
        months = st.selectbox(
            "Look at it again in", [3, 6, 12], index=1, format_func=lambda n: f"{n} months",
            key=f"review {case.reference}",
        )  # fmt: skip
        review_by = office().now() + timedelta(days=30 * months)
        desk = office().desk(account.account_id)
        _act(
            case,
            "Publish it with the next run",
            lambda: desk.publish(case.reference, version, question, texts, review_by),
            "It is official.",
            stays_open=True,
        )


def _more(account: Account, case: Case, version: int) -> None:
    desk, reference = office().desk(account.account_id), case.reference
    if case.state not in OPEN:
        return
    with st.expander("More"):
        if case.state in ANSWER.before and may_on(account, Act.REPLY, case):
            lang = st.selectbox(
                "Language", list(REPLY_LANGUAGES), format_func=REPLY_LANGUAGES.__getitem__, key=f"ask in {reference}"
            )
            question = st.text_area("What is missing", key=f"ask {reference}")
            _act(
                case,
                "Ask the citizen; the clock stands still",
                lambda: desk.ask(reference, version, question, lang),
                "Asked. The clock stands still until you go on.",
            )
        if may_on(account, Act.EXTEND, case) and not case.is_extended:
            why = st.text_input("Why more time is needed", key=f"extend {reference}")
            _act(
                case,
                "Take ten working days more, once",
                lambda: desk.extend(reference, version, why),
                "Extended.",
                stays_open=True,
            )
        if may_on(account, Act.ESCALATE, case):
            why_up = st.text_input("Why it must go higher", key=f"escalate {reference}")
            _act(case, "Hand it to the next level", lambda: desk.escalate(reference, version, why_up), "Handed on.")
        if may_on(account, Act.ARRANGE, case):
            of = st.text_input("It repeats case", placeholder="C-…", key=f"duplicate {reference}")
            _act(
                case,
                "Close as a duplicate",
                lambda: desk.close_as_duplicate(reference, version, of.strip()),
                "Its posts went to the other case.",
            )
            if len(case.posts) > 1:
                chosen = st.multiselect(
                    "These posts are another matter", [post.post_id for post in case.posts],
                    format_func={
                        post.post_id: words.shortened(post.text or words.ERASED, 60) for post in case.posts
                    }.__getitem__,
                    key=f"split {reference}",
                )  # fmt: skip
                _act(case, "Split them off", lambda: desk.split(reference, version, chosen), "A new case was made.")
        if case.state in CLOSE.before and may_on(account, Act.CLOSE, case):
            _act(
                case,
                "The citizen took it back: close",
                lambda: desk.close(reference, version, CaseState.WITHDRAWN, {}),
                "Closed as withdrawn.",
            )


def _history(account: Account, case: Case) -> None:
    with st.expander("History"):
        for done in office().desk(account.account_id).history(case.reference):
            at = office().local(done.at)
            st.text(words.happened(at, done.who, done.action, done.details, office().titles))


def _act(
    case: Case, label: str, do: Callable[[], object], said: str, *, is_primary: bool = False, stays_open: bool = False
) -> None:
    """A button that does one thing to this very case and says so, or says why it could not be done."""
    shortcut = "a" if is_primary else None
    if st.button(
        label, key=f"{label} {case.reference}", type="primary" if is_primary else "secondary", shortcut=shortcut
    ):
        with refusals_said():
            do()
            acted(said, case.reference if stays_open else None)
