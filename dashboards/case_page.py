"""One case: what was said, what the machine thought, what can be done, what was done."""

from collections.abc import Callable
from datetime import timedelta

import streamlit as st

from dashboards import words
from dashboards.office import office, refusals_said
from flows.language import n, t
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
    st.subheader(t("Case {reference}", reference=case.reference), anchor=False)
    standing = [words.case_state(case.state), _clock(case), *[t("Confidential")] * case.is_confidential]
    st.caption(" · ".join(standing))
    if case.appeals:
        said = [t("A citizen appealed: the case needs a fresh look.")]
        if account.account_id in case.barred:
            said.append(t("Whoever decided before may look at it, and do nothing."))
        st.warning(" ".join(said), icon=":material/gavel:")
    if case.version != version:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.warning(t("Someone changed this case while you had it open: look at it again."), icon=":material/sync:")
            if st.button(t("I have looked at it"), key=f"looked {reference} {case.version}"):
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


def _clock(case: Case) -> str:
    """Until when an answer is owed, or since when none is."""
    if case.closed_at:
        return t("closed {day}", day=words.day(office().local(case.closed_at)))
    if case.state is CaseState.ON_HOLD:
        return t("the clock stands still")
    return t("answer by {day}", day=words.day(office().local(case.answer_by)))


def _posts(account: Account, case: Case) -> None:
    for post in sorted(case.posts, key=lambda post: (post.said_at is None, post.said_at, post.post_id)):
        with st.container(border=True, gap="xsmall"):
            st.text(post.text or t(words.ERASED))
            said = [words.language(post.lang), words.day(post.said_at) if post.said_at else t("date not known")]
            if district := office().districts.get(post.district or "", post.district):
                said.append(words.escaped(district))
            if post.told_at:
                said.append(t("told {day}", day=words.day(office().local(post.told_at))))
            st.caption(" · ".join(said))
            if post.receipt and may_on(account, Act.REVEAL, case):
                with st.popover(t("Read the original")):
                    reason = st.text_input(t("Why it must be read"), key=f"why {post.post_id}")
                    st.caption(t("Your name and the reason stay in the log."))
                    if st.button(t("Show it"), key=f"reveal {post.post_id}"):
                        with refusals_said():
                            st.text(office().desk(account.account_id).reveal(case.reference, post.post_id, reason))


def _replies(case: Case) -> None:
    for reply in case.replies:
        with st.container(border=True, gap="xsmall"):
            what = t("Asked the citizen") if reply.kind is ReplyKind.QUESTION else t("Answered")
            written = words.moment(office().local(reply.written_at))
            st.markdown(f"**{what}** · {written} · {words.language(reply.lang)}")
            st.text(reply.text)
    if case.sends_elsewhere:
        st.warning(t("It seems only to send people elsewhere: it is marked as no answer."), icon=":material/signpost:")


def _machine(case: Case) -> None:
    title = words.escaped(office().titles.get(case.category, case.category))
    agency = words.escaped(words.agency(case.mda, office().agencies))
    urgency = words.urgency(case.urgency)
    if case.decided_at:
        st.markdown(t("A person said: **{title}**, {agency} · {urgency}", title=title, agency=agency, urgency=urgency))
    else:
        st.markdown(
            t("The machine suggests: **{title}**, {agency} · {urgency}", title=title, agency=agency, urgency=urgency)
        )
    if not case.decided_at:
        for candidate in case.candidates:
            name = office().titles.get(candidate["category"], candidate["category"])
            share = float(candidate["probability"])
            st.progress(min(1.0, share), f"{words.escaped(name)}: {words.percent(share)}")
        for reason in case.reasons:
            st.text(f"• {words.reason(reason)}")


def _decide(account: Account, case: Case, version: int) -> None:
    desk = office().desk(account.account_id)
    if case.state in ACCEPT.before and may_on(account, Act.ACCEPT, case):
        _act(
            case, t("Accept"), lambda: desk.accept(case.reference, version), t("Accepted."), is_primary=True,
            stays_open=True,
        )  # fmt: skip
    if case.state in RESUME.before and may_on(account, Act.REPLY, case):
        _act(
            case,
            t("Go on: the citizen answered"),
            lambda: desk.resume(case.reference, version),
            t("The clock runs again."),
            stays_open=True,
        )
    if case.state in ANSWER.before and may_on(account, Act.CORRECT, case):
        with st.popover(t("Correct")):
            titles = office().titles
            category = st.selectbox(
                t("It is about"), list(titles),
                index=list(titles).index(case.category) if case.category in titles else 0,
                format_func=lambda code: f"{titles[code]} ({office().mda_of.get(code) or t(words.NO_AGENCY)})",
                key=f"category {case.reference}",
            )  # fmt: skip
            is_usual = case.mda == office().mda_of.get(case.category)
            answering = sorted({mda for mda in office().mda_of.values() if mda})
            mda = st.selectbox(
                t("It is for"), [None, *answering], key=f"agency {case.reference}",
                index=0 if is_usual or case.mda not in answering else 1 + answering.index(case.mda),
                format_func=lambda code: (
                    words.agency_and_code(code, office().agencies) if code else t("who answers for that")
                ),
            )  # fmt: skip
            urgency = st.selectbox(
                t("Urgency"), list(words.URGENCY), index=list(words.URGENCY).index(case.urgency),
                format_func=words.urgency, key=f"urgency {case.reference}",
            )  # fmt: skip
            is_confidential = st.checkbox(
                t("Confidential: only the responsible officers see the text"), case.is_confidential,
                key=f"confidential {case.reference}",
            )  # fmt: skip
            _act(
                case,
                t("Correct it so"),
                lambda: desk.correct(
                    case.reference,
                    version,
                    category=category,
                    mda=mda,
                    urgency=urgency,
                    is_confidential=is_confidential,
                ),
                t("Corrected; the machine will learn from it."),
            )


def _similar(account: Account, case: Case) -> None:
    similar = office().desk(account.account_id).similar(case.reference)
    if not similar:
        return
    n_answered = sum(bool(other.answers) for other in similar)
    title = n("Similar cases: {all}, {n} answered", "Similar cases: {all}, {n} answered", n_answered, all=len(similar))
    with st.expander(title):
        for other in similar:
            opened = words.day(office().local(other.opened_at))
            st.markdown(f"**{other.reference}** · {words.case_state(other.state)} · {opened}")
            st.text(words.shortened(other.text, 200))
            for lang, text in other.answers.items():
                st.caption(t("Answered in {language}", language=words.language(lang)))
                st.text(text)
            if other.answers and case.state in ANSWER.before and may_on(account, Act.REPLY, case):
                st.button(
                    t("Begin with this answer"), key=f"reuse {case.reference} {other.reference}",
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
        st.markdown(t("**Answer everybody behind this case**"))
        n_social = sum(post.receipt is None for post in case.posts)
        said = [
            n(
                "{n} person with a receipt can read it under My case.",
                "{n} people with a receipt can read it under My case.",
                len(case.posts) - n_social,
            )
        ]
        if n_social:
            said.append(
                n(
                    "{n} social post: tell its writer there, then note it here.",
                    "{n} social posts: tell their writers there, then note it here.",
                    n_social,
                )
            )
        st.caption(" ".join(said))
        tabs = st.tabs(list(REPLY_LANGUAGES.values()))
        texts = {}
        for tab, lang in zip(tabs, REPLY_LANGUAGES, strict=True):
            text = tab.text_area(t("Answer"), key=f"answer {lang} {case.reference}", label_visibility="collapsed")
            if text.strip():
                texts[lang] = text
        outcome = st.selectbox(
            t("and then"), [None, *words.OUTCOMES], key=f"outcome {case.reference}",
            format_func=lambda state: t(words.OUTCOMES[state]) if state else t("keep it open"),
        )  # fmt: skip
        if outcome is None:
            _act(case, t("Send the answer"), lambda: desk.answer(case.reference, version, texts), t("Answered."))
        else:
            _act(
                case,
                t("Send and close"),
                lambda: desk.close(case.reference, version, CaseState(outcome), texts),
                t("Answered and closed."),
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
    with st.expander(n("{n} social post not told yet", "{n} social posts not told yet", len(waiting))):
        for post in waiting.values():
            st.text(words.shortened(post.text, 100))
            if post.url and post.url.startswith(("https://", "http://")):
                st.link_button(t("Open it"), post.url, icon=":material/open_in_new:")
        told = st.multiselect(
            t("I told the writers of"), list(waiting), default=list(waiting), key=f"told {case.reference}",
            format_func=lambda post_id: words.shortened(waiting[post_id].text, 60),
        )  # fmt: skip
        desk = office().desk(account.account_id)
        _act(
            case,
            t("Note that they were told"),
            lambda: desk.tell(case.reference, version, told),
            t("Noted."),
            stays_open=True,
        )


def _publish(account: Account, case: Case, version: int) -> None:
    if not may_on(account, Act.PUBLISH, case) or case.first_answered_at is None or case.is_confidential:
        return
    answers = {reply.lang: reply.text for reply in case.replies if reply.kind is ReplyKind.ANSWER}
    with st.expander(t("Make it an official answer")):
        st.caption(t("Everybody will read question and answer under Answers: leave out whoever it was about."))
        question = st.text_input(t("The question, as many would ask it"), key=f"question {case.reference}")
        texts = {}
        for lang, name in REPLY_LANGUAGES.items():
            text = st.text_area(name, answers.get(lang, ""), key=f"official {lang} {case.reference}")
            if text.strip():
                texts[lang] = text
        months = st.selectbox(
            t("Look at it again in"), [3, 6, 12], index=1, format_func=words.months,
            key=f"review {case.reference}",
        )  # fmt: skip
        review_by = office().now() + timedelta(days=30 * months)
        desk = office().desk(account.account_id)
        _act(
            case,
            t("Publish it with the next run"),
            lambda: desk.publish(case.reference, version, question, texts, review_by),
            t("It is official."),
            stays_open=True,
        )


def _more(account: Account, case: Case, version: int) -> None:
    desk, reference = office().desk(account.account_id), case.reference
    if case.state not in OPEN:
        return
    with st.expander(t("More")):
        if case.state in ANSWER.before and may_on(account, Act.REPLY, case):
            lang = st.selectbox(
                t("Language"), list(REPLY_LANGUAGES), format_func=REPLY_LANGUAGES.__getitem__, key=f"ask in {reference}"
            )
            question = st.text_area(t("What is missing"), key=f"ask {reference}")
            _act(
                case,
                t("Ask the citizen; the clock stands still"),
                lambda: desk.ask(reference, version, question, lang),
                t("Asked. The clock stands still until you go on."),
            )
        if may_on(account, Act.EXTEND, case) and not case.is_extended:
            why = st.text_input(t("Why more time is needed"), key=f"extend {reference}")
            _act(
                case,
                t("Take ten working days more, once"),
                lambda: desk.extend(reference, version, why),
                t("Extended."),
                stays_open=True,
            )
        if may_on(account, Act.ESCALATE, case):
            why_up = st.text_input(t("Why it must go higher"), key=f"escalate {reference}")
            _act(
                case, t("Hand it to the next level"), lambda: desk.escalate(reference, version, why_up), t("Handed on.")
            )
        if may_on(account, Act.ARRANGE, case):
            of = st.text_input(t("It repeats case"), placeholder="C-…", key=f"duplicate {reference}")
            _act(
                case,
                t("Close as a duplicate"),
                lambda: desk.close_as_duplicate(reference, version, of.strip()),
                t("Its posts went to the other case."),
            )
            if len(case.posts) > 1:
                chosen = st.multiselect(
                    t("These posts are another matter"), [post.post_id for post in case.posts],
                    format_func={
                        post.post_id: words.shortened(post.text or t(words.ERASED), 60) for post in case.posts
                    }.__getitem__,
                    key=f"split {reference}",
                )  # fmt: skip
                _act(
                    case, t("Split them off"), lambda: desk.split(reference, version, chosen), t("A new case was made.")
                )
        if case.state in CLOSE.before and may_on(account, Act.CLOSE, case):
            _act(
                case,
                t("The citizen took it back: close"),
                lambda: desk.close(reference, version, CaseState.WITHDRAWN, {}),
                t("Closed as withdrawn."),
            )


def _history(account: Account, case: Case) -> None:
    with st.expander(t("History")):
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
