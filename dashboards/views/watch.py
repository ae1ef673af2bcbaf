"""For whoever watches over government, CEPS first: what waits, who answers, what is hidden, whether the log is whole.

No sign-in. All figures are of the public snapshot: rounded, and masked where few people stand behind them.
"""

from itertools import combinations

import pandas as pd
import streamlit as st
from scipy.stats import binomtest

from dashboards import charts, protected, words
from dashboards.data import open_public_page, read
from dashboards.take_away import show_chart, show_table
from flows.language import mark, n, t
from flows.public_log import PublicLog, open_public_log
from flows.settings import load_settings
from flows.spoken import spoken

ALL = "all"
BANDS = {
    "longer": mark("over 30 days"),
    "up_to_30": mark("21 to 30 days"),
    "up_to_20": mark("11 to 20 days"),
    "up_to_10": mark("3 to 10 days"),
    "up_to_2": mark("0 to 2 days"),
}
MOST_PAIRS = 200
LANGUAGES = {"en": mark("English"), "fr": mark("French"), "crs": mark("Creole")}
HIDDEN = {
    "erased": (
        mark("Posts erased"),
        mark("The writer asked for it, or deleted the post where it was said. Nothing is left of it but its count."),
    ),
    "confidential_by_machine": (
        mark("Posts kept confidential by the machine"),
        mark("They accuse somebody, or tell of people in danger: only officers see them. They are counted."),
    ),
    "confidential_by_person": (
        mark("Posts made confidential by a person"),
        mark("An officer saw what the machine had not. They are counted."),
    ),
    "opened_by_person": (
        mark("Posts that a person opened again"),
        mark("The machine kept them confidential, and an officer decided otherwise."),
    ),
    "out_of_scope": (
        mark("Cases closed as out of scope"),
        mark("No agency here can answer them; the citizen was told so."),
    ),
    "withdrawn": (mark("Cases taken back"), mark("The citizen did not want them followed any further.")),
    "answer_withdrawn": (
        mark("Official answers withdrawn"),
        mark("The head of the agency said why; the reason is in the log. A newer answer may stand in its place."),
    ),
    "raw_text_forgotten": (
        mark("Posts whose original words were deleted by age"),
        mark("What was redacted of them stays, the original is kept for a limited time."),
    ),
}  # fmt: skip
ROW_HEIGHT, MOST_ROWS = 35, 20
MOST_MASKED = 9  # what stands behind “fewer than 10” at most

snapshot = open_public_page(t("Watch"), t("How government answers: figures that everybody may check"))
agencies = dict(read(snapshot, "public_names", kind="agency", lang=spoken()).itertuples(index=False))
categories = dict(read(snapshot, "public_names", kind="category", lang=spoken()).itertuples(index=False))
st.caption(
    t(
        "So that nobody can be recognised, figures are rounded to 5, and “fewer than 10” stands where fewer than 10 "
        "people or cases are behind a figure, or none."
    )
)


def height(rows: pd.DataFrame) -> int:
    return ROW_HEIGHT * (min(len(rows), MOST_ROWS) + 1) + 3


def category(code: str) -> str:
    return str(categories.get(code, t("Other")))


def show_waits() -> None:
    """Cases that wait, over all and by agency and category, the longest first."""
    waits = read(snapshot, "public_waits", n_shown=MOST_PAIRS + 1)
    if waits.empty:
        st.info(
            t("Fewer than 10 cases wait for an answer, or none. New cases count from the Monday after."),
            icon=":material/potted_plant:",
        )
        return
    over_all = waits[waits["mda"] == ALL][list(BANDS)].max()
    st.markdown(
        t(
            "Cases that wait for an answer now: **{longer}** for more than 30 working days, **{up_to_30}** for 21 to "
            "30, {up_to_20} for 11 to 20, {up_to_10} for 3 to 10, {up_to_2} for 2 or less.",
            **over_all.map(protected.about),
        )
    )
    bars = pd.DataFrame({"band": [t(title) for title in BANDS.values()], "n": over_all.to_numpy()}).dropna()
    if not bars.empty:
        figure = charts.bars(bars, "band", "n", t("Cases, rounded"))
        show_chart(figure, t("Cases that wait for an answer, by how long"), snapshot, file="waits by age")
    by_pair = waits[waits["mda"] != ALL]
    if by_pair.empty:
        st.caption(t("No agency has 10 cases or more of one category waiting."))
        return
    lines = by_pair.assign(
        agency=[words.agency(code, agencies) for code in by_pair["mda"]],
        category=by_pair["category"].map(category),
        **{column: by_pair[column].map(protected.figure) for column in ["any_age", *BANDS]},
    )
    show_table(
        lines,
        t("Cases that wait for an answer, by agency and category"),
        snapshot,
        file="waits",
        hide_index=True,
        height=height(lines),
        column_order=["agency", "category", "any_age", *BANDS],
        column_config={
            "agency": st.column_config.TextColumn(t("Agency"), width=150),
            "category": st.column_config.TextColumn(t("Category"), width=100),
            "any_age": st.column_config.TextColumn(t("Waiting"), width=80),
            **{band: st.column_config.TextColumn(t(title), width=110) for band, title in BANDS.items()},
        },
    )
    if len(by_pair) == MOST_PAIRS:
        st.caption(t("These are the {n} with most of the oldest cases.", n=words.number(MOST_PAIRS)))
    st.caption(
        t(
            "Working days since the case was opened, or since the citizen last appealed; an answer is owed after 10. "
            "What is not told has fewer than 10 cases waiting, or none."
        )
    )


def show_answering() -> None:
    """Every agency: what it received and what it answered, the fewest answered first."""
    rows = read(snapshot, "public_answering")
    known = rows[rows["n_received"].notna()]
    if known.empty:
        st.info(
            t("No agency has received 10 cases or more yet. New cases count from the Monday after."),
            icon=":material/potted_plant:",
        )
    else:
        silent = known[known["n_answered"].isna()]
        st.markdown(
            n(
                "One agency received 10 cases or more; **{silent}** has answered fewer than 10 of them.",
                "{n} agencies received 10 cases or more; **{silent}** of them have answered fewer than 10.",
                len(known), silent=words.number(len(silent)),
            )
        )  # fmt: skip
        lines = pd.DataFrame(
            {
                "agency": [words.agency(code, agencies) for code in known["mda"]],
                "received": known["n_received"].map(protected.figure),
                "answered": known["n_answered"].map(protected.figure),
                "in_time": [protected.share(*row) for row in known[["n_in_time", "n_due"]].to_numpy()],
                "unanswered": known["n_unanswered"].map(protected.figure),
            }
        )
        show_table(
            lines,
            t("Who answers"),
            snapshot,
            file="answers by agency",
            hide_index=True,
            height=height(lines),
            column_config={
                "agency": st.column_config.TextColumn(t("Agency"), width=150),
                "received": st.column_config.TextColumn(t("Received"), width=80),
                "answered": st.column_config.TextColumn(t("Ever answered"), width=100),
                "in_time": st.column_config.TextColumn(t("Within 10 working days"), width=190),
                "unanswered": st.column_config.TextColumn(t("Closed without an answer"), width=190),
            },
        )
        st.caption(
            t(
                "“Within 10 working days” is of the cases that were opened 10 working days ago or longer, without what "
                "repeats another case or was taken back; in brackets the 95 % confidence interval. A case counts for "
                "the agency that has it now."
            )
        )
    others = [words.agency_and_code(code, agencies) for code in rows[rows["n_received"].isna()]["mda"]]
    if others:
        with st.expander(
            n(
                "One agency with fewer than 10 cases, or none",
                "{n} agencies with fewer than 10 cases, or none",
                len(others),
            )
        ):
            st.text(" · ".join(sorted(others)))


def show_hidden() -> None:
    """What is removed or hidden, by reason: so far, and by month."""
    rows = read(snapshot, "public_hidden")
    so_far = rows[rows["month"].isna()].set_index("kind")["n"].reindex(list(HIDDEN))
    lines = pd.DataFrame(
        {
            "what": [t(title) for title, _ in HIDDEN.values()],
            "n": so_far.map(protected.figure).to_numpy(),
            "why": [t(why) for _, why in HIDDEN.values()],
        }
    )
    told = so_far.dropna()
    if told.empty:
        st.markdown(t("Of every kind there are fewer than 10, or none."))
    else:
        most = told.idxmax()
        st.markdown(t("Most often: {what} ({n} so far).", what=t(HIDDEN[most][0]), n=protected.about(told[most])))
    show_table(
        lines,
        t("What was removed or hidden, and why"),
        snapshot,
        file="hidden",
        hide_index=True,
        height=words.THREE_LINES * len(lines) + ROW_HEIGHT + 3,
        row_height=words.THREE_LINES,
        column_config={
            "what": st.column_config.TextColumn(t("What"), width=170),
            "n": st.column_config.TextColumn(t("So far"), width=90),
            "why": st.column_config.TextColumn(t("Why"), width=480),
        },
    )
    by_month = rows[rows["month"].notna()]
    if by_month.empty:
        st.caption(t("In no whole month were there 10 or more of one kind."))
        return
    with st.expander(t("By month")):
        show_table(
            pd.DataFrame(
                {
                    "month": by_month["month"].map(words.month),
                    "what": [t(HIDDEN[kind][0]) for kind in by_month["kind"]],
                    "n": by_month["n"].map(protected.figure),
                }
            ),
            t("What was removed or hidden, by month"),
            snapshot,
            file="hidden by month",
            hide_index=True,
            column_config={"month": t("Month"), "what": t("What"), "n": t("Count")},
        )
        st.caption(t("What is not in the table was fewer than 10 in that month, or none."))


def interval(row: pd.Series) -> tuple[float, float] | None:
    """Of the share answered in time (Wilson, 1927), from 0 where that is masked; None where none is told to be due."""
    if pd.isna(row["n_due"]):
        return None
    is_masked, n_due = pd.isna(row["n_in_time"]), int(row["n_due"])
    n_in_time = MOST_MASKED if is_masked else int(row["n_in_time"])
    found = binomtest(min(n_in_time, n_due), n_due).proportion_ci(method="wilson")
    return 0 if is_masked else found.low, found.high


def verdict(rows: pd.DataFrame) -> str:
    """Whether languages are answered alike, in a sentence, by the shares answered in time."""
    known = {lang: found for lang, row in rows.iterrows() if (found := interval(row)) is not None}
    if not {"en", "crs"} <= set(known):
        return t("Whether people who write Creole are answered as soon as people who write English cannot be told yet.")
    apart = [
        (low, high) if known[low][1] < known[high][0] else (high, low)
        for low, high in combinations(known, 2)
        if known[low][1] < known[high][0] or known[high][1] < known[low][0]
    ]
    if ("crs", "en") in apart:
        return t("**No:** cases in Creole are answered in time less often than cases in English.")
    if ("en", "crs") in apart:
        return t("Cases in Creole are answered in time more often than cases in English.")
    if apart:
        slow, quick = apart[0]
        return t(
            "Creole and English are answered alike, as far as can be told; {slow} less often in time than {quick}.",
            slow=t(LANGUAGES[slow]), quick=t(LANGUAGES[quick]),
        )  # fmt: skip
    return t(
        "**No difference is shown:** the intervals of all languages overlap, so each may be answered as soon as the "
        "others."
    )


def show_parity() -> None:
    """One line a language, with intervals."""
    rows = read(snapshot, "public_parity").set_index("lang").reindex(list(LANGUAGES))
    st.markdown(verdict(rows))
    lines = pd.DataFrame(
        {
            "lang": [t(LANGUAGES[lang]) for lang in rows.index],
            "n": rows["n_contributions"].map(protected.figure),
            "auto": [protected.share(*row) for row in rows[["n_auto", "n_contributions"]].to_numpy()],
            "corrected": [protected.share(*row) for row in rows[["n_corrected", "n_decided"]].to_numpy()],
            "in_time": [protected.share(*row) for row in rows[["n_in_time", "n_due"]].to_numpy()],
            "half": [
                protected.half_answered(*row)
                for row in rows[["n_cases", "median_days", "median_low", "median_high"]].to_numpy()
            ],
        }
    )
    show_table(
        lines,
        t("Are the languages served alike?"),
        snapshot,
        file="languages",
        hide_index=True,
        column_config={
            "lang": st.column_config.TextColumn(t("Language"), width=90),
            "n": st.column_config.TextColumn(t("Contributions"), width=95),
            "auto": st.column_config.TextColumn(t("Routed without a person"), width=175),
            "corrected": st.column_config.TextColumn(t("Corrected by people"), width=175),
            "in_time": st.column_config.TextColumn(t("Within 10 working days"), width=175),
            "half": st.column_config.TextColumn(t("Half answered after"), width=200),
        },
    )
    st.caption(
        t(
            "In brackets 95 % confidence intervals. Half answered: Kaplan and Meier's estimate, which counts who still "
            "waits for as long as they have waited. Confidential cases tell no language and are left out of the last "
            "three."
        )
    )


def show_months() -> None:
    """What people wrote about: the last whole month, and a category over time."""
    newest = read(snapshot, "public_last_month")
    if newest.empty:
        st.info(t("There is no whole month with 10 contributors or more yet."), icon=":material/potted_plant:")
        return
    month = newest.at[0, "month"]
    left, right = st.columns(2, gap="large")
    with left:
        st.markdown(
            t(
                "In **{month}** most was written about **{category}**: {n} contributions.",
                month=words.month(month), category=words.escaped(category(newest.at[0, "category"])),
                n=protected.about(newest.at[0, "n"]),
            )
        )  # fmt: skip
        bars = newest.assign(category=newest["category"].map(category)).head(15)
        figure = charts.bars(bars, "category", "n", t("Contributions, rounded"))
        show_chart(figure, t("Contributions by category"), snapshot, file="contributions by category")
        st.caption(t("Categories that are not shown had fewer than 10, or none."))
    with right:
        codes = read(snapshot, "public_categories")["category"].tolist()
        chosen = st.selectbox(t("Category"), codes, format_func=category, key="category")
        rows = read(snapshot, "public_months", category=chosen)
        show_table(
            pd.DataFrame({"month": rows["month"].map(words.month), "n": rows["n"].map(protected.figure)}).iloc[::-1],
            t("Contributions by month: {category}", category=category(chosen)),
            snapshot,
            file=f"contributions by month {chosen}",
            hide_index=True,
            column_config={"month": t("Month"), "n": t("Contributions")},
        )
        st.caption(t("Whole months. Months that are not listed had fewer than 10, or none."))


def show_log(log: PublicLog | None) -> None:
    """The newest checkpoint, the key, and what a third party needs to verify the log."""
    if log is None:
        st.info(t("The log was not signed yet: the next run does it."), icon=":material/hourglass_empty:")
        return
    st.markdown(
        n(
            "What people and the machine decide is written into a log that only grows. The newest checkpoint signs its "
            "first event.",
            "What people and the machine decide is written into a log that only grows. The newest checkpoint signs its "
            "first {n} events.",
            log.size,
        )
    )
    left, right = st.columns(2, gap="large")
    with left:
        st.markdown(t("**Checkpoint**"))
        st.code(log.checkpoint, language=None, wrap_lines=True)
        st.download_button(
            t("Take the checkpoint"), log.checkpoint, f"checkpoint-{log.size}.txt", "text/plain", on_click="ignore"
        )
        st.markdown(t("**Public key**"))
        st.code(log.key, language=None, wrap_lines=True)
        st.download_button(t("Take the key"), f"{log.key}\n", "public.key", "text/plain", on_click="ignore")
    with right:
        st.markdown(t("**Verify it yourself**"))
        st.markdown(
            t(
                "1. Take the checkpoint now and then, and keep every one: only an old one shows that the log was not "
                "rewritten since.\n"
                "2. Take the key once, and compare it with one that you had from elsewhere.\n"
                "3. Take the log, and run these commands in the folder where all of it lies. They need Python 3.11."
            )
        )
        st.download_button(
            t("Take the log"), log.archive.read_bytes, "lavwa-log.zip", "application/zip", type="primary",
            on_click="ignore",
        )  # fmt: skip
        st.code(
            "python -m pip install cryptography\n"
            "python -m zipfile -e lavwa-log.zip lavwa-log\n"
            f"python lavwa-log/verify.py lavwa-log --key public.key --old checkpoint-{log.size}.txt",
            language="bash",
            wrap_lines=True,
        )
        st.caption(
            t(
                "The log's file holds a hash for each event and not what it says: that names cases and moments, and is "
                "for the oversight body. A receipt's proof, from My case, is verified with the same program."
            )
        )


st.subheader(t("What waits longest"), anchor=False)
show_waits()
st.subheader(t("Who answers, and who does not"), anchor=False)
show_answering()
st.subheader(t("Is everyone answered alike, whatever their language?"), anchor=False)
show_parity()
st.subheader(t("What is removed or hidden, and why"), anchor=False)
show_hidden()
st.subheader(t("What people write about"), anchor=False)
show_months()
st.subheader(t("The log, and how to verify it"), anchor=False)
show_log(open_public_log(load_settings().place))
