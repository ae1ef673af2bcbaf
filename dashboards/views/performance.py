"""Government performance: what each agency promised and reached, and how it answers citizens."""

from collections.abc import Mapping

import pandas as pd
import streamlit as st

from dashboards import charts, words
from dashboards.data import names, open_page, read, waitings
from dashboards.take_away import show_chart, show_table
from dashboards.weekly_brief import offer_brief
from flows.language import n, t
from flows.spoken import spoken
from warehouse.responses import Waiting

ANSWER_DAYS = 10
OLD_DAYS = 30
ROW_HEIGHT, MOST_ROWS = 35, 20
MONTHS = {"monthly": 1, "quarterly": 3, "yearly": 12}
ALL = ""

snapshot = open_page(t("Government performance"), t("Indicators of results, and the answers that citizens get"))
agencies = names(snapshot, "agency")
kpis, waits = read(snapshot, "kpis", mda=ALL), read(snapshot, "waits")
kpis = kpis.assign(title=kpis[f"title_{spoken()}"].replace("", None).fillna(kpis["title_en"]))
known = sorted({*kpis["mda"], *waits["mda"]}, key=lambda code: words.agency(code, agencies))
if not known:
    st.info(
        t(
            "There are neither indicators nor cases yet. `lavwa kpi import` takes indicators; cases come with the "
            "first formal submission."
        ),
        icon=":material/hourglass_empty:",
    )
    st.stop()
chosen = st.selectbox(
    t("Agency"), [ALL, *known], key="agency",
    format_func=lambda code: words.agency_and_code(code, agencies) if code else t("All agencies"),
)  # fmt: skip
waiting_of = waitings(snapshot, ANSWER_DAYS)
if chosen in agencies:
    offer_brief(snapshot, chosen)
if chosen:
    kpis, waits = kpis[kpis["mda"] == chosen], waits[waits["mda"] == chosen]


def named(file: str) -> str:
    """The file's name with the agency's code, where one is chosen."""
    return f"{file} {chosen}" if chosen else file


def whose(title: str) -> str:
    """The title with the agency's name, where one is chosen."""
    return t("{title}: {agency}", title=title, agency=words.agency(chosen, agencies)) if chosen else title


def n_silent(kpis: pd.DataFrame) -> int:
    """How many have a newest figure after which two periods or more have ended, or none at all."""
    as_of = pd.Timestamp(snapshot.as_of).tz_localize(None)
    is_silent = [
        pd.isna(actual) or end + pd.DateOffset(months=2 * MONTHS[frequency], days=1) <= as_of
        for actual, end, frequency in zip(kpis["actual"], kpis["period_end"], kpis["frequency"], strict=True)
    ]
    return sum(is_silent)


def show_indicators(kpis: pd.DataFrame) -> None:
    if kpis.empty:
        st.info(t("No indicators of this agency were imported."), icon=":material/hourglass_empty:")
        return
    counted = kpis["state"].value_counts()
    states = ", ".join(
        t(form, k=words.number(int(counted[state]))) for state, form in words.KPI_COUNTS.items() if state in counted
    )
    said = [n("{n} indicator: {states}.", "{n} indicators: {states}.", len(kpis), states=states)]
    if n_quiet := n_silent(kpis):
        said.append(t("Of **{silent}** nothing was reported for two periods or longer.", silent=words.number(n_quiet)))
    st.markdown(" ".join(said))
    rows = kpis.to_dict("records")
    lines = kpis.assign(
        period=[
            words.dates(row["period_start"], row["period_end"]) if pd.notna(row["period_end"]) else "–" for row in rows
        ],
        state=kpis["state"].map(words.kpi_sign),
        reached=[words.reached(row["actual"], row["unit"], row["status"]) for row in rows],
        aimed=[words.aimed(row["target"], row["first_target"], row["expected"], row["unit"]) for row in rows],
        counted=[words.counted(row["denominator"]) for row in rows],
        began=[f"{words.figure(row['baseline_value'], row['unit'])} ({row['baseline_year']})" for row in rows],
    )
    show_table(
        lines,
        whose(t("What was promised, what was reached")),
        snapshot,
        file=named("indicators"),
        source=t("Source: the agencies' own reports, imported into Lavwa."),
        taken=numbers_of(kpis),
        hide_index=True,
        height=ROW_HEIGHT * (min(len(lines), MOST_ROWS) + 1) + 3,
        column_order=["title", "reached", "aimed", "began", "trend", "counted", "period", "mda", "state"],
        column_config={
            "title": st.column_config.TextColumn(t("Indicator"), width=245),
            "reached": st.column_config.TextColumn(t("Reached"), width=140),
            "aimed": st.column_config.TextColumn(t("Target"), width=135),
            "began": st.column_config.TextColumn(t("Baseline"), width=115),
            "trend": st.column_config.LineChartColumn(t("Trend"), width=75),
            "counted": st.column_config.TextColumn(t("Of"), width=65, help=t("How many were counted.")),
            "period": st.column_config.TextColumn(t("Period"), width=145),
            "mda": st.column_config.TextColumn(t("Agency"), width=60),
            "state": st.column_config.TextColumn(t("State"), width=90),
        },
    )
    for row in rows:
        if row["deviation_reason"]:
            st.caption(f"{words.escaped(row['title'])} ({row['mda']}): {words.escaped(row['deviation_reason'])}.")
    st.caption(
        t(
            "On track: 95 % or more of the way from the baseline to the target was gone; at risk: 80 % or more; off "
            "track: less. Without data: no figure, or no target ahead. Figures are the agencies' own reports."
        )
    )


def numbers_of(kpis: pd.DataFrame) -> pd.DataFrame:
    """The indicators as whoever reckons with them wants them."""
    return pd.DataFrame(
        {
            t("Indicator"): kpis["title"],
            t("Agency"): kpis["mda"],
            t("Unit"): kpis["unit"],
            t("Reached"): kpis["actual"],
            t("Provisional or final"): kpis["status"],
            t("Target"): kpis["target"],
            t("First target"): kpis["first_target"],
            t("Expected by then"): kpis["expected"],
            t("Baseline"): kpis["baseline_value"],
            t("Year of the baseline"): kpis["baseline_year"],
            t("Of"): kpis["denominator"],
            t("From"): kpis["period_start"].dt.date,
            t("To"): kpis["period_end"].dt.date,
            t("State"): kpis["state"].map(words.kpi_state),
            t("Why it differs"): kpis["deviation_reason"],
        }
    )


def show_responses(waits: pd.DataFrame, of_all: Waiting | None) -> None:
    if of_all is None:
        st.info(t("No case of this agency was opened yet."), icon=":material/hourglass_empty:")
        return
    open_ones = waits.dropna(subset="days_open")
    days_open = open_ones["days_open"].repeat(open_ones["n_cases"])
    first, second, third, fourth = st.columns(4)
    first.metric(t("Half had an answer after"), words.working_days(of_all.median))
    first.caption(
        n(
            "{interval}; {answered} of {n} case answered",
            "{interval}; {answered} of {n} cases answered",
            of_all.n,
            interval=words.between_days(of_all.median_interval),
            answered=words.number(of_all.n_answered),
        )
    )
    second.metric(t("Answered within {days} working days", days=ANSWER_DAYS), in_time(of_all))
    second.caption(in_brackets(of_all))
    third.metric(t("Wait for an answer now"), words.number(len(days_open)))
    n_old = int((days_open > OLD_DAYS).sum())
    half = days_open.median() if len(days_open) else 0
    old = {"old": words.number(n_old), "days": OLD_DAYS}
    third.caption(
        t("half for {wait} or more, {old} for more than {days}", wait=words.working_days(half), **old)
        if half >= 1
        else t("{old} for more than {days}", **old)
    )
    n_answered, n_elsewhere, n_appealed = (
        int(waits[name].sum()) for name in ("n_answered", "n_elsewhere", "n_appealed")
    )
    fourth.metric(t("Answers that sent people elsewhere"), words.number(n_elsewhere))
    fourth.caption(
        n(
            "of {n} case with an answer; {appealed} appealed against",
            "of {n} cases with an answer; {appealed} appealed against",
            n_answered, appealed=words.number(n_appealed),
        )
    )  # fmt: skip
    show_chart(
        charts.waits(of_all.steps, ANSWER_DAYS),
        whose(t("Share of cases without a first answer, by working days since they were opened")),
        snapshot,
        file=named("waits"),
        source=t("Source: Lavwa, cases of formal submissions and of what officers took up."),
    )
    st.caption(
        t(
            "Kaplan and Meier's estimate over all cases: who still waits is counted for as long as they have waited, "
            "so silence does not make an agency look quick. A case counts for the agency that has it now, from the day "
            "it was opened until its first answer, days on which the citizen was asked something included. An answer "
            "that sends people elsewhere is an answer here. Times of confidential cases are known by the week only. "
            "The dashed line is the day by which an answer is owed."
        )
    )


def in_time(of_some: Waiting) -> str:
    return t("not known yet") if of_some.within is None else words.percent(of_some.within)


def in_brackets(of_some: Waiting) -> str:
    """The interval of the share in time."""
    if of_some.within_interval is None:
        return t("no case is {days} working days old", days=ANSWER_DAYS)
    return words.between(of_some.within_interval)


def show_ranking(waiting_of: Mapping[str, Waiting]) -> None:
    """Agencies side by side, always with the interval: where two overlap, neither is shown to be quicker."""
    rows = [_line(mda, of_agency) for mda, of_agency in sorted(waiting_of.items()) if mda]
    table = pd.DataFrame(rows).sort_values(["within", "n"], ascending=[True, False])
    show_table(
        table,
        t("Answers to citizens by agency"),
        snapshot,
        file="answers by agency",
        source=t("Source: Lavwa, cases of formal submissions and of what officers took up."),
        taken=pd.DataFrame(
            {
                t("Agency"): table["agency"],
                t("Cases"): table["n"],
                t("Answered"): table["n_answered"],
                t("Share answered within {days} working days", days=ANSWER_DAYS): table["within"],
                t("The same in words, with its interval"): table["share"],
                t("Half answered after"): table["median"],
            }
        ),
        hide_index=True,
        column_config={
            "agency": st.column_config.TextColumn(t("Agency"), width=280),
            "n": st.column_config.NumberColumn(t("Cases"), width=70),
            "n_answered": st.column_config.NumberColumn(t("Answered"), width=80),
            "within": None,
            "share": st.column_config.TextColumn(t("Within {days} working days", days=ANSWER_DAYS), width=260),
            "median": st.column_config.TextColumn(t("Half answered after"), width=230),
        },
    )
    st.caption(
        t(
            "In brackets the 95 % confidence interval: of a hundred made this way about five miss the true figure. "
            "Where two overlap, neither agency is shown to be quicker; where they do not, its cases may still be "
            "harder ones."
        )
    )


def _line(mda: str, of_agency: Waiting) -> dict[str, object]:
    return {
        "agency": words.agency(mda, agencies), "n": of_agency.n, "n_answered": of_agency.n_answered,
        "within": of_agency.within, "share": f"{in_time(of_agency)} ({in_brackets(of_agency)})",
        "median": f"{words.working_days(of_agency.median)} ({words.between_days(of_agency.median_interval)})",
    }  # fmt: skip


st.subheader(t("What was promised, what was reached"), anchor=False)
show_indicators(kpis)
st.subheader(t("Answers to citizens"), anchor=False)
show_responses(waits, waiting_of.get(chosen))
if not chosen and waiting_of:
    st.markdown(t("**By agency**, the fewest answers in time first"))
    show_ranking(waiting_of)
