"""The topics page: its figures against hand-counted ones, who steers what, two periods compared. All is invented."""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
import pyarrow as pa
import pytest
import streamlit as st
from case_rows import case, official
from desk_cases import add_person, opened
from streamlit.testing.v1 import AppTest
from test_views import VIEWS, captions, checked, tick

from dashboards import topic_words
from dashboards.topic_comparison import compared, difference, periods
from flows.home import Home
from flows.stages.copy_cases import copy_cases
from portal.audit.log import history
from portal.steering import Steered, topic_marks
from portal.store import Store
from warehouse.cases import replace_cases
from warehouse.database import open_warehouse
from warehouse.enriched import ENRICHED, store_enriched
from warehouse.merged import SCHEMAS, replace_results
from warehouse.publish import publish, store_names

MAHE = ZoneInfo("Indian/Mahe")
NOON = datetime(2026, 10, 22, 8, tzinfo=UTC)
DAY = timedelta(days=1)
ANALYST, OVERSIGHT, OFFICER = 1, 2, 3
WATER, ROADS, FERRY = 1, 2, 3


def said(number: int, days_ago: int, **fields: Any) -> dict[str, Any]:
    return {
        "landing_id": number, "post_id": f"p{number}", "version": 1, "submitter_id": f"who{number}", "source": "portal",
        "channel": "portal", "is_formal": False, "created_at": NOON - days_ago * DAY, "fetched_at": NOON, "lang": "en",
        "text": f"text {number}", "pii_kinds": [], "category": "water_supply", "mda": "PUC", "confidence": 0.8,
        "in_scope": 0.9, "route": "auto", "kind": "complaint", "urgency": "normal", "candidates": "[]",
        "is_confidential": False, "accused": [], "district": None, "reasons": [], "model": "toy@1",
        "enriched_at": NOON, "embedding": [1.0, 0.0, 0.0], **fields,
    }  # fmt: skip


POSTS = {
    # 8 voices in the last seven days after 1; two districts and one unknown; the last one is confidential.
    WATER: [
        *[said(n, 1, channel="facebook", lang="crs", district="SC-05") for n in range(1, 7)],
        said(7, 2, district="SC-02"), said(8, 3), said(9, 10), said(10, 1, is_confidential=True, text="PLANTED"),
    ],
    # 3 after 4
    ROADS: [
        said(n, days, mda="SLTA", embedding=[0.8, 0.6, 0.0]) for n, days in enumerate((1, 2, 2, 8, 9, 9, 10), start=21)
    ],
    # none after 12
    FERRY: [said(n, 9, mda=None, embedding=[0.0, 0.0, 1.0]) for n in range(41, 53)],
}  # fmt: skip
LABELS = {WATER: "water, pipe", ROADS: "roads, pipe", FERRY: "ferry, jetty"}


@pytest.fixture
def place(home: Path) -> Iterator[Home]:
    """Three topics, two cases and an official answer."""
    made = Home(home)
    made.prepare()
    with open_warehouse(made.warehouse) as connection:
        rows = [said(99, 30), *(post for posts in POSTS.values() for post in posts)]  # the first is of no topic
        store_enriched(connection, pa.Table.from_pylist(rows, schema=ENRICHED))
        tables: dict[str, list[dict[str, Any]]] = {
            "topics": [
                {
                    "topic_id": n, "label": label, "terms": label.split(", "),
                    "representative_post_id": POSTS[n][0]["post_id"],
                }
                for n, label in LABELS.items()
            ],
            "topic_members": [
                {"post_id": post["post_id"], "topic_id": n} for n, posts in POSTS.items() for post in posts
            ],
        }  # fmt: skip
        arrow = {name: pa.Table.from_pylist(of, schema=SCHEMAS[name]) for name, of in tables.items()}
        replace_results(connection, "merge", "1", NOON, arrow)
        agencies = {"PUC": "Public Utilities Corporation", "SLTA": "Seychelles Land Transport Agency"}
        districts = {"SC-05": "Anse Royale", "SC-02": "Anse Boileau"}
        store_names(connection, {"agency": agencies, "district": districts})
        cases = [
            case("C-1", "p1", "p2", answered_at=NOON, first_answered_at=NOON), case("C-2", "p3"),
            case("C-3", "p10", is_confidential=True),
        ]  # fmt: skip
        replace_cases(connection, [cases], [official(1, "p1")])
        publish(connection, made.published, 3, MAHE)
    st.cache_data.clear()
    st.cache_resource.clear()
    yield made
    st.cache_data.clear()
    st.cache_resource.clear()


@pytest.fixture
def store(home: Path) -> Iterator[Store]:
    with closing(opened(home)) as made:
        add_person(made, "anna", None, role="analyst")
        add_person(made, "olga", None, role="oversight")
        add_person(made, "marie", "PUC")
        yield made


def page(account_id: int | None = None) -> AppTest:
    shown = AppTest.from_file(str(VIEWS / "topics.py"), default_timeout=60)
    if account_id is not None:
        shown.session_state["account"] = account_id
    return checked(shown.run())


def listed(shown: AppTest) -> list[str]:
    return list(shown.dataframe[0].value["label"])


def press(shown: AppTest, label: str) -> None:
    (button,) = [button for button in shown.button if button.label == label]
    checked(button.click().run())


def labels(shown: AppTest) -> list[str]:
    return [button.label for button in shown.button]


def markdown(shown: AppTest) -> list[str]:
    return [element.value for element in shown.markdown]


def kept(store: Store) -> dict[int, tuple[str | None, int | None, bool, bool]]:
    return {mark.topic_id: (mark.label, mark.merged_into, mark.is_pinned, mark.is_muted) for mark in topic_marks(store)}


def publish_anew(place: Home, store: Store) -> None:
    """What the next run does with what people decided; cases stay as they are."""
    with open_warehouse(place.warehouse) as connection:
        cases = connection.execute("FROM cases").to_arrow_table().to_pylist()
        answers = connection.execute("FROM official_answers").to_arrow_table().to_pylist()
    copy_cases(place, "1GB", store)
    with open_warehouse(place.warehouse) as connection:
        replace_cases(connection, [cases], answers)
        publish(connection, place.published, 3, MAHE)


# What is shown


@pytest.mark.usefixtures("place", "store")
def test_the_table_tells_growth_voices_and_how_sure_the_machine_is() -> None:
    shown = page()
    rows = shown.dataframe[0].value
    names = ["label", "n_last_7_days", "n_previous_7_days", "n_posts", "n_voices", "sure"]
    assert rows[names].values.tolist() == [
        ["water, pipe", 9, 1, 10, 10, 100.0],
        ["ferry, jetty", 0, 12, 12, 12, 100.0],
        ["roads, pipe", 3, 4, 7, 7, 100.0],
    ]
    assert shown.markdown[0].value == (
        "Growing most: **water\\, pipe**, 9 posts in the seven days to 21 Oct 2026 after 1 in the seven before."
    )
    assert "sign" not in rows.columns or set(rows["sign"]) == {""}


@pytest.mark.usefixtures("place", "store")
def test_the_drill_down_tells_what_where_and_what_was_done() -> None:
    shown = page()
    said_so = markdown(shown)
    assert "It grows: 9 posts in the seven days to 21 Oct 2026, after 1 in the seven before." in said_so
    sure = "All 9 posts looked at lie nearer to it than to any other topic."
    assert f"**How sure the machine is**  \n{sure}" in said_so
    told = captions(shown)
    for sentence in (
        "Facebook leads: 6 posts of 9, from 6 known voices.",
        "Creole leads: 6 posts of 10, from 6 known voices.",
        "Anse Royale leads: 6 posts of 7, from 6 known voices.",
        "1 confidential post counts by language only.",
        "1 confidential case holds posts of it: of those only this number is told.",
        "2 cases hold posts of it; 1 answered.",
    ):
        assert sentence in told
    cases = shown.dataframe[1].value
    assert cases[["reference", "is_answered"]].values.tolist() == [["C-1", "Yes"], ["C-2", "Not yet"]]
    texts = [text.value for text in shown.text]
    assert texts[0] == "text 1"
    assert {"text 7", "text 8", "text 9"} <= set(texts)
    assert "Official question 1?" in texts
    assert "answer 1" in texts
    assert "PLANTED" not in " ".join([*texts, *told, *said_so])
    assert "roads\\, pipe · 7 posts" in labels(shown)


@pytest.mark.usefixtures("place", "store")
def test_a_related_topic_is_opened_by_its_button_and_all_posts_by_a_toggle() -> None:
    shown = page()
    press(shown, "roads\\, pipe · 7 posts")
    assert [subheader.value for subheader in shown.subheader] == ["roads\\, pipe"]
    assert "It goes on: 3 posts in the seven days to 21 Oct 2026, after 4 in the seven before." in markdown(shown)
    assert "No case holds one of its posts." in captions(shown)
    assert len(shown.dataframe) == 1
    checked(shown.toggle(key=f"all posts {ROADS}").set_value(True).run())
    assert len(shown.dataframe[1].value) == 7


@pytest.mark.usefixtures("place", "store")
def test_a_topic_of_which_nobody_speaks_any_more_went_quiet() -> None:
    shown = tick(page(), 1)
    assert "It went quiet: no post in the seven days to 21 Oct 2026, after 12 in the seven before." in markdown(shown)
    assert "The place of none of its posts is known." in captions(shown)
    assert "None is clearly nearer to it than topics usually are to one another." in captions(shown)


# Steering


@pytest.mark.usefixtures("place", "store")
@pytest.mark.parametrize("account_id", [None, OFFICER])
def test_who_may_not_steer_sees_nothing_of_it(account_id: int | None) -> None:
    shown = page(account_id)
    assert [expander.label for expander in shown.expander] == []
    assert {"Pin it", "Mute it", "Call it so", "Merge them"}.isdisjoint(labels(shown))


@pytest.mark.parametrize("account_id", [ANALYST, OVERSIGHT])
def test_a_pin_shows_at_once_for_everybody_and_is_undone(place: Home, store: Store, account_id: int) -> None:
    shown = tick(page(account_id), 2)
    press(shown, "Pin it")
    assert listed(shown) == ["roads, pipe", "water, pipe", "ferry, jetty"]
    assert [subheader.value for subheader in shown.subheader] == ["roads\\, pipe"]
    assert shown.dataframe[0].value["sign"].tolist() == ["Pinned", "", ""]
    assert listed(page()) == ["roads, pipe", "water, pipe", "ferry, jetty"]
    publish_anew(place, store)
    assert listed(page()) == ["roads, pipe", "water, pipe", "ferry, jetty"]
    press(shown, "Unpin it")
    assert kept(store) == {ROADS: (None, None, False, False)}
    assert listed(page()) == ["water, pipe", "ferry, jetty", "roads, pipe"]


def test_a_muted_topic_is_behind_a_toggle_and_last(place: Home, store: Store) -> None:
    shown = page(ANALYST)
    press(shown, "Mute it")
    assert listed(shown) == ["ferry, jetty", "roads, pipe"]
    assert shown.markdown[0].value.startswith("Nothing grew")
    checked(shown.toggle(key="muted").set_value(True).run())
    assert listed(shown) == ["ferry, jetty", "roads, pipe", "water, pipe"]
    assert shown.dataframe[0].value["sign"].tolist() == ["", "", "Muted"]
    press(shown, "Unmute it")
    assert kept(store) == {WATER: (None, None, False, False)}
    assert listed(shown)[0] == "water, pipe"


def test_a_name_shows_at_once_and_can_be_taken_back(place: Home, store: Store) -> None:
    shown = page(ANALYST)
    checked(shown.text_input(key=f"label {WATER} 0").set_value("*Water* at Anse Royale").run())
    press(shown, "Call it so")
    assert listed(shown)[0] == "*Water* at Anse Royale"
    assert "A person gave it this name; the machine calls it “water\\, pipe”." in captions(page())
    assert [subheader.value for subheader in page().subheader] == ["\\*Water\\* at Anse Royale"]
    publish_anew(place, store)
    assert listed(page())[0] == "*Water* at Anse Royale"
    press(shown, "Give it the machine's name back")
    assert listed(shown)[0] == "water, pipe"


@pytest.mark.usefixtures("place")
def test_what_is_refused_is_said_and_what_was_typed_stays(store: Store) -> None:
    shown = page(ANALYST)
    checked(shown.text_input(key=f"label {WATER} 0").set_value("  ").run())
    press(shown, "Call it so")
    assert [error.value for error in shown.error] == [
        "A topic\\'s name is one line of at most 60 characters\\: choose a shorter or plainer one."
    ]
    assert shown.text_input(key=f"label {WATER} 0").value == "  "
    assert kept(store) == {}


@pytest.mark.usefixtures("place")
def test_whoever_is_second_is_told(store: Store) -> None:
    first, second = page(ANALYST), page(OVERSIGHT)
    press(first, "Pin it")
    (button,) = [button for button in second.button if button.label == "Mute it"]
    with store.session() as session:  # between drawing the page and pressing: the page redraws before it acts
        assert len(history(session, f"topic {WATER}")) == 1
    checked(button.click().run())
    assert kept(store)[WATER] == (None, None, True, True)


def test_a_merge_is_said_to_come_is_shown_after_the_next_run_and_can_be_undone(place: Home, store: Store) -> None:
    shown = tick(page(ANALYST), 2)
    checked(shown.selectbox(key=f"into {ROADS}").set_value(WATER).run())
    press(shown, "Merge them")
    told = "A person made it a part of “water\\, pipe”: it shows there from the next run on."
    assert [info.value for info in shown.info] == [told]
    assert [info.value for info in tick(page(), 2).info] == [told]
    assert len(listed(shown)) == 3
    publish_anew(place, store)
    shown = page(ANALYST)
    rows = shown.dataframe[0].value
    assert rows[["label", "n_posts"]].values.tolist() == [["water, pipe", 17], ["ferry, jetty", 12]]
    assert "A person made “roads\\, pipe” a part of it: 7 posts." in captions(shown)
    press(shown, "Take “roads\\, pipe” out again")
    assert [info.value for info in shown.info] == ["“roads\\, pipe” stands by itself again from the next run on."]
    publish_anew(place, store)
    assert len(listed(page())) == 3


def test_a_merge_can_be_undone_before_it_shows(place: Home, store: Store) -> None:
    shown = tick(page(ANALYST), 2)
    checked(shown.selectbox(key=f"into {ROADS}").set_value(WATER).run())
    press(shown, "Merge them")
    press(shown, "Undo its merge")
    assert kept(store) == {ROADS: (None, None, False, False)}
    assert list(shown.info) == []


@pytest.mark.usefixtures("place", "store")
def test_the_history_names_who_did_what_to_who_may_steer() -> None:
    shown = page(ANALYST)
    press(shown, "Pin it")
    press(shown, "Mute it")
    done = [text.value.split(": ", 1)[1] for text in shown.text if "anna (analyst)" in text.value]
    assert done == ["anna (analyst) muted it.", "anna (analyst) pinned it."]
    assert [text for text in page().text if "anna" in text.value] == []


@pytest.mark.usefixtures("place")
def test_all_topics_can_be_muted(store: Store) -> None:
    for _ in LABELS:
        press(page(ANALYST), "Mute it")
    shown = page(ANALYST)
    assert [info.value for info in shown.info] == ["All topics are muted."]


# Two periods


@pytest.mark.usefixtures("place", "store")
def test_two_periods_are_compared_by_voices_and_what_is_more_than_chance_is_told() -> None:
    # Voices: water 1 then 8, roads 4 then 3, ferry 12 then 0. By the binomial test p = 2 · 10/2⁹ = 0.039, 1 and 2/2¹²;
    # 0.0005 ≤ 0.1/3 and 0.039 ≤ 0.2/3.
    shown = checked(page().segmented_control(key="part").set_value("comparison").run())
    assert shown.markdown[0].value == (
        "15 Oct to 21 Oct 2026 against 8 Oct to 14 Oct 2026: of 3 topics, **2** differ by more than chance.  \n"
        "More than chance: ferry\\, jetty (Gone: 12); water\\, pipe (7 more).  \n"
        "Not spoken of any more: ferry\\, jetty."
    )
    rows = shown.dataframe[0].value
    names = ["label", "difference", "sure", "n_voices_before", "n_voices_after", "n_posts_before", "n_posts_after"]
    assert rows[names].values.tolist() == [
        ["ferry, jetty", "Gone: 12", "Yes", 12, 0, 12, 0],
        ["water, pipe", "7 more", "Yes", 1, 8, 1, 8],
        ["roads, pipe", "1 fewer", "Could be chance", 4, 3, 4, 3],
    ]


@pytest.mark.usefixtures("place", "store")
def test_other_dates_are_compared_and_impossible_ones_are_said() -> None:
    shown = checked(page().segmented_control(key="part").set_value("comparison").run())
    checked(shown.selectbox(key="periods").set_value("own").run())
    assert shown.selectbox(key="periods").options == ["Last 7 days and the 7 before", "Other dates"]
    checked(shown.date_input(key="earlier").set_value((date(2026, 10, 12), date(2026, 10, 13))).run())
    checked(shown.date_input(key="later").set_value((date(2026, 10, 21), date(2026, 10, 21))).run())
    rows = shown.dataframe[0].value.set_index("label")
    assert rows.loc["water, pipe", ["difference", "n_voices_before", "n_voices_after"]].tolist() == ["6 more", 1, 6]
    assert any(caption.startswith("One period is longer") for caption in captions(shown))
    checked(shown.date_input(key="later").set_value((date(2026, 10, 13), date(2026, 10, 14))).run())
    assert [info.value for info in shown.info] == [
        "The earlier period must end before the later one begins: choose other days."
    ]


def test_periods_are_offered_only_where_there_are_posts_early_enough() -> None:
    last = date(2028, 2, 29)
    assert list(periods(last - 12 * DAY, last)) == []
    assert list(periods(last - 13 * DAY, last)) == ["week"]
    assert list(periods(last - 55 * DAY, last)) == ["week", "weeks"]
    offered = periods(date(2020, 1, 1), last)
    assert offered["year"] == ((date(2027, 2, 1), date(2027, 2, 28)), (date(2028, 2, 1), last))
    assert offered["weeks"] == ((date(2028, 1, 5), date(2028, 2, 1)), (date(2028, 2, 2), last))


def test_a_difference_is_a_word_and_periods_of_unequal_length_are_set_against_a_rate() -> None:
    rows = pd.DataFrame(
        [(1, 0, 4), (2, 3, 0), (3, 8, 2), (4, 8, 5), (5, 8, 1)],
        columns=["topic_id", "n_voices_before", "n_voices_after"],
    )
    week, four = (date(2026, 10, 16), date(2026, 10, 22)), (date(2026, 9, 18), date(2026, 10, 15))
    told = {int(row["topic_id"]): difference(row) for _, row in compared(rows, four, week).iterrows()}
    assert told == {1: "New: 4", 2: "Gone: 3", 3: "As many", 4: "3 more", 5: "1 fewer"}


# Words


def topic(**fields: Any) -> pd.Series:
    return pd.Series(
        {
            "is_pinned": False, "is_bursting": False, "is_campaign": False, "is_muted": False, "n_last_7_days": 0,
            "n_previous_7_days": 0, "n_grown": 0, "last_at": datetime(2026, 8, 3, 14, tzinfo=MAHE), **fields,
        }
    )  # fmt: skip


def test_a_topic_bears_each_sign_as_a_word() -> None:
    assert topic_words.signs(topic()) == ""
    everything = topic(is_pinned=True, is_bursting=True, is_campaign=True, is_muted=True)
    assert topic_words.signs(everything) == "Pinned, Bursting, Campaign, Muted"


@pytest.mark.parametrize(
    ("figures", "begins"),
    [
        pytest.param((0, 0, 0), "It is quiet: the last post is of 3 Aug 2026.", id="quiet"),
        pytest.param((0, 1, 0), "It went quiet: no post", id="went quiet"),
        pytest.param((1, 0, 0), "It goes on: 1 post in", id="one is chance"),
        pytest.param((9, 1, 8), "It grows: 9 posts in", id="grows"),
        pytest.param((2, 4, 0), "It goes on: 2 posts in", id="too few to fade"),
        pytest.param((2, 5, 0), "It fades: 2 posts in", id="fades"),
    ],
)
def test_what_happens_to_a_topic_is_a_sentence(figures: tuple[int, int, int], begins: str) -> None:
    asked = topic(**dict(zip(("n_last_7_days", "n_previous_7_days", "n_grown"), figures, strict=True)))
    assert topic_words.happens(asked, date(2026, 8, 5)).startswith(begins)


def test_what_a_person_did_to_a_topic_is_a_sentence() -> None:
    def told(action: str, other_id: int | None = None) -> str:
        return topic_words.done(Steered(NOON, "anna (analyst)", action, other_id), "3 Aug 2026, 14:00", {7: "water"})

    assert told("topic merged", 7) == "3 Aug 2026, 14:00: anna (analyst) made it a part of water."
    assert told("topic's merge undone", 8) == "3 Aug 2026, 14:00: anna (analyst) took it out of topic 8 again."
    assert told("something new") == "3 Aug 2026, 14:00: anna (analyst) changed it."
