"""Government performance: what each agency promised and reached, and how it answers citizens."""

import pandas as pd
import streamlit as st

from dashboards import charts, words
from dashboards.data import names, open_page, read
from dashboards.office import office
from warehouse.responses import Waiting, waiting

ANSWER_DAYS = 10
OLD_DAYS = 30
ALL = ""

snapshot = open_page("Government performance", "Indicators of results, and the answers that citizens get")
agencies = names(snapshot, "agency")
kpis, cases = read(snapshot, "kpis", mda=ALL), read(snapshot, "responses", mda=ALL)
known = sorted({*kpis["mda"], *cases["mda"]}, key=lambda code: words.agency(code, agencies))
if not known:
    st.info(
        "There are neither indicators nor cases yet. `lavwa kpi import` takes indicators; cases come with the first "
        "formal submission.",
        icon=":material/hourglass_empty:",
    )
    st.stop()
chosen = st.selectbox(
    "Agency", [ALL, *known], key="agency",
    format_func=lambda code: words.agency_and_code(code, agencies) if code else "All agencies",
)  # fmt: skip
if chosen:
    kpis, cases = kpis[kpis["mda"] == chosen], cases[cases["mda"] == chosen]


def reckoned(cases: pd.DataFrame) -> pd.DataFrame:
    """With `days` that each case waited for a first answer, or has waited so far, in working days."""
    until = cases["first_answered_at"].fillna(cases["closed_at"]).fillna(snapshot.as_of)
    starts, ends = (column.dt.tz_convert(snapshot.timezone).dt.date.tolist() for column in (cases["opened_at"], until))
    return cases.assign(days=office().days.count(starts, ends), is_ended=cases["first_answered_at"].notna())


def show_indicators(kpis: pd.DataFrame) -> None:
    if kpis.empty:
        st.info("No indicators of this agency were imported.", icon=":material/hourglass_empty:")
        return
    counted = kpis["state"].value_counts()
    said = [f"**{int(counted.get(state, 0))}** {word.lower()}" for state, word in words.KPI_STATES.items()]
    st.markdown(f"{words.count(len(kpis), 'indicator')}: {', '.join(said)}.")
    lines = kpis.assign(
        period=[words.dates(start, end) for start, end in zip(kpis["period_start"], kpis["period_end"], strict=True)],
        state=kpis["state"].map(words.KPI_SIGNS),
        reached=[words.figure(actual, unit) for actual, unit in zip(kpis["actual"], kpis["unit"], strict=True)],
        aimed=[words.figure(target, unit) for target, unit in zip(kpis["target"], kpis["unit"], strict=True)],
        began=[
            f"{words.figure(value, unit)} ({year})"
            for value, unit, year in zip(kpis["baseline_value"], kpis["unit"], kpis["baseline_year"], strict=True)
        ],
    )
    st.dataframe(
        lines,
        hide_index=True,
        column_order=["mda", "title_en", "reached", "aimed", "began", "trend", "denominator", "period", "state"],
        column_config={
            "mda": st.column_config.TextColumn("Agency", width=70),
            "title_en": st.column_config.TextColumn("Indicator", width=270),
            "reached": st.column_config.TextColumn("Reached", width=100),
            "aimed": st.column_config.TextColumn("Target", width=100),
            "began": st.column_config.TextColumn("Baseline", width=120),
            "trend": st.column_config.LineChartColumn("Trend", width=110),
            "denominator": st.column_config.NumberColumn(
                "Of", format="localized", width=80, help="How many were counted."
            ),
            "period": st.column_config.TextColumn("Period", width=180),
            "state": st.column_config.TextColumn("State", width=110),
        },
    )
    st.caption(
        "On track: 95 % or more of the way from the baseline to the target was gone; at risk: 80 % or more. "
        "Figures are the agencies' own reports."
    )


def show_responses(cases: pd.DataFrame) -> None:
    if cases.empty:
        st.info("No case of this agency was opened yet.", icon=":material/hourglass_empty:")
        return
    timed = reckoned(cases)
    of_all = waiting(timed["days"], timed["is_ended"], ANSWER_DAYS)
    if of_all is None:
        return
    open_ones = timed[timed["closed_at"].isna() & ~timed["is_answered"]]
    first, second, third, fourth = st.columns(4)
    first.metric("Half had an answer after", words.working_days(of_all.median))
    first.caption(words.between_days(of_all.median_interval))
    second.metric(f"Answered within {ANSWER_DAYS} working days", f"{words.percent(of_all.within)}%")
    second.caption(words.between(of_all.within_interval))
    third.metric("Wait for an answer now", f"{len(open_ones):,}")
    n_old = int((open_ones["days"] > OLD_DAYS).sum())
    age = f"half for {int(open_ones['days'].median())} working days or more, " if len(open_ones) else ""
    third.caption(f"{age}{n_old:,} for more than {OLD_DAYS}")
    answered = timed[timed["is_ended"]]
    fourth.metric("Answers that sent people elsewhere", f"{int(answered['sends_elsewhere'].sum()):,}")
    fourth.caption(
        f"of {len(answered):,} answered; {words.count(int((timed['appeals'] > 0).sum()), 'case')} appealed against"
    )
    st.altair_chart(charts.waits(of_all.steps, ANSWER_DAYS))
    st.caption(
        "Kaplan and Meier's estimate over all cases: who still waits is counted for as long as they have waited, so "
        "silence does not make an agency look quick. Times of confidential cases are known by the week only."
    )


def show_ranking(cases: pd.DataFrame) -> None:
    """Agencies side by side, always with the interval: where two overlap, neither is proved to be quicker."""
    timed = reckoned(cases)
    rows = []
    for mda, own in timed.groupby("mda"):
        of_agency = waiting(own["days"], own["is_ended"], ANSWER_DAYS)
        if of_agency is not None:
            rows.append(_line(str(mda), of_agency))
    table = pd.DataFrame(rows).sort_values(["within", "n"], ascending=[True, False])
    st.dataframe(
        table,
        hide_index=True,
        column_config={
            "agency": st.column_config.TextColumn("Agency", width=280),
            "n": st.column_config.NumberColumn("Cases", width=70),
            "n_answered": st.column_config.NumberColumn("Answered", width=80),
            "within": None,
            "share": st.column_config.TextColumn(f"Within {ANSWER_DAYS} working days", width=190),
            "median": st.column_config.TextColumn("Half answered after", width=190),
        },
    )
    st.caption(
        "In brackets the range in which the true figure lies with 95 % certainty: where ranges overlap, nobody is "
        "proved to be ahead."
    )


def _line(mda: str, of_agency: Waiting) -> dict[str, object]:
    share = f"{words.percent(of_agency.within)}% ({words.between(of_agency.within_interval)})"
    return {
        "agency": words.agency(mda, agencies), "n": of_agency.n, "n_answered": of_agency.n_answered,
        "within": of_agency.within, "share": share,
        "median": f"{words.working_days(of_agency.median)} ({words.between_days(of_agency.median_interval)})",
    }  # fmt: skip


st.subheader("What was promised, what was reached", anchor=False)
show_indicators(kpis)
st.subheader("Answers to citizens", anchor=False)
show_responses(cases)
if not chosen and not cases.empty:
    st.markdown("**By agency**, the fewest answers in time first")
    show_ranking(cases)
