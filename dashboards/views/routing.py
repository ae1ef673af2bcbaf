"""Routing quality: how often people agree with the machine, where not, and whether that changes."""

import pandas as pd
import streamlit as st

from dashboards import charts, words
from dashboards.data import names, open_page, read
from dashboards.take_away import show_chart, show_table
from flows.language import n, t

snapshot = open_page(t("Routing quality"), t("What the machine suggested, beside what people decided"))
agencies = names(snapshot, "agency")
by_lang, by_agency = read(snapshot, "decisions_by_lang"), read(snapshot, "decisions_by_agency")
n_posts, n_auto, n_decided, n_corrected = (
    int(by_agency[name].sum()) for name in ("n_posts", "n_auto", "n_decided", "n_corrected")
)
st.markdown(
    n(
        "**{share}** of {n} post is sure enough to go to an agency without a person.",
        "**{share}** of {n} posts are sure enough to go to an agency without a person.",
        n_posts,
        share=words.percent(n_auto / n_posts),
    )
)
if n_decided:
    st.markdown(
        n(
            "Of **{n} case** that people decided, the category was right in **{share}**.",
            "Of **{n} cases** that people decided, the category was right in **{share}**.",
            n_decided,
            share=words.share(n_decided - n_corrected, n_decided),
        )
    )
    st.caption(t("In brackets the range in which the true share lies with 95 % certainty (Wilson's interval)."))
else:
    st.info(
        t("Nobody has decided a case yet: what is right and what is not shows here from the first one on."),
        icon=":material/hourglass_empty:",
    )


def told(rows: pd.DataFrame, who: pd.Series, title: str, by: str, file: str) -> None:
    """The same table by whatever `who` says; `by` is its title, `file` the name of its file."""
    lines = pd.DataFrame(
        {
            title: who,
            t("Posts"): rows["n_posts"],
            t("Without a person"): [words.share(row.n_auto, row.n_posts) for row in rows.itertuples()],
            t("Cases decided"): rows["n_decided"],
            t("Category right"): [
                words.share(row.n_decided - row.n_corrected, row.n_decided) for row in rows.itertuples()
            ],
        }
    )
    taken = pd.DataFrame(
        {
            title: who,
            t("Posts"): rows["n_posts"],
            t("Posts that need no person"): rows["n_auto"],
            t("Share without a person"): lines[t("Without a person")],
            t("Cases decided"): rows["n_decided"],
            t("Cases with a corrected category"): rows["n_corrected"],
            t("Share with the right category"): lines[t("Category right")],
        }
    )
    show_table(
        lines, by, snapshot, file=file, taken=taken, hide_index=True,
        column_config={title: st.column_config.TextColumn(width="medium")},
    )  # fmt: skip


left, right = st.columns(2, gap="large")
with left:
    st.markdown(t("**By language**"))
    told(
        by_lang,
        by_lang["lang"].map(words.language),
        t("Language"),
        t("Routing quality by language"),
        "routing by language",
    )
with right:
    st.markdown(t("**Is it as sure as it should be?**"))
    calibration = read(snapshot, "calibration")
    if calibration.empty:
        st.caption(t("No case was decided yet."))
    else:
        show_chart(
            charts.calibration(calibration), t("How sure the machine was, and how often it was right"), snapshot,
            file="calibration",
        )  # fmt: skip
        st.caption(t("On the line: of the cases of which it was 70 % sure, 7 in 10 were right. Under it: too sure."))
st.markdown(t("**By agency**"))
told(
    by_agency, by_agency["mda"].map(lambda code: words.agency(code, agencies)), t("Suggested agency"),
    t("Routing quality by suggested agency"), "routing by agency",
)  # fmt: skip

drift = read(snapshot, "drift")
st.subheader(t("Does it change?"), anchor=False)
left, middle, right = st.columns(3, gap="large")
with left:
    st.markdown(t("**Corrected, a week**"))
    if n_decided:
        show_chart(
            charts.weekly_share(drift[drift["n_decided"] > 0], "n_corrected", "n_decided"),
            t("Share of decided cases whose category a person corrected, by week"), snapshot, file="corrected by week",
        )  # fmt: skip
    else:
        st.caption(t("No case was decided yet."))
with middle:
    st.markdown(t("**How sure it is, a week**"))
    show_chart(
        charts.weekly_share(drift.assign(sure=drift["mean_confidence"] * drift["n_posts"]), "sure", "n_posts"),
        t("How sure the machine was on average, by week"), snapshot, file="confidence by week",
    )  # fmt: skip
with right:
    st.markdown(t("**Languages, a week**"))
    by_name = {f"n_{code}": words.language(code) for code in words.LANGUAGES}
    weeks = drift[["week_date", *by_name]].rename(columns={"week_date": "period_date", **by_name})
    mix = weeks.melt("period_date", var_name="series", value_name="n_posts")
    show_chart(
        charts.over_time(mix, "week", height=200), t("Posts by language and week"), snapshot, file="languages by week"
    )
