"""Trends: posts over time by agency, category, channel or language."""

import streamlit as st

from dashboards import charts, words
from dashboards.data import names, note_on_undated_posts, open_page, read
from dashboards.take_away import show_chart, show_table
from flows.language import mark, n, t

MOST_CHARTS = 12
A_ROW = 3
BY = {"mda": mark("Agency"), "category": mark("Category"), "channel": mark("Channel"), "lang": mark("Language")}
LARGEST = {
    "mda": mark("By agency, the largest first"),
    "category": mark("By category, the largest first"),
    "channel": mark("By channel, the largest first"),
    "lang": mark("By language, the largest first"),
}
UNITS = {"month": mark("All, by month"), "week": mark("Last 26 weeks")}
WHOLE = {"month": mark("All posts a month"), "week": mark("All posts a week")}

snapshot = open_page(t("Trends"), t("Posts over time; the first and the last bar may be partial"))
agencies, categories = names(snapshot, "agency"), names(snapshot, "category")
SAY = {
    "mda": lambda code: words.agency(code, agencies),
    "category": lambda code: categories.get(code, code),
    "channel": words.channel,
    "lang": words.language,
}

with st.container(horizontal=True):
    by = st.segmented_control(
        t("Split by"), list(BY), default="mda", required=True, key="by", format_func=lambda by: t(BY[by])
    )
    unit = read(snapshot, "clock").at[0, "unit"]
    if unit == "month":
        unit = st.segmented_control(
            t("Period"), list(UNITS), default="month", required=True, key="period",
            format_func=lambda unit: t(UNITS[unit]),
        )  # fmt: skip
rows = read(snapshot, "series", by=by, unit=unit)
rows = rows.assign(series=rows["series"].map(SAY[by]))
st.subheader(t(WHOLE[unit]), anchor=False)
whole = charts.over_time(rows.groupby("period_date", as_index=False)["n_posts"].sum(), unit, height=200)
show_chart(whole, t(WHOLE[unit]), snapshot, file="posts over time")
note_on_undated_posts(snapshot)

table = rows.pivot_table(index="series", columns="period_date", values="n_posts", aggfunc="sum", fill_value=0)
totals = table.sum(axis=1).sort_values(ascending=False)
table = table.loc[totals[totals > 0].index]
largest = table.head(MOST_CHARTS)
st.subheader(t(LARGEST[by]), anchor=False)
st.caption(t("Each chart has a scale of its own."))
if n_others := len(table) - len(largest):
    st.caption(n("{n} smaller one stands in the table below.", "{n} smaller ones stand in the table below.", n_others))
for start in range(0, len(largest), A_ROW):
    in_a_row = largest.iloc[start : start + A_ROW].iterrows()
    for column, (name, counts) in zip(st.columns(A_ROW, gap="medium"), in_a_row, strict=False):
        with column:
            st.markdown(f"**{words.escaped(name)}** · {words.number(int(counts.sum()))}")
            of_one = charts.over_time(counts.rename("n_posts").reset_index(), unit, height=110)
            show_chart(of_one, t("Posts over time: {series}", series=name), snapshot, file=f"posts over time {name}")

st.subheader(t("The figures"), anchor=False)
periods = list(table.columns[::-1])
say_period = words.short_month if unit == "month" else words.short_day
if unit == "week" and periods[0].year != periods[-1].year:
    say_period = words.day
newest_first = table[periods].set_axis([say_period(period) for period in periods], axis=1)
newest_first.insert(0, t("Total"), newest_first.sum(axis=1))
show_table(
    newest_first.rename_axis(t(BY[by])).reset_index(),
    t("Posts over time: {series}", series=t(BY[by])),
    snapshot,
    file=f"posts by {by}",
    hide_index=True,
    column_config={t(BY[by]): st.column_config.TextColumn(width=24 + 7 * max(map(len, table.index)))},  # not cut
)
