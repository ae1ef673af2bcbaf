"""The figures of an agency's weekly brief, read from the published snapshot.

What came in, was decided and was answered is of the week; cases that are open, waits, questions and indicators stand as
they stood when the snapshot was published. Of confidential posts and cases there are counts only.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any

import pandas as pd

from flows.spoken import spoken
from portal.working_days import WorkingDays
from warehouse.readers import Snapshot
from warehouse.responses import Waiting, waiting

ANSWER_DAYS = 10
USUAL_WEEKS = 8
AGES = (10, 20, 30)  # working days: the last of each band but the open one
MOST_CATEGORIES, MOST_TOPICS, MOST_CASES, MOST_QUESTIONS = 5, 5, 8, 5
WEEK = timedelta(weeks=1)


@dataclass(frozen=True)
class CameIn:
    """Posts for the agency. `weeks` are Mondays and counts, `USUAL_WEEKS` before and the week itself; those before the
    first date that posts give are left out. `usual` is the mean of those before, None where there is none."""

    n_posts: int
    n_formal: int
    n_confidential: int
    usual: float | None
    weeks: Sequence[tuple[date, int]]
    categories: Sequence[tuple[str, int, float]]  # code, posts, mean of the weeks before

    @property
    def before(self) -> list[int]:
        return [n for _, n in self.weeks[:-1]]


@dataclass(frozen=True)
class OpenCase:
    """`n_days` are working days since it was opened or last appealed against."""

    reference: str
    category: str
    urgency: str
    opened_on: date
    answer_by: date
    n_days: int
    is_late: bool


@dataclass(frozen=True)
class Cases:
    """`n_late` of the `n_open` are past the day by which an answer was owed; `ages` counts them by `AGES`. `oldest` are
    those of no answer that are not confidential."""

    n: int
    n_open: int
    n_unanswered: int
    n_on_hold: int
    n_late: int
    n_confidential: int
    ages: Sequence[int]
    oldest: Sequence[OpenCase]
    waiting: Waiting | None
    n_opened: int
    n_answered: int
    n_closed: int
    n_decided: int
    n_corrected: int
    n_sent_away: int
    n_taken_over: int


@dataclass(frozen=True)
class Brief:
    """`topics`, `questions` and `kpis` are rows of the queries `agency_topics`, `unanswered_questions` and `kpis`."""

    mda: str
    agency: str
    week: date
    is_over: bool
    has_sample: bool
    as_of: datetime
    timezone: str
    came_in: CameIn
    topics: Sequence[Mapping[str, Any]]
    cases: Cases
    questions: Sequence[Mapping[str, Any]]
    n_questions: int
    kpis: Sequence[Mapping[str, Any]]
    categories: Mapping[str, str]


def figures(snapshot: Snapshot, mda: str, week: date, days: WorkingDays, as_of: datetime) -> Brief:
    """The brief of an agency for the week that begins on the Monday `week`."""
    names = {kind: _names(snapshot, kind) for kind in ("agency", "category")}
    questions = _rows(snapshot.read("unanswered_questions", mda=mda, n=MOST_QUESTIONS))
    return Brief(
        mda=mda,
        agency=names["agency"].get(mda, mda),
        week=week,
        is_over=as_of.date() >= week + WEEK,
        has_sample=bool(snapshot.read("sources")["n_invented"].sum()),
        as_of=as_of,
        timezone=snapshot.timezone.key,
        came_in=_came_in(snapshot, mda, week),
        topics=_rows(snapshot.read("agency_topics", mda=mda, week=week, n=MOST_TOPICS)),
        cases=_cases(snapshot, mda, week, days),
        questions=questions,
        n_questions=int(questions[0]["n_all"]) if questions else 0,
        kpis=_rows(snapshot.read("kpis", mda=mda)),
        categories=names["category"],
    )


def _came_in(snapshot: Snapshot, mda: str, week: date) -> CameIn:
    first_date = snapshot.read("clock").at[0, "first_date"].date()
    mondays = [week - n * WEEK for n in range(USUAL_WEEKS, -1, -1)]
    mondays = [monday for monday in mondays if monday >= first_date or monday == week]  # a part of a week is none
    rows = snapshot.read("agency_weeks", mda=mda, first=mondays[0], last=week)
    table = rows.pivot_table(index="category", columns=rows["week_date"].dt.date, values="n_posts", aggfunc="sum")
    table = table.reindex(columns=mondays).fillna(0).astype(int)
    counts = [int(n) for n in table.sum()]
    own = rows[rows["week_date"].dt.date == week]
    usual = table[mondays[:-1]].mean(axis=1)
    largest = table.assign(usual=usual).sort_values([week, "usual"], ascending=False).head(MOST_CATEGORIES)
    return CameIn(
        n_posts=counts[-1],
        n_formal=int(own["n_formal"].sum()),
        n_confidential=int(own["n_confidential"].sum()),
        usual=sum(counts[:-1]) / len(counts[:-1]) if counts[:-1] else None,
        weeks=list(zip(mondays, counts, strict=True)),
        categories=[(str(code), int(row[week]), float(row["usual"])) for code, row in largest.iterrows()],
    )


def _cases(snapshot: Snapshot, mda: str, week: date, days: WorkingDays) -> Cases:
    known_at = snapshot.read("known_at").at[0, "known_at"]
    rows = snapshot.read("agency_cases", mda=mda)
    own = _with_days(rows[rows["mda"] == mda], known_at, days)
    open_ones = own[own["closed_at"].isna()]
    unanswered = open_ones[~open_ones["is_answered"]]
    decided = rows[_in_week(rows["decided_at"], week)]
    suggested = decided[decided["suggested_mda"] == mda]
    named = unanswered[unanswered["reference"].notna()].sort_values(["days_open", "opened_at"], ascending=[False, True])
    return Cases(
        n=len(own),
        n_open=len(open_ones),
        n_unanswered=len(unanswered),
        n_on_hold=int(open_ones["is_on_hold"].sum()),
        n_late=int(open_ones["is_late"].sum()),
        n_confidential=int(open_ones["is_confidential"].sum()),
        ages=_by_age(unanswered["days_open"]),
        oldest=[_open_case(row) for row in _rows(named.head(MOST_CASES))],
        waiting=waiting(own["days"], own["first_answered_at"].notna(), ANSWER_DAYS),
        n_opened=int(_in_week(own["opened_at"], week).sum()),
        n_answered=int(_in_week(own["first_answered_at"], week).sum()),
        n_closed=int(_in_week(own["closed_at"], week).sum()),
        n_decided=len(decided),
        n_corrected=int(decided["is_corrected"].fillna(False).sum()),
        n_sent_away=int((suggested["mda"] != mda).sum()),
        n_taken_over=int(((decided["mda"] == mda) & (decided["suggested_mda"] != mda)).sum()),
    )


def _with_days(cases: pd.DataFrame, known_at: pd.Timestamp, days: WorkingDays) -> pd.DataFrame:
    """With `days` that each case waited for its first answer, or has waited so far, `days_open` since it was opened or
    last appealed against, both in working days, and `is_late`. Of a confidential case only weeks are known."""
    until = cases["first_answered_at"].fillna(cases["closed_at"]).fillna(known_at)
    since = cases["appealed_at"].fillna(cases["opened_at"])
    is_by_week = cases["is_confidential"]
    owed_until = cases["answer_by"].mask(is_by_week, cases["answer_by"] + WEEK)
    return cases.assign(
        days=_count(days, cases["opened_at"], until, is_by_week),
        days_open=_count(days, since, pd.Series(known_at, index=cases.index), is_by_week),
        is_late=cases["closed_at"].isna() & ~cases["is_answered"] & ~cases["is_on_hold"] & (owed_until < known_at),
    )


def _count(days: WorkingDays, starts: pd.Series, ends: pd.Series, is_by_week: pd.Series) -> pd.Series:
    """Working days from each start to its end; to the Monday of its week where no more than the week is known."""
    first, last = (column.dt.tz_convert(days.timezone).dt.tz_localize(None) for column in (starts, ends))
    mondays = last - pd.to_timedelta(last.dt.weekday, unit="D")
    until = last.mask(is_by_week, mondays)
    counted = days.count(*(column.to_numpy().astype("datetime64[D]") for column in (first, until)))
    return pd.Series(counted, index=starts.index)


def _in_week(moments: pd.Series, week: date) -> pd.Series:
    on = moments.dt.tz_localize(None)
    return (on >= pd.Timestamp(week)) & (on < pd.Timestamp(week + WEEK))


def _by_age(days_open: pd.Series) -> list[int]:
    bounds = [-1, *AGES, float("inf")]
    return [int(((days_open > low) & (days_open <= high)).sum()) for low, high in pairwise(bounds)]


def _open_case(row: Mapping[str, Any]) -> OpenCase:
    return OpenCase(
        row["reference"], row["category"], row["urgency"], row["opened_at"].date(), row["answer_by"].date(),
        int(row["days_open"]), bool(row["is_late"]),
    )  # fmt: skip


def _names(snapshot: Snapshot, kind: str) -> dict[str, str]:
    rows = snapshot.read("names", kind=kind, lang=spoken())
    return dict(zip(rows["code"], rows["name"], strict=True))


def _rows(of: pd.DataFrame) -> list[dict[str, Any]]:
    """What is not there is None."""
    return [
        {str(name): None if pd.api.types.is_scalar(value) and pd.isna(value) else value for name, value in row.items()}
        for row in of.to_dict("records")
    ]
