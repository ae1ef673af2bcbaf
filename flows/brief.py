"""The weekly brief of an agency: its figures in words, set as a PDF of one page or two."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from importlib.resources import files
from itertools import pairwise
from math import isfinite
from typing import Any

from flows.brief_figures import AGES, ANSWER_DAYS, Brief, CameIn, Cases, OpenCase, figures
from flows.errors import BriefRefusedError
from flows.formats import day, moment, number, percent, short_day
from flows.language import mark, n, t
from flows.spoken import SOURCE, speaking, spoken
from portal.working_days import WorkingDays
from warehouse.errors import NothingPublishedError
from warehouse.readers import Snapshot

KPI_STATES = {
    "on_track": mark("✓ On track"),
    "at_risk": mark("! At risk"),
    "off_track": mark("✗ Off track"),
    "no_data": mark("· No data"),
}
URGENCY = {"emergency": mark("Emergency"), "urgent": mark("Urgent"), "normal": mark("Normal")}
LONGEST_QUESTION = 170
LONGEST_WORD = 30  # letters: a line can be broken after so many, whatever a citizen wrote
WEEK_CODE = re.compile(r"(\d{4})-W(\d{2})")
UNBROKEN = re.compile(rf"(\S{{{LONGEST_WORD}}})(?=\S)")
NOT_DRAWN = re.compile(
    "[\x00-\x1f\x7f-\x9f\u200d\ue000-\uf8ff\ufe00-\ufe0f\ufffd\U0001f000-\U0010ffff]"
)  # emoji and signs of control
Block = dict[str, Any]


def weekly_brief(snapshot: Snapshot, mda: str, week: date | None = None, lang: str | None = None) -> bytes:
    """The brief of an agency for the week that begins on a Monday, the last whole one where none is given, as PDF.

    The same snapshot, week and language give the same bytes. Raises `BriefRefusedError` where there is nothing to tell
    of, `KeyError` for a language that there is not.
    """
    with speaking(lang or spoken()):
        return as_pdf(page(read_brief(snapshot, mda, week)))


def read_brief(snapshot: Snapshot, mda: str, week: date | None = None) -> Brief:
    """The figures behind `weekly_brief`; raises as it does."""
    if snapshot.as_of is None:
        raise NothingPublishedError(snapshot.version)
    known = sorted(snapshot.read("names", kind="agency", lang=SOURCE)["code"])
    if mda not in known:
        raise BriefRefusedError(f"there is no agency '{mda}'; known are: {', '.join(known)}")
    week = week or last_whole_week(snapshot)
    if week > snapshot.as_of.date():
        raise BriefRefusedError(
            f"week {week_code(week)} begins after what is published, which is of {snapshot.as_of:%F}"
        )
    return figures(snapshot, mda, week, WorkingDays(snapshot.timezone), snapshot.as_of)


def last_whole_week(snapshot: Snapshot) -> date:
    """The Monday of the last week that was over when the snapshot was published."""
    as_of = snapshot.as_of or datetime.now(UTC)
    return as_of.date() - timedelta(days=as_of.weekday() + 7)


def monday_of(code: str) -> date:
    """The first day of an ISO week such as `2026-W47`. Raises `BriefRefusedError`."""
    found = WEEK_CODE.fullmatch(code)
    try:
        if found is None:
            raise ValueError
        return date.fromisocalendar(int(found[1]), int(found[2]), 1)
    except ValueError as error:
        raise BriefRefusedError(f"'{code}' is no week, such as 2026-W47") from error


def week_code(monday: date) -> str:
    """`2026-W47`."""
    return f"{monday:%G-W%V}"


def page(brief: Brief) -> dict[str, Any]:
    """All texts of the brief in the language spoken now, in order, as the template sets them."""
    sunday = brief.week + timedelta(days=6)
    place = brief.timezone.rsplit("/", 1)[-1].replace("_", " ")
    as_of = t("As of {when} {place} time.", when=moment(brief.as_of), place=place)
    lines = [t("Source: Lavwa, what people wrote to and about the agency, and its cases and indicators."), as_of]
    if brief.has_sample:
        lines.insert(0, t("The bundled sample is in it: invented posts, people and figures."))
    return {
        "lang": spoken(),
        "title": t("Weekly brief: {agency}", agency=brief.agency),
        "agency": brief.agency,
        "kicker": t("Weekly brief"),
        "week": t(
            "Week {week} of {year}: {first} to {last}",
            week=int(f"{brief.week:%V}"), year=f"{brief.week:%G}", first=day(brief.week), last=day(sunday),
        ),
        "source": " ".join(lines),
        "warning": t(
            "For officials only. Personal data is removed from citizens' words by a machine, which can miss some. Of "
            "confidential posts and cases there are counts only."
        ),
        "page": t("Page {page} of {pages}", page="{page}", pages="{pages}"),
        "tiles": _tiles(brief),
        "blocks": [
            *_came_in(brief.came_in, brief),
            *_topics(brief.topics),
            *_open_cases(brief.cases, brief),
            *_answers(brief.cases),
            *_questions(brief.questions, brief.n_questions),
            *_indicators(brief.kpis),
        ],
    }  # fmt: skip


def as_pdf(texts: Mapping[str, Any]) -> bytes:
    """The texts of `page`, set."""
    import typst

    return typst.compile(
        files("flows").joinpath("brief.typ").read_bytes(),
        sys_inputs={"texts": json.dumps(_settable(texts), ensure_ascii=False, sort_keys=True)},
        ignore_system_fonts=True,
        timestamp=0,
    )


def _settable(value: Any) -> Any:
    """The same texts without what the fonts cannot draw; words too long for a line can be broken."""
    if isinstance(value, str):
        return UNBROKEN.sub("\\1\u200b", NOT_DRAWN.sub("", value))
    if isinstance(value, Mapping):
        return {name: _settable(of) for name, of in value.items()}
    return [_settable(of) for of in value] if isinstance(value, list) else value


# --- what came in


def _tiles(brief: Brief) -> list[Block]:
    cases, came_in = brief.cases, brief.came_in
    return [
        _tile(t("Posts this week"), number(came_in.n_posts), _usual(came_in)),
        _tile(
            t("New cases this week"), number(cases.n_opened),
            n("{n} first answer given", "{n} first answers given", cases.n_answered),
        ),
        _tile(
            t("Open cases"), number(cases.n_open),
            n("{n} without an answer", "{n} without an answer", cases.n_unanswered),
        ),
        _tile(t("Late"), number(cases.n_late), t("answer overdue")),
    ]  # fmt: skip


def _tile(label: str, value: str, note: str) -> Block:
    return {"label": label, "value": value, "note": note}


def _usual(came_in: CameIn) -> str:
    if came_in.usual is None:
        return t("no week before to compare with")
    return t("{mean} are usual", mean=_mean(came_in.usual))


def _mean(of: float) -> str:
    """`0.7`, `3,181`."""
    return number(of, 1 if of < 100 else 0)


def _came_in(came_in: CameIn, brief: Brief) -> list[Block]:
    sentences = [_against_usual(came_in) if brief.is_over else _so_far(came_in, brief.as_of)]
    sentences.append(
        n("{n} was a formal submission.", "{n} were formal submissions.", came_in.n_formal)
        if came_in.n_formal
        else t("None was a formal submission.")
    )
    if came_in.n_confidential:
        sentences.append(n("{n} is confidential.", "{n} are confidential.", came_in.n_confidential))
    most = max(1, *(count for _, count in came_in.weeks))
    bars = {
        "kind": "bars",
        "title": t("Posts a week, by its Monday"),
        "bars": [
            {"label": short_day(monday), "value": number(count), "part": count / most, "is_now": monday == brief.week}
            for monday, count in came_in.weeks
        ],
    }
    rows = [
        [brief.categories.get(code, code), number(count), _mean(usual) if came_in.before else "–"]
        for code, count, usual in came_in.categories
    ]
    table = _table([(t("Category"), "wide"), (t("Posts"), "right"), (t("Usual"), "right")], rows)
    return [
        _heading(t("What came in")),
        _text(*sentences),
        {"kind": "side", "left": [bars], "right": [table]} if rows else bars,
        _note(
            n(
                "Usual is the mean of the week before.",
                "Usual is the mean of the {n} weeks before.",
                len(came_in.before),
            )
        )
        if came_in.before
        else _note(t("Posts do not reach back to a whole week before, so nothing can be called usual.")),
    ]


def _against_usual(came_in: CameIn) -> str:
    """Only what no week before has seen is called more or fewer: weeks differ by chance."""
    if not came_in.before:
        return n("{n} post came in this week.", "{n} posts came in this week.", came_in.n_posts)
    low, high, weeks = min(came_in.before), max(came_in.before), len(came_in.before)
    values = {"weeks": number(weeks), "low": number(low), "high": number(high)}
    if came_in.n_posts > high:
        return n(
            "{n} post came in, more than in any of the {weeks} weeks before ({low} to {high}).",
            "{n} posts came in, more than in any of the {weeks} weeks before ({low} to {high}).",
            came_in.n_posts, **values,
        )  # fmt: skip
    if came_in.n_posts < low:
        return n(
            "{n} post came in, fewer than in any of the {weeks} weeks before ({low} to {high}).",
            "{n} posts came in, fewer than in any of the {weeks} weeks before ({low} to {high}).",
            came_in.n_posts, **values,
        )  # fmt: skip
    return n(
        "{n} post came in, within what the {weeks} weeks before brought ({low} to {high}).",
        "{n} posts came in, within what the {weeks} weeks before brought ({low} to {high}).",
        came_in.n_posts, **values,
    )  # fmt: skip


def _so_far(came_in: CameIn, as_of: datetime) -> str:
    """A part of a week is compared with nothing."""
    return n(
        "{n} post came in until {when}; the week is not over, and whole weeks stand beside it.",
        "{n} posts came in until {when}; the week is not over, and whole weeks stand beside it.",
        came_in.n_posts, when=moment(as_of),
    )  # fmt: skip


def _topics(topics: Sequence[Mapping[str, Any]]) -> list[Block]:
    if not topics:
        return [
            _heading(t("Topics of the week")),
            _text(t("No topic of several posts was about this agency this week.")),
        ]
    has_signs = any(topic["is_bursting"] for topic in topics)
    rows = [
        [
            topic["label"], number(topic["n_posts"]), number(topic["n_before"]),
            *[t("Bursting") if topic["is_bursting"] else ""] * has_signs,
        ]
        for topic in topics
    ]  # fmt: skip
    columns = [
        (t("Topic"), "wide"), (t("This week"), "right"), (t("Week before"), "right"),
        *[(t("Now"), "left")] * has_signs,
    ]  # fmt: skip
    return [_heading(t("Topics of the week")), _table(columns, rows)]


# --- cases


def _open_cases(cases: Cases, brief: Brief) -> list[Block]:
    heading = _heading(t("Open cases, as of {when}", when=day(brief.as_of.date())))
    if not cases.n_open:
        return [heading, _text(t("No case is open."))]
    sentences = [n("{n} case is open.", "{n} cases are open.", cases.n_open)]
    sentences.append(n("{n} has no answer yet.", "{n} have no answer yet.", cases.n_unanswered))
    sentences.append(n("{n} is late.", "{n} are late.", cases.n_late) if cases.n_late else t("None is late."))
    if cases.n_on_hold:
        sentences.append(n("{n} waits for the citizen.", "{n} wait for the citizen.", cases.n_on_hold))
    most = max(1, *cases.ages)
    bars = {
        "kind": "bands",
        "title": t("Without an answer, by working days since opened or appealed"),
        "bars": [
            {"label": label, "value": number(count), "part": count / most}
            for label, count in zip(_age_labels(), cases.ages, strict=True)
        ],
    }
    columns = [
        (t("Longest without an answer"), "left"), (t("About"), "wide"), (t("Urgency"), "left"), (t("Opened"), "left"),
        (t("Working days"), "right"), (t("Answer owed by"), "left"),
    ]  # fmt: skip
    blocks: list[Block] = [heading, _text(*sentences), bars]
    if cases.oldest:
        blocks.append(_table(columns, [_line(case, brief.categories) for case in cases.oldest]))
    if cases.n_confidential:
        blocks.append(
            _note(
                n(
                    "{n} open case is confidential: it is counted and not listed.",
                    "{n} open cases are confidential: they are counted and not listed.",
                    cases.n_confidential,
                )
            )
        )
    return blocks


def _age_labels() -> list[str]:
    return [
        t("up to {high}", high=number(AGES[0])),
        *(t("{low} to {high}", low=number(low + 1), high=number(high)) for low, high in pairwise(AGES)),
        t("more than {low}", low=number(AGES[-1])),
    ]


def _line(case: OpenCase, categories: Mapping[str, str]) -> list[str]:
    owed = day(case.answer_by)
    return [
        case.reference, categories.get(case.category, case.category), t(URGENCY[case.urgency]), day(case.opened_on),
        number(case.n_days), t("{day}: late", day=owed) if case.is_late else owed,
    ]  # fmt: skip


def _answers(cases: Cases) -> list[Block]:
    week = [
        (t("Cases opened"), number(cases.n_opened)),
        (t("First answers given"), number(cases.n_answered)),
        (t("Cases closed"), number(cases.n_closed)),
        (t("Cases a person decided on"), number(cases.n_decided)),
        (t("of these with a corrected category"), number(cases.n_corrected)),
        (t("of these sent on to another agency"), number(cases.n_sent_away)),
        (t("of these taken over from another agency"), number(cases.n_taken_over)),
    ]
    heading = _heading(t("Answers and routing"))
    left = {"kind": "pairs", "title": t("This week"), "pairs": [list(pair) for pair in week], "n_whole": 4}
    right = {"kind": "pairs", "title": t("All cases so far"), "pairs": [list(pair) for pair in _waits(cases)]}
    note = _note(
        t(
            "Kaplan and Meier's estimate: a case that waits is counted for as long as it has waited. In brackets the "
            "95 % confidence interval."
        )
    )
    return [heading, {"kind": "side", "left": [left], "right": [right, note]}]


def _waits(cases: Cases) -> Iterable[tuple[str, str]]:
    of_all = cases.waiting
    if of_all is None:
        return [(t("Cases"), number(0))]
    return [
        (t("Cases"), number(of_all.n)),
        (t("With a first answer"), number(of_all.n_answered)),
        (t("Half had one after"), _median(of_all.median, of_all.median_interval)),
        (
            t("Answered within {days} working days", days=number(ANSWER_DAYS)),
            _within(of_all.within, of_all.within_interval),
        ),
    ]


def _median(median: float | None, interval: tuple[float, float]) -> str:
    low, high = interval
    if median is None and not low:
        return t("not known yet")
    said = t("not yet") if median is None else n("{n} working day", "{n} working days", median)
    between = (
        t("{low} to {high}", low=number(low), high=number(high))
        if isfinite(high)
        else t("{low} or more", low=number(low))
    )
    return t("{figure} ({interval})", figure=said, interval=between)


def _within(share: float | None, interval: tuple[float, float] | None) -> str:
    if share is None or interval is None:
        return t("not known yet")
    between = t("{low} to {high}", low=percent(interval[0]), high=percent(interval[1]))
    return t("{figure} ({interval})", figure=percent(share), interval=between)


# --- questions and indicators


def _questions(questions: Sequence[Mapping[str, Any]], n_all: int) -> list[Block]:
    heading = _heading(t("Asked most, without an official answer"))
    if not questions:
        return [heading, _text(t("No question that was asked twice waits for an official answer."))]
    rows = [
        [number(row["n_asked"]), _shortened(row["question"]), day(row["last_at"].date())] for row in questions
    ]  # fmt: skip
    columns = [(t("Times"), "right"), (t("Question, as it was asked"), "wide"), (t("Last"), "left")]
    blocks = [heading, _table(columns, rows)]
    if n_all > len(questions):
        blocks.append(
            _note(n("{n} more on the page Questions.", "{n} more on the page Questions.", n_all - len(questions)))
        )
    return blocks


def _indicators(kpis: Sequence[Mapping[str, Any]]) -> list[Block]:
    heading = _heading(t("Indicators"))
    if not kpis:
        return [heading, _text(t("No indicators of this agency were imported."))]
    rows = [
        [
            _title(row), _figure(row["actual"], row["unit"]), _figure(row["target"], row["unit"]), _period(row),
            t(KPI_STATES[row["state"]]),
        ]
        for row in kpis
    ]  # fmt: skip
    columns = [
        (t("Indicator"), "wide"), (t("Reached"), "right"), (t("Target"), "right"), (t("Period"), "left"),
        (t("State"), "left"),
    ]  # fmt: skip
    return [
        heading,
        _table(columns, rows),
        _note(
            t(
                "On track: 95 % or more of the way from the baseline to the target was gone; at risk: 80 % or more; "
                "off track: less. Figures are the agency's own reports."
            )
        ),
    ]


def _title(row: Mapping[str, Any]) -> str:
    return str(row[f"title_{spoken()}"] or row["title_en"])


def _figure(value: float | None, unit: str) -> str:
    if value is None:
        return "–"
    return t("{figure} {unit}", figure=number(value, 1 if abs(value) >= 1 else 3), unit=unit)


def _period(row: Mapping[str, Any]) -> str:
    start, end = row["period_start"], row["period_end"]
    if end is None:
        return "–"
    return t("{first} to {last}", first=day(start.date()), last=day(end.date()))


def _shortened(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= LONGEST_QUESTION else f"{line[:LONGEST_QUESTION].rsplit(' ', 1)[0]}…"


# --- blocks of the template


def _heading(text: str) -> Block:
    return {"kind": "heading", "text": text}


def _text(*sentences: str) -> Block:
    return {"kind": "text", "text": " ".join(sentences)}


def _note(text: str) -> Block:
    return {"kind": "note", "text": text}


def _table(columns: Sequence[tuple[str, str]], rows: list[list[str]]) -> Block:
    """Columns are a label and `left`, `right` or `wide`: one on the left that takes what room there is."""
    return {"kind": "table", "columns": [{"label": label, "align": align} for label, align in columns], "rows": rows}
