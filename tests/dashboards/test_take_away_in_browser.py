"""A visitor takes files away in a real browser; what holds citizens' words is logged."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa
from desk_cases import PASSWORD, add_person, opened
from test_services import browser, running

from portal.models import Event

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

__all__ = ["browser"]  # a fixture is found by its name here


@pytest.fixture
def address(published: Path) -> Iterator[str]:
    with closing(opened(published)) as store:
        add_person(store, "marie", "PUC")
    with running(published, "dashboard") as addresses:
        yield addresses["dashboard"]


def taken(page: "Page", label: str) -> tuple[str, bytes]:
    """The name and the bytes of the file that a button gives."""
    with page.expect_download() as download:
        page.get_by_role("button", name=label, exact=True).click()
    return download.value.suggested_filename, Path(download.value.path()).read_bytes()


@pytest.mark.browser
def test_files_are_made_on_demand_and_words_are_logged(published: Path, address: str, browser: "Browser") -> None:
    page = browser.new_page(viewport={"width": 1360, "height": 1200}, accept_downloads=True)
    page.goto(f"{address}/desk")
    page.get_by_label("Name", exact=True).fill("marie")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("link", name="Routing quality").click()
    page.get_by_role("button", name="Take away").first.click()
    name, file = taken(page, "Excel (XLSX)")
    assert (name, file[:2]) == ("lavwa-routing-by-language-2026-10-26.xlsx", b"PK")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Take away").last.click()
    name, file = taken(page, "Picture (PNG)")
    assert (name, file[:4]) == ("lavwa-languages-by-week-2026-10-26.png", b"\x89PNG")
    page.keyboard.press("Escape")

    page.get_by_role("link", name="Routed issues").click()
    page.get_by_text("Tick a line").wait_for()
    page.get_by_test_id("stDataFrame").hover()
    page.get_by_role("button", name="Search").wait_for()
    assert not page.get_by_label("Download as CSV").is_visible()  # it knows no guard and no source
    page.get_by_role("button", name="Take away").click()
    name, file = taken(page, "Plain table (CSV)")
    assert (name, file[:3]) == ("lavwa-issues-2026-10-26.csv", b"\xef\xbb\xbf")
    page.close()

    with closing(opened(published)) as store, store.reading() as session:
        events = session.execute(sa.select(Event.actor, Event.details).where(Event.action == "words taken away")).all()
    assert [(actor, details) for actor, details in events] == [("officer 1", {"what": "issues", "n_rows": 4})]
