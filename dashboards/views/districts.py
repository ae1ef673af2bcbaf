"""Districts: a map of tiles on which silence is shown as silence, and what a district speaks of."""

from math import nan
from typing import Any

import altair as alt
import pandas as pd
import streamlit as st

from dashboards import charts, usual, words
from dashboards.data import names, open_page, read
from dashboards.take_away import show_chart, show_table
from flows.language import mark, n, t

WINDOWS = {7: mark("7 days"), 28: mark("4 weeks"), 91: mark("Quarter")}
ROW_HEIGHT = 35
ALL = ""
UNKNOWN, CONFIDENTIAL = "unknown", "confidential"
SIGNS = {"more": mark("▲ more"), "fewer": mark("▼ fewer"), "silent": mark("○ silent"), "usual": "=", "untold": "·"}

snapshot = open_page(t("Districts"), t("Who speaks and who is silent, against past and population"))
known, categories = names(snapshot, "district"), names(snapshot, "category")
with st.container(horizontal=True, vertical_alignment="bottom"):
    days = st.segmented_control(
        t("Time"), list(WINDOWS), default=28, required=True, key="days", format_func=lambda days: t(WINDOWS[days])
    )
    said = read(snapshot, "district_categories", days=days)["category"]
    category = st.selectbox(
        t("Category"), [ALL, *said], key="category", width=320,
        format_func=lambda code: categories.get(code, code) if code else t("All categories"),
    )  # fmt: skip
rows = read(snapshot, "districts", days=days, category=category)
apart = rows.set_index("district").reindex([UNKNOWN, CONFIDENTIAL])
n_unknown, n_confidential = (0 if pd.isna(count) else int(count) for count in apart["n_posts"])
rows = rows[~rows["district"].isin([UNKNOWN, CONFIDENTIAL])]
n_posts = int(rows["n_posts"].sum()) + n_unknown
clock = read(snapshot, "clock").iloc[0]


def tell() -> None:
    """What the map says, in sentences."""
    by_state = {state: [known.get(code, code) for code in of["district"]] for state, of in rows.groupby("state")}
    told = [row for row in rows.sort_values("p").to_dict("records") if row["state"] in {"more", "fewer", "silent"}]
    day = words.long_day(clock["latest_date"])
    if not told:
        st.markdown(
            n(
                "In the {n} day to {day} no district stands out.", "In the {n} days to {day} no district stands out.",
                days, day=day,
            )
        )  # fmt: skip
    for row in told:
        st.markdown(sentence(row))
    if n_untold := len(by_state.get("untold", [])):
        st.caption(
            n(
                "Of {n} district too little is expected to tell silence from chance.",
                "Of {n} districts too little is expected to tell silence from chance.",
                n_untold,
            )
        )


def sentence(row: dict[str, Any]) -> str:
    name = f"**{words.escaped(known.get(row['district'], row['district']))}**"
    expected = usual.amount(row["n_expected"])
    if row["state"] == "silent":
        return t(
            "{name} is silent: no voice, where {expected} are expected. By chance {odds}.",
            name=name, expected=expected, odds=usual.odds(row["p_silent"]),
        )  # fmt: skip
    said = {"name": name, "expected": expected, "low": words.number(row["low"]), "high": words.number(row["high"])}
    return n(
        "{name}: {n} voice, where {expected} are expected ({low} to {high}).",
        "{name}: {n} voices, where {expected} are expected ({low} to {high}).",
        row["n_voices"], **said,
    )  # fmt: skip


def show_map() -> str | None:
    """Draw the tiles; the code of the district that was clicked."""
    laid_out = rows[rows["tile_column"].notna()]
    if laid_out.empty:
        st.info(t("This deployment lays out no districts as a map: see the table."), icon=":material/grid_off:")
        return None
    place = {"tile_column": 0, "tile_row": int(laid_out["tile_row"].max()), "state": UNKNOWN, "district": UNKNOWN}
    unknown = {
        "short_name": t("No place"), "told": words.number(n_unknown),
        "sign": words.percent(n_unknown / n_posts) if n_posts else "–", "name": t("Place not known"),
        "spoken": n("{n} post tells no place.", "{n} posts tell no place.", n_unknown), "lean": nan,
    }  # fmt: skip
    tiles = laid_out.to_dict("records")
    drawn = pd.DataFrame(
        [
            {
                **row, "told": usual.expectation(row), "sign": t(SIGNS[row["state"]]), "name": known[row["district"]],
                "spoken": t("{n} voices, {state}", n=usual.expectation(row), state=t(usual.STATES[row["state"]])),
                "lean": lean(row),
            }
            for row in tiles
        ]
        + [{**place, **unknown}]
    )  # fmt: skip
    select = alt.selection_point(name="picked", fields=["district"], toggle=False, empty=False)
    title = t("Voices of each district against what is expected: {time}", time=t(WINDOWS[days]))
    picked = show_chart(
        charts.tiles(drawn, select), title, snapshot, file=f"districts {days} {category}", source=source(),
        key=f"map {snapshot.version}", on_select="rerun",
    )  # fmt: skip
    points = picked.selection.get("picked", []) if picked else []
    return str(points[0]["district"]) if points else None


def lean(row: dict[str, Any]) -> float:
    """How far from what is expected, from -1 (fewer) to 1 (more): a half at the edge of the usual range, NaN where too
    little is expected to tell."""
    if row["state"] == "untold":
        return nan
    away = row["n_voices"] - row["n_expected"]
    edge = row["high"] - row["n_expected"] if away > 0 else row["n_expected"] - row["low"]
    return float(max(-1.0, min(1.0, away / max(edge, 0.5) / 2)))


def show_all() -> None:
    lines = rows.assign(
        name=rows["district"].map(known),
        state=[t(usual.STATES[state]) for state in rows["state"]],
        expected=rows["n_expected"].round(1),
        likely=[
            t("{low} to {high}", low=words.number(row.low), high=words.number(row.high)) if pd.notna(row.low) else "–"
            for row in rows.itertuples()
        ],
        silence=(rows["p_silent"] * 100).round(1),
    ).sort_values(["p", "n_voices"], ascending=[True, False])
    show_table(
        lines,
        t("Voices of each district against what is expected: {time}", time=t(WINDOWS[days])),
        snapshot,
        file=f"districts table {days} {category}",
        source=source(),
        hide_index=True,
        placeholder="–",
        height=ROW_HEIGHT * (len(lines) + 1) + 3,
        column_order=["name", "n_voices", "expected", "likely", "state", "silence", "n_posts", "population"],
        column_config={
            "name": st.column_config.TextColumn(t("District"), width=150),
            "n_voices": st.column_config.NumberColumn(t("Voices"), format="localized", width=70),
            "expected": st.column_config.NumberColumn(t("Expected"), width=80),
            "likely": st.column_config.TextColumn(t("Nine of ten times"), width=110),
            "state": st.column_config.TextColumn(t("Against expectation"), width=165),
            "silence": st.column_config.NumberColumn(
                t("Silent by chance"), format="%.1f%%", width=110,
                help=t("How likely no voice at all is, if nothing is out of the ordinary."),
            ),
            "n_posts": st.column_config.NumberColumn(t("Posts"), format="localized", width=70),
            "population": st.column_config.NumberColumn(t("People"), format="localized", width=80),
        },
    )  # fmt: skip


def people_are_from() -> list[str]:
    """Where the numbers of people come from, a sentence a source."""
    said = []
    for of in read(snapshot, "district_facts").to_dict("records"):
        named = of["source"] or t("source not named")
        if pd.isna(of["year"]):
            told = n(
                "People: {source}, which names no year ({n} district).",
                "People: {source}, which names no year ({n} districts).",
                of["n_districts"], source=named,
            )  # fmt: skip
        else:
            told = n(
                "People: {source}, {year} ({n} district).", "People: {source}, {year} ({n} districts).",
                of["n_districts"], source=named, year=str(int(of["year"])),
            )  # fmt: skip
        said.append(told)
    return said


def source() -> str:
    """The line under what is taken away."""
    return " ".join([t("Source: Lavwa, what people wrote to and about their government."), *people_are_from()])


def explain() -> None:
    """Where expectations and populations come from."""
    st.caption(
        t(
            "Expected: the voices of this time whose place is known, shared as the population and each district's own "
            "past say. A post without an author is a voice of its own. ▲ and ▼ stand where a district differs by more "
            "than chance, all districts tested together; ○ where nobody speaks though three voices or more are "
            "expected; grey where too little is expected to tell. Blue is fewer, brown is more, darker is further."
        )
    )
    for said in people_are_from():
        st.caption(words.escaped(said))
    if n_without := int(rows["population"].isna().sum()):
        st.caption(
            n(
                "Of {n} district no population is known: its own past alone says what to expect.",
                "Of {n} districts no population is known: their own past alone says what to expect.",
                n_without,
            )
        )


def show_unknown() -> None:
    """Posts that no tile holds."""
    if n_posts:
        st.markdown(
            n(
                "**{n} of {all} posts ({share}) tells no place.** It is spread over no district.",
                "**{n} of {all} posts ({share}) tell no place.** They are spread over no district.",
                n_unknown, all=words.number(n_posts), share=words.percent(n_unknown / n_posts),
            )
        )  # fmt: skip
    if n_confidential:
        st.caption(
            n(
                "Beside them {n} confidential post, which no place is told of.",
                "Beside them {n} confidential posts, which no place is told of.",
                n_confidential,
            )
        )


def show_district(code: str) -> None:
    """Topics, agencies and posts over time of one district."""
    name = known.get(code, code) if code != UNKNOWN else t("Place not known")
    st.subheader(words.escaped(name), anchor=False)
    row = next((row for row in rows.to_dict("records") if row["district"] == code), None)
    if row and pd.notna(row["n_expected"]):
        st.markdown(
            n(
                "{n} voice, {expected} expected: {state}", "{n} voices, {expected} expected: {state}",
                row["n_voices"], expected=usual.amount(row["n_expected"]), state=t(usual.STATES[row["state"]]),
            )
        )  # fmt: skip
    left, middle, right = st.columns(3, gap="large")
    asked = {"district": code, "category": category}
    with left:
        st.markdown(f"**{t('Topics')}**")
        topics = read(snapshot, "district_topics", days=days, **asked)
        if topics.empty:
            st.caption(t("No topic in this time."))
        else:
            figure = charts.bars(topics, "label", "n_posts")
            show_chart(figure, t("Topics: {of}", of=name), snapshot, file=f"topics of {code}")
    with middle:
        st.markdown(f"**{t('Agencies')}**")
        agencies = read(snapshot, "district_agencies", days=days, **asked)
        if agencies.empty:
            st.caption(t("No post in this time."))
        else:
            titles = names(snapshot, "agency")
            agencies = agencies.assign(mda=[words.agency(code, titles) for code in agencies["mda"]])
            figure = charts.bars(agencies.head(10), "mda", "n_posts")
            show_chart(figure, t("Agencies: {of}", of=name), snapshot, file=f"agencies of {code}")
    with right:
        st.markdown(f"**{t('Posts a week, last quarter')}**")
        weeks = read(snapshot, "district_weeks", **asked)
        weekly = charts.over_time(weeks, "week", height=220)
        show_chart(weekly, t("Posts over time: {series}", series=name), snapshot, file=f"posts over time of {code}")
        st.caption(n("{n} post in all.", "{n} posts in all.", int(weeks["n_posts"].sum())))


left, right = st.columns([3, 2], gap="large")
with left:
    clicked = show_map()
with right:
    tell()
    show_unknown()
    explain()
if clicked and clicked != st.session_state.get("clicked"):
    st.session_state["clicked"] = st.session_state["district"] = clicked
codes = [*sorted(rows["district"], key=lambda code: known.get(code, code)), UNKNOWN]
chosen = st.selectbox(
    t("District"), codes, key="district", index=None, placeholder=t("Choose a district, or its tile"), width=320,
    format_func=lambda code: t("Place not known") if code == UNKNOWN else known.get(code, code),
)  # fmt: skip
if chosen:
    show_district(chosen)
st.subheader(t("All districts"), anchor=False)
show_all()
