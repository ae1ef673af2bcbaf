"""Twenty people at once on a home with a million posts: `python bench/dashboard.py FOLDER [SECONDS]`.

The real dashboard serves the home that `large_home.py` wrote. One person sits before a real Chromium with an empty
cache and walks through all pages; 19 others replay visits over Streamlit's own websocket, with pauses to think, all
of them signed in. At the end another snapshot is published, which the next click must show. Measured are first paint
(from the navigation to the title and the first table, chart or form), each click until the page has settled, and what
the server took. A page is a line of `PAGES`: its path, and what a visitor does on it.
"""

import asyncio
import json
import os
import random
import re
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import numpy as np
import pyarrow as pa
import readers
from large_home import PASSWORD, PEOPLE
from reference_data import DataMissingError
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect

from warehouse.publish import POINTER, read_pointer

if TYPE_CHECKING:
    from playwright.sync_api import Page, ViewportSize

CHROMIUM = "/usr/bin/chromium"
WINDOW: "ViewportSize" = {"width": 1360, "height": 1200}
DEFAULT_HOME = "LAVWA_LARGE_HOME"
N_SESSIONS, SECONDS, THINKING = 19, 180, (3.0, 12.0)
SEED = 20261128
SETTLED_FOR_MS = 120  # a page that has asked for nothing for so long is done
PAINTED = ", ".join(
    f"[data-testid={what}]" for what in ("stDataFrame", "stVegaLiteChart", "stForm", "stExpander", "stTextInput")
)
LONGEST_WAIT_MS = 30_000  # what takes longer is no figure, but a failure
LATER = "lavwa-another"


@dataclass(frozen=True)
class Do:
    """One thing that a visitor does: `choose` another option of the box or group called `label`, `switch` a toggle,
    `press` a button, or `tick` a row of the first table that can be ticked."""

    what: str
    label: str = ""


PAGES: dict[str, Sequence[Do]] = {
    "": [Do("choose", "Time")],
    "trends": [Do("choose", "Split by"), Do("choose", "Period")],
    "districts": [Do("choose", "Time"), Do("choose", "Category"), Do("choose", "District")],
    "topics": [Do("tick"), Do("tick")],
    "faqs": [Do("choose", "Agency"), Do("switch", "Unanswered first"), Do("press", "Show 10 more")],
    "issues": [Do("choose", "Agency"), Do("tick"), Do("press", "Later")],
    "routing": [],
    "performance": [Do("choose", "Agency")],
    "answers": [Do("choose", "Agency")],
    "watch": [Do("choose", "Category")],
    "desk": [Do("choose", "Urgency"), Do("tick"), Do("press", "Next"), Do("choose", "Show")],
}


@dataclass
class Measured:
    """Seconds by what was done; and what could not be done, since the page had nothing of that name."""

    seconds: dict[str, list[float]] = field(default_factory=dict)
    missing: set[str] = field(default_factory=set)
    failures: list[str] = field(default_factory=list)

    def add(self, what: str, seconds: float) -> None:
        self.seconds.setdefault(what, []).append(seconds)


# --- sessions over the websocket ---


@dataclass
class Session:
    """A visitor without a browser: keeps what the page shows that can be used, and sends what the visitor does."""

    connection: ClientConnection
    dice: random.Random
    measured: Measured
    shown: dict[tuple[int, ...], Any] = field(default_factory=dict)
    states: dict[str, dict[str, Any]] = field(default_factory=dict)
    hashes: dict[str, str] = field(default_factory=dict)
    repeated: dict[str, float] = field(default_factory=dict)
    page: str = ""
    failed: str = ""

    async def run(self, trigger: dict[str, dict[str, Any]] | None = None, fragment: str = "") -> float:
        """Run the script as the page stands; returns after how many seconds it had finished."""
        message = BackMsg()
        state = message.rerun_script
        state.page_script_hash, state.fragment_id = self.hashes.get(self.page, ""), fragment
        state.page_name = "" if self.hashes else self.page
        state.context_info.timezone, state.context_info.locale = "Indian/Mahe", "en"
        for name, value in {**self.states, **(trigger or {})}.items():
            widget = state.widget_states.widgets.add(id=name)
            for kind, given in value.items():
                if kind == "string_array_value":
                    widget.string_array_value.data.extend(given)
                else:
                    setattr(widget, kind, given)
        began = time.perf_counter()
        await self.connection.send(message.SerializeToString())
        await self._finished(is_whole=not fragment)
        return time.perf_counter() - began

    async def _finished(self, *, is_whole: bool) -> None:
        fresh: dict[tuple[int, ...], Any] = {}
        while True:
            message = ForwardMsg()
            message.ParseFromString(await asyncio.wait_for(self.connection.recv(), 60))
            kind = message.WhichOneof("type")
            if kind == "navigation":
                self.hashes = {page.url_pathname: page.page_script_hash for page in message.navigation.app_pages}
                self.hashes[""] = next(
                    page for page in message.navigation.app_pages if page.is_default
                ).page_script_hash
            elif kind == "auto_rerun":
                self.repeated[message.auto_rerun.fragment_id] = message.auto_rerun.interval
            elif kind == "delta" and message.delta.WhichOneof("type") == "new_element":
                fresh[tuple(message.metadata.delta_path)] = message.delta.new_element
            elif kind == "script_finished" and message.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN:
                break
        self.shown = fresh if is_whole else {**self.shown, **fresh}
        for element in fresh.values():
            if element.WhichOneof("type") == "exception":
                self.measured.failures.append(f"{self.page}: {element.exception.type}")
            elif element.WhichOneof("type") == "alert" and "cannot be shown" in element.alert.body:
                self.measured.failures.append(f"{self.page}: {element.alert.body}")
        if is_whole:
            names = {self._widget(element).id for element in fresh.values() if self._widget(element) is not None}
            self.states = {name: state for name, state in self.states.items() if name in names}

    @staticmethod
    def _widget(element: Any) -> Any | None:
        kind = element.WhichOneof("type")
        inner = getattr(element, kind) if kind else None
        return inner if getattr(inner, "id", "") else None

    def find(self, kind: str, label: str = "") -> Any | None:
        """The first element of a kind that has this label; of tables the first that can be ticked."""
        for element in self.shown.values():
            if element.WhichOneof("type") == kind:
                found = getattr(element, kind)
                if found.id and (not label or getattr(found, "label", "") == label):
                    return found
        return None

    async def open(self, page: str) -> float:
        self.page, self.states, self.repeated = page, {}, {}
        return await self.run()

    async def do(self, act: Do) -> float | None:
        """Seconds until the page had followed, None where there was nothing of that name."""
        if act.what == "press":
            button = self.find("button", act.label)
            if button is None or button.disabled:
                return None
            return await self.run({button.id: {"trigger_value": True}})
        if act.what == "switch":
            toggle = self.find("checkbox", act.label)
            if toggle is None:
                return None
            was = self.states.get(toggle.id, {"bool_value": toggle.default})["bool_value"]
            self.states[toggle.id] = {"bool_value": not was}
        elif act.what == "tick":
            table = self.find("dataframe")
            if table is None:
                return None
            n_rows = pa.ipc.open_stream(table.arrow_data.data).read_all().num_rows
            selection = {"rows": [self.dice.randrange(min(5, n_rows))], "columns": [], "cells": []}
            self.states[table.id] = {"string_value": json.dumps({"selection": selection})}
        elif box := self.find("selectbox", act.label):
            self.states[box.id] = {"string_value": self.dice.choice(list(box.options)[:8])}
        elif group := self.find("button_group", act.label):
            self.states[group.id] = {"string_array_value": [self.dice.choice(list(group.options)).content]}
        else:
            return None
        return await self.run()

    async def sign_in(self, name: str) -> None:
        await self.open("desk")
        fields = {"Name": name, "Password": PASSWORD}
        for label, text in fields.items():
            element = self.find("text_input", label)
            if element is None:
                raise AssertionError(f"the desk asks for no {label}")
            self.states[element.id] = {"string_value": text}
        button = self.find("button", "Sign in")
        assert button is not None
        await self.run({button.id: {"trigger_value": True}})

    async def think(self) -> None:
        """Some seconds, in which parts of the page look for news by themselves."""
        seconds = self.dice.uniform(*THINKING)
        await asyncio.sleep(seconds)
        for fragment, every in self.repeated.items():
            if self.dice.random() < seconds / every:
                await self.run(fragment=fragment)


async def visit(address: str, name: str, seed: int, until: float, measured: Measured) -> None:
    """Walk through pages in an order of one's own until the time is over."""
    dice = random.Random(seed)
    await asyncio.sleep(dice.uniform(0, 10))
    stream = address.replace("http", "ws") + "/_stcore/stream"
    async with connect(stream, subprotocols=["streamlit"], max_size=None) as connection:  # type: ignore[list-item]
        session = Session(connection, dice, measured)
        await session.sign_in(name)
        while time.monotonic() < until:
            for page in dice.sample(list(PAGES), len(PAGES)):
                measured.add(f"open {page or 'start'}", await session.open(page))
                for act in PAGES[page]:
                    await session.think()
                    if time.monotonic() > until:
                        return
                    seconds = await session.do(act)
                    if seconds is None:
                        measured.missing.add(f"{page}: {act.what} {act.label}")
                    else:
                        measured.add(f"{page}: {act.what} {act.label}".strip(), seconds)
                await session.think()


@contextmanager
def others(address: str, seconds: float, measured: Measured) -> Iterator[threading.Thread]:
    """The 19 in a thread of their own, until their time is over."""
    until = time.monotonic() + seconds

    async def all_of_them() -> None:
        names = [name for name, _, _ in PEOPLE[:3]]
        visits = (visit(address, names[nth % len(names)], SEED + nth, until, measured) for nth in range(N_SESSIONS))
        for ended in await asyncio.gather(*visits, return_exceptions=True):
            if isinstance(ended, BaseException):
                measured.failures.append(f"a session ended: {type(ended).__name__}: {ended}"[:200])

    thread = threading.Thread(target=lambda: asyncio.run(all_of_them()))
    thread.start()
    try:
        yield thread
    finally:
        thread.join()


# --- the one with a browser ---

SETTLED = f"""() => new Promise(done => {{
    const busy = '[data-testid=stStatusWidget], [data-stale=true], [data-testid=stSkeleton]';
    const isBusy = () => document.querySelector(busy)
        || document.querySelector('[data-testid=stApp]')?.getAttribute('data-test-script-state') === 'running';
    let quiet = performance.now();
    const seen = new MutationObserver(() => quiet = performance.now());
    seen.observe(document.body, {{subtree: true, childList: true, attributes: true, characterData: true}});
    const look = () => {{
        if (isBusy()) quiet = performance.now();
        if (performance.now() - quiet > {SETTLED_FOR_MS}) {{ seen.disconnect(); done(quiet); }}
        else setTimeout(look, 10);
    }};
    look();
}})"""


@dataclass
class Seat:
    """Before the browser."""

    page: "Page"
    address: str
    measured: Measured
    dice: random.Random

    def settle(self) -> float:
        """Wait until nothing changes; returns the moment of the last change (`performance.now()`, ms)."""
        return float(self.page.evaluate(SETTLED))

    def clicked(self, what: str, click: Any) -> None:
        self.settle()
        began = float(self.page.evaluate("() => performance.now()"))
        click()
        self.page.wait_for_timeout(60)
        self.measured.add(what, max(0.0, self.settle() - began) / 1000)

    def first_paint(self, path: str) -> None:
        """From the navigation, with nothing in the cache, to the title and the first table or chart."""
        began = time.perf_counter()
        self.page.set_default_timeout(LONGEST_WAIT_MS)
        self.page.goto(f"{self.address}/{path}", wait_until="commit")
        self.page.locator("h1").first.wait_for()
        self.page.locator(PAINTED).first.wait_for()
        self.measured.add("first paint", time.perf_counter() - began)

    def sign_in(self, name: str) -> None:
        self.page.get_by_label("Name", exact=True).fill(name)
        self.page.get_by_label("Password", exact=True).fill(PASSWORD)
        self.page.get_by_role("button", name="Sign in", exact=True).click()
        self.page.get_by_text("open case").first.wait_for(timeout=30_000)

    def turn_to(self, path: str) -> None:
        link = self.page.locator(f"[data-testid=stPageLink-NavLink][href='{path}']").first
        self.clicked(f"open {path or 'start'}", link.click)

    def do(self, path: str, act: Do) -> None:
        click = self._click(act)
        if click is None:
            self.measured.missing.add(f"{path}: {act.what} {act.label}")
            return
        with_label = f"{path}: {act.what} {act.label}".strip()
        try:
            self.clicked(with_label, click)
        except Exception as error:  # what cannot be clicked is told, and the walk goes on
            self.measured.failures.append(f"{with_label}: {str(error).splitlines()[0][:120]}")

    def _click(self, act: Do) -> Any | None:  # noqa: PLR0911 - a way a kind
        from playwright.sync_api import TimeoutError as ClosedTooSoonError

        page = self.page
        if act.what == "press":
            button = page.get_by_role("button", name=act.label).first
            return button.click if button.count() and button.is_enabled() else None
        if act.what == "switch":
            toggle = page.get_by_text(act.label, exact=True).first
            return toggle.click if toggle.count() else None
        if act.what == "tick":
            table = page.locator("[data-testid=stDataFrame]").first
            box = table.bounding_box() if table.count() else None
            if box is None:
                return None
            table.scroll_into_view_if_needed()
            box = table.bounding_box() or box
            return lambda: page.mouse.click(box["x"] + 17, box["y"] + 35 + 33 * self.dice.choice((1, 3, 5)))
        group = page.locator("[data-testid=stButtonGroup]").filter(has_text=act.label)
        if group.count():
            buttons = group.first.get_by_role("button").or_(group.first.get_by_role("radio"))
            return buttons.nth(self.dice.randrange(1, buttons.count())).click
        box_of_choice = page.locator("[data-testid=stSelectbox]").filter(has_text=act.label).first
        if not box_of_choice.count():
            return None
        options = page.get_by_role("option")
        for _ in range(3):  # a box that is drawn anew at this moment closes again
            box_of_choice.locator("input").click()
            with suppress(ClosedTooSoonError):
                options.first.wait_for(timeout=5_000)
                break
        n_options = options.count()
        return options.nth(self.dice.randrange(1, min(6, n_options))).click if n_options > 1 else None


def walk(address: str, measured: Measured, publish_anew: Callable[[], None], n_walks: int = 2) -> bool:
    """Open the pages cold, sign in, go from page to page and use each; returns whether what was published at the end
    was shown at the next click."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        for path in PAGES:  # without a cache each time
            context = browser.new_context(viewport=WINDOW, locale="en")
            Seat(context.new_page(), address, measured, random.Random(SEED)).first_paint(path)
            context.close()
        context = browser.new_context(viewport=WINDOW, locale="en")
        seat = Seat(context.new_page(), address, measured, random.Random(SEED))
        seat.page.on("pageerror", lambda error: measured.failures.append(f"in the browser: {error}"[:200]))
        seat.first_paint("desk")
        seat.sign_in(PEOPLE[0][0])
        for _ in range(n_walks):
            for path, acts in PAGES.items():
                seat.turn_to(path)
                for act in acts:
                    seat.page.wait_for_timeout(1000 * seat.dice.uniform(0.5, 1.5))
                    seat.do(path, act)
        as_of = seat.page.get_by_text("As of")
        seat.turn_to("")
        before = as_of.first.inner_text()
        publish_anew()
        seat.turn_to(next(path for path, acts in PAGES.items() if path and acts))
        is_shown = as_of.first.inner_text().rsplit("As of", 1)[1] != before.rsplit("As of", 1)[1]
        browser.close()
    return is_shown


# --- the server ---


@dataclass(frozen=True)
class Served:
    address: str
    process: int

    def cpu_seconds(self) -> float:
        spent = Path(f"/proc/{self.process}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()
        return (int(spent[11]) + int(spent[12])) / os.sysconf("SC_CLK_TCK")

    def memory_mb(self) -> dict[str, float]:
        """Now, and at most."""
        status = Path(f"/proc/{self.process}/status").read_text(encoding="utf-8")
        return {name: int(re.search(rf"{name}:\s+(\d+)", status)[1]) / 1024 for name in ("VmRSS", "VmHWM")}  # type: ignore[index]


@contextmanager
def serving(home: Path) -> Iterator[Served]:
    """`lavwa dashboard` on the home."""
    environment = {**os.environ, "LAVWA_HOME": str(home), "LAVWA_DASHBOARD_PORT": "0"}
    lavwa = Path(sys.executable).with_name("lavwa")
    with subprocess.Popen([lavwa, "dashboard"], env=environment, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        said = next(line for line in process.stderr if line.startswith("dashboard: "))
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text(encoding="utf-8").split()
        try:
            yield Served(said.strip().removeprefix("dashboard: "), int(children[0]))
        finally:
            process.terminate()
            with suppress(subprocess.TimeoutExpired):
                process.wait(30)


def publish_another(home: Path) -> None:
    """What is published once more as another version, one minute younger: how long marts take is `large_home.py`'s."""
    folder = home / "published"
    pointer = read_pointer(folder)
    assert pointer is not None
    another = folder / f"{LATER}.duckdb"
    shutil.copy(folder / pointer["snapshot"], another)
    with duckdb.connect(str(another)) as connection:
        connection.execute("UPDATE mart_clock SET as_of_at = as_of_at + INTERVAL 1 MINUTE")
    unfinished = folder / f".{POINTER}.another"
    unfinished.write_text(json.dumps({**pointer, "snapshot": another.name}), encoding="utf-8")
    os.replace(unfinished, folder / POINTER)


@contextmanager
def as_it_was(home: Path) -> Iterator[None]:
    """What is published before and after."""
    folder = home / "published"
    before = (folder / POINTER).read_bytes()
    try:
        yield
    finally:
        (folder / POINTER).write_bytes(before)
        (folder / f"{LATER}.duckdb").unlink(missing_ok=True)


def measure(home: Path, seconds: float) -> list[str]:
    """Lines of Markdown."""
    browser, sessions = Measured(), Measured()
    with as_it_was(home), serving(home) as served:
        asyncio.run(warm_up(served.address))
        began, spent = time.monotonic(), served.cpu_seconds()
        with others(served.address, seconds, sessions):
            noticed = walk(served.address, browser, lambda: publish_another(home))
        busy = (served.cpu_seconds() - spent) / (time.monotonic() - began)
        memory = served.memory_mb()
    lines = [
        f"{N_SESSIONS} sessions with {THINKING[0]:.0f} to {THINKING[1]:.0f} s of thinking and one browser, "
        f"{os.cpu_count()} cores, which the sessions and the browser share with the server. The server took "
        f"{busy:.2f} cores on average, {memory['VmRSS']:,.0f} MB at the end and {memory['VmHWM']:,.0f} MB at most. "
        f"A new snapshot was shown at the next click: {'yes' if noticed else 'no'}.",
        "",
        *table_of("In the browser", browser),
        "",
        *table_of("Sessions, at the server", sessions),
    ]
    for measured in (browser, sessions):
        lines += ["", f"Not on the page: {', '.join(sorted(measured.missing))}."] * bool(measured.missing)
        lines += ["", f"Failures: {'; '.join(sorted(set(measured.failures)))}."] * bool(measured.failures)
    return lines


async def warm_up(address: str) -> None:
    """Every page once, by somebody who does not count."""
    stream = address.replace("http", "ws") + "/_stcore/stream"
    async with connect(stream, subprotocols=["streamlit"], max_size=None) as connection:  # type: ignore[list-item]
        session = Session(connection, random.Random(SEED), Measured())
        await session.sign_in(PEOPLE[0][0])
        for page in PAGES:
            await session.open(page)


def table_of(title: str, measured: Measured) -> list[str]:
    """A line a thing done, the slowest first, under the one of all clicks together."""
    clicks = [took for what, each in measured.seconds.items() if what != "first paint" for took in each]
    rows = sorted(measured.seconds.items(), key=lambda item: -float(np.percentile(item[1], 95)))
    return [
        f"| {title} | times | half within, ms | 95 % within | longest |", "|---|---|---|---|---|",
        *(_line(what, each) for what, each in [("**all clicks**", clicks), *rows] if each),
    ]  # fmt: skip


def _line(what: str, seconds: Sequence[float]) -> str:
    half, most, longest = (1000 * part for part in np.percentile(seconds, [50, 95, 100]))
    return f"| {what} | {len(seconds)} | {half:,.0f} | {most:,.0f} | {longest:,.0f} |"


def section() -> list[str]:
    """For `bench/run.py`: on the home that the environment names."""
    if not (named := os.environ.get(DEFAULT_HOME)):
        raise DataMissingError(f"name the home that bench/large_home.py wrote in {DEFAULT_HOME}")
    home = Path(named).absolute()
    return ["## The dashboard with a million posts", "", *measure(home, SECONDS), "", *readers.section(home), ""]


def main(arguments: list[str]) -> int:
    seconds = float(arguments[1]) if len(arguments) > 1 else SECONDS
    print("\n".join(measure(Path(arguments[0]).absolute(), seconds)))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
