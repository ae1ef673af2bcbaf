"""Trends: posts a week by channel, language, agency or category."""

import streamlit as st

from dashboards import charts, words
from dashboards.data import names, open_page, read

snapshot = open_page("Trends", "Posts a week, over two years at most; the first and the last week may be partial")
BY = {
    "Agency": ("mda", words.agency),
    "Category": ("category", lambda code: names(snapshot, "category").get(code, code)),
    "Channel": ("channel", words.channel),
    "Language": ("lang", words.language),
}

chosen = st.segmented_control("Split by", list(BY), default="Agency", required=True, key="by")
by, say = BY[chosen]
rows = read(snapshot, "weekly", by=by)
rows = rows.assign(series=rows["series"].map(say))
st.altair_chart(charts.weekly_bars(rows, chosen, height=400))

table = rows.pivot_table(index="series", columns="week_date", values="n_posts", aggfunc="sum", fill_value=0)
table = table.loc[table.sum(axis=1).sort_values(ascending=False).index]
table.columns = [f"{week:%-d %b}" for week in table.columns]
table.insert(0, "Total", table.sum(axis=1))
st.subheader("The figures")
st.dataframe(table.rename_axis(chosen).reset_index(), hide_index=True)
