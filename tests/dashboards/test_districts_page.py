"""The map of districts, against figures reckoned by hand from the nine Thursdays of conftest.py."""

import altair as alt
import pandas as pd
import pytest
from test_views import captions, checked, page

from dashboards import charts, words


@pytest.mark.usefixtures("published_weeks")
def test_the_map_tells_voices_against_those_expected() -> None:
    """300 people of Anse Royale, 100 of Bel Air; see tests/warehouse/test_districts.py for 18.3 and 42.6."""
    shown = page("districts")
    rows = shown.dataframe[-1].value.set_index("name")
    assert rows[["n_voices", "expected"]].to_dict("index") == {
        "Anse Royale": {"n_voices": 32, "expected": 18.3}, "Bel Air": {"n_voices": 30, "expected": 42.6},
    }  # fmt: skip
    assert rows["population"].to_dict() == {"Anse Royale": 300, "Bel Air": 100}
    assert words.escaped("People: invented, 2010 (2 districts).") in captions(shown)


@pytest.mark.usefixtures("published_weeks")
def test_silence_is_told_as_silence_and_no_place_as_no_place() -> None:
    shown = page("districts")
    checked(shown.segmented_control(key="days").set_value(7).run())
    said = [markdown.value for markdown in shown.markdown]
    # 5 of 20 voices are due; its past has 70 where 24.5 were due: 5 · (70 + 0.886) / (24.5 + 0.886) is 14.
    (silent,) = [text for text in said if text.startswith("**Bel Air**")]
    assert silent.startswith("**Bel Air** is silent: no voice, where 14 are expected. By chance 1 in 3")
    assert "**2 of 22 posts (9%) tell no place.** They are spread over no district." in said
    assert "Beside them 2 confidential posts, which no place is told of." in captions(shown)
    assert shown.dataframe[-1].value.set_index("name").loc["Bel Air", "state"] == "○ Silent"


@pytest.mark.usefixtures("published_weeks")
def test_a_chosen_district_shows_what_it_speaks_of() -> None:
    shown = page("districts")
    checked(shown.selectbox(key="district").set_value("SC-09").run())
    assert "Bel Air" in [subheader.value for subheader in shown.subheader]
    assert "30 voices, 43 expected: = As expected" in [markdown.value for markdown in shown.markdown]
    assert "80 posts in all." in captions(shown)
    checked(shown.selectbox(key="district").set_value("unknown").run())
    assert "2 posts in all." in captions(shown)


@pytest.mark.usefixtures("published_weeks")
def test_a_category_has_a_map_of_its_own() -> None:
    shown = page("districts")
    assert shown.selectbox(key="category").options == ["All categories", "Water", "Roads"]
    checked(shown.selectbox(key="category").set_value("roads").run())
    assert shown.dataframe[-1].value.set_index("name")["n_voices"].to_dict() == {"Anse Royale": 0, "Bel Air": 30}


def test_a_silent_tile_is_white_and_broken_a_full_one_bears_its_colour() -> None:
    tile = {"tile_column": 0, "tile_row": 0, "short_name": "x", "told": "", "sign": "", "name": "", "spoken": ""}
    states = {"silent": -1.0, "untold": float("nan"), "more": 1.0, "fewer": -1.0, "usual": 0.0}
    rows = pd.DataFrame([{**tile, "district": state, "state": state, "lean": lean} for state, lean in states.items()])
    drawn = charts.tiles(rows, alt.selection_point(fields=["district"])).to_dict()
    (data,) = drawn["datasets"].values()
    assert {row["state"]: (row["fill"], row["frame"]) for row in data} == {
        "silent": ("#FFFFFF", True), "untold": ("#E6EAEC", False), "more": ("#B35806", False),
        "fewer": ("#2166AC", False), "usual": ("#F7F7F7", False),
    }  # fmt: skip
