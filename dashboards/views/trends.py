"""Trends: posts over time by agency, category, channel or language."""

import streamlit as st

from dashboards import charts, words
from dashboards.data import names, note_on_undated_posts, open_page, read

MOST_CHARTS = 12
A_ROW = 3

snapshot = open_page("Trends", "Posts over time; the first and the last bar may be partial")
agencies, categories = names(snapshot, "agency"), names(snapshot, "category")
BY = {
    "Agency": ("mda", lambda code: words.agency(code, agencies)),
    "Category": ("category", lambda code: categories.get(code, code)),
    "Channel": ("channel", words.channel),
    "Language": ("lang", words.language),
}
UNITS = {"All, by month": "month", "Last 26 weeks": "week"}

with st.container(horizontal=True):
    chosen = st.segmented_control("Split by", list(BY), default="Agency", required=True, key="by")
    unit = read(snapshot, "clock").at[0, "unit"]
    if unit == "month":
        unit = UNITS[st.segmented_control("Period", list(UNITS), default="All, by month", required=True, key="period")]
by, say = BY[chosen]
rows = read(snapshot, "series", by=by, unit=unit)
rows = rows.assign(series=rows["series"].map(say))
st.subheader(f"All posts a {unit}", anchor=False)
st.altair_chart(charts.over_time(rows.groupby("period_date", as_index=False)["n_posts"].sum(), unit, height=200))
note_on_undated_posts(snapshot)

table = rows.pivot_table(index="series", columns="period_date", values="n_posts", aggfunc="sum", fill_value=0)
totals = table.sum(axis=1).sort_values(ascending=False)
table = table.loc[totals[totals > 0].index]
largest = table.head(MOST_CHARTS)
n_others = len(table) - len(largest)
st.subheader(f"By {chosen.lower()}, the largest first", anchor=False)
others = f" {n_others:,} smaller ones stand in the table below." if n_others else ""
st.caption(f"Each chart has a scale of its own.{others}")
for start in range(0, len(largest), A_ROW):
    in_a_row = largest.iloc[start : start + A_ROW].iterrows()
    for column, (name, counts) in zip(st.columns(A_ROW, gap="medium"), in_a_row, strict=False):
        column.markdown(f"**{words.escaped(name)}** · {int(counts.sum()):,}")
        column.altair_chart(charts.over_time(counts.rename("n_posts").reset_index(), unit, height=110))

st.subheader("The figures", anchor=False)
form = charts.label_format(list(table.columns), unit)
newest_first = table[table.columns[::-1]].set_axis([f"{period:{form}}" for period in table.columns[::-1]], axis=1)
newest_first.insert(0, "Total", newest_first.sum(axis=1))
st.dataframe(
    newest_first.rename_axis(chosen).reset_index(),
    hide_index=True,
    column_config={chosen: st.column_config.TextColumn(width=24 + 7 * max(map(len, table.index)))},  # no name is cut
)
