"""The bundled sample is of the last weeks, whenever it is loaded, and lands once."""

from datetime import UTC, datetime, timedelta

import duckdb
import pytest

from flows.settings import Settings, load_settings
from flows.stages.ingest import open_source, pull
from flows.stages.sample import load_sample

LOADED = [
    pytest.param("2026-11-27T09:00", id="some weeks after it was written"),
    pytest.param("2026-03-01T23:30", id="before it was written"),
    pytest.param("2031-05-05T00:10", id="years after"),
]


def load(settings: Settings, now: datetime) -> list[tuple[str, str, int, datetime]]:
    """Load the sample and read the portal at that time; returns what has landed."""
    settings.place.prepare()
    load_sample(settings, lambda: now)
    pull(
        open_source("portal", settings.sources["portal"], settings), settings.place, settings.memory_limit, lambda: now
    )
    with duckdb.connect(str(settings.place.warehouse), read_only=True) as warehouse:
        return warehouse.execute("SELECT source, source_id, version, created_at FROM landing ORDER BY ALL").fetchall()


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize("now", LOADED)
def test_the_sample_ends_within_the_seven_days_before_it_is_loaded(now: str) -> None:
    settings, loaded = load_settings(), datetime.fromisoformat(now).replace(tzinfo=UTC)
    times = [created_at for *_, created_at in load(settings, loaded)]
    today = loaded.astimezone(settings.timezone).date()
    assert timedelta(days=1) <= today - max(times).astimezone(settings.timezone).date() <= timedelta(days=7)
    assert max(times).astimezone(settings.timezone).weekday() == 6  # the Sunday on which it was written to end
    assert len(times) == 700


@pytest.mark.usefixtures("home")
def test_loading_the_sample_on_another_day_adds_nothing_and_moves_nothing() -> None:
    first = load(load_settings(), datetime(2026, 11, 27, 9, tzinfo=UTC))
    assert load(load_settings(), datetime(2027, 1, 20, 9, tzinfo=UTC)) == first
    assert {version for _, _, version, _ in first} == {1}
