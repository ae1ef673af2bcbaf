"""The start page: what changed, against figures reckoned by hand from the nine Thursdays of conftest.py."""

from collections.abc import Mapping

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest
from test_views import captions, checked, page

from dashboards import charts, usual

WEIGHTS = sum(0.9**week for week in range(8))  # 5.695...


def said(shown: AppTest) -> list[str]:
    return [markdown.value for markdown in shown.markdown]


def table(shown: AppTest, first: str) -> Mapping[str, list[object]]:
    """The rows of the table whose first line is of this name: voices, usual, difference."""
    (found,) = [of.value for of in shown.dataframe if "name" in of.value and first in set(of.value["name"])]
    return {row["name"]: [row["n_voices"], row["usual"], row["differs"]] for row in found.to_dict("records")}


@pytest.mark.usefixtures("published_weeks")
def test_an_outbreak_and_a_silence_are_told_with_their_figures() -> None:
    shown = page("pulse")
    assert "Thursday, 22 October 2026, against the same day of the last 8 weeks." in said(shown)
    # Facebook: 4 a Thursday, so 4 + 0.5 / WEIGHTS is 4.1; the portal: 10 + 0.5 / WEIGHTS is 10.1.
    assert "**Facebook**: 22 voices on 22 Oct, 4.1 are usual on a Thursday." in said(shown)
    assert "**Anse Royale**: 20 voices on 22 Oct, 4.1 are usual on a Thursday." in said(shown)
    assert "**Portal** is silent: nothing since 15 Oct, 10 voices are usual on a Thursday." in said(shown)
    assert not [text for text in said(shown) if "Place not known" in text]
    assert table(shown, "Facebook")["Facebook"] == [22, "4.1", "▲ 18 more"]
    assert table(shown, "Facebook")["Portal"] == [0, "10", "▼ 10 fewer"]
    assert table(shown, "Bel Air")["Bel Air"] == [0, "10", "▼ 10 fewer"]
    assert "Of confidential posts no more than the week is told: the figures of a day are without them." in captions(
        shown
    )


@pytest.mark.usefixtures("published_weeks")
def test_the_last_seven_days_hold_the_confidential_posts_of_the_week_that_ended() -> None:
    shown = page("pulse")
    assert "French" not in {name for of in shown.dataframe if "name" in of.value for name in of.value["name"]} or (
        table(shown, "French")["French"][0] == 0
    )
    checked(shown.segmented_control(key="unit").set_value("week").run())
    assert "The seven days to 22 October 2026, against the 7 weeks before." in said(shown)
    assert table(shown, "French")["French"][0] == 2
    assert "CONFIDENTIAL-TEXT" not in str([of.value for of in shown.dataframe])


@pytest.mark.usefixtures("published")
def test_where_nothing_is_unusual_the_page_says_so_with_the_figure() -> None:
    """One voice on Thursday, 22 October; the three Thursdays before had none, so 0.5 / (1 + 0.9 + 0.81) is usual."""
    shown = page("pulse")
    assert "**All voices**: 1 voice on 22 Oct, 0.2 are usual on a Thursday." in said(shown)
    (nothing,) = [text for text in said(shown) if text.startswith("**Nothing is unusual**")]
    assert nothing == "**Nothing is unusual**: none of 12 series differs from its past by more than chance."


@pytest.mark.usefixtures("published")
def test_a_week_with_too_little_past_is_not_judged() -> None:
    shown = page("pulse")
    checked(shown.segmented_control(key="unit").set_value("week").run())
    assert [info.value for info in shown.info] == [
        "3 voices. What is usual is not known yet: it takes three weeks of posts."
    ]
    assert table(shown, "Portal")["Portal"][1:] == ["–", "? Too little past"]


@pytest.mark.parametrize(
    ("p", "told"), [(0.022, "1 in 45"), (1e-9, "1 in 1,000,000 or less"), (0.00001, "1 in 100,000")]
)
def test_chances_are_told_as_odds(p: float, told: str) -> None:
    assert usual.odds(p) == told


@pytest.mark.parametrize(("value", "told"), [(43.4, "43"), (2.44, "2.4"), (0.03, "fewer than 0.1"), (9.0, "9")])
def test_expected_numbers_are_told_no_finer_than_they_are_known(value: float, told: str) -> None:
    assert usual.amount(value) == told


@pytest.mark.parametrize(("value", "told"), [(43.4, "43"), (0.03, "< 0.1"), (float("nan"), "–")])
def test_a_table_tells_expected_numbers_in_figures(value: float, told: str) -> None:
    assert usual.in_a_table(value) == told


def test_the_newest_bar_has_a_colour_of_its_own_over_the_usual_range() -> None:
    rows = pd.DataFrame({"label": ["15 Oct", "22 Oct"], "n_voices": [4, 20]})
    drawn = charts.against_usual(rows, 1, 8).to_dict()
    data = sorted(drawn["datasets"].values(), key=len)
    assert data[0] == [{"low": 1, "high": 8}]
    assert [row["is_now"] for row in data[1]] == [False, True]
