"""What views read: rows of the published snapshot, kept while its version lasts.

A new version is noticed at the next interaction, without a restart.
"""

from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
import pandas as pd
import streamlit as st

from dashboards import words
from dashboards.office import signed_in, who_is_signed_in
from flows.formats import moment
from flows.home import Home
from flows.language import n, t
from flows.settings import load_settings
from flows.spoken import spoken
from portal.permissions import Act, may
from warehouse.errors import NothingPublishedError
from warehouse.readers import Snapshot, open_public, open_published, published_at, published_version
from warehouse.responses import Waiting, waiting

LOOK_EVERY_SECONDS = 60


def open_page(title: str, lead: str) -> Snapshot:
    """Write the head of a page for officials and return the snapshot; where there is nothing to show, or nobody who may
    see it, the page says so in one sentence and ends.

    Raises a `WarehouseError` when the snapshot cannot be opened, a `FlowError` when the settings cannot be read.
    """
    st.title(title, anchor=False)
    snapshot = _newest()
    if snapshot is None:
        _say_that_nothing_is_published()
    if not may_read(snapshot):
        _ask_for_a_reader()
    if is_invented(snapshot):
        lead = t("{lead} · Bundled sample: invented posts, people and figures", lead=lead)
    as_of = (
        t("{when} {zone}", when=moment(snapshot.as_of), zone=words.zone(snapshot.timezone)) if snapshot.as_of else ""
    )
    st.caption(t("{lead} · As of {as_of}.", lead=lead, as_of=as_of) if as_of else lead)
    if not int(read(snapshot, "headline").at[0, "n_posts"]):
        st.info(
            t("The snapshot holds no posts yet. Add a source to the settings, or load the sample with `lavwa sample`."),
            icon=":material/inbox:",
        )
        st.stop()
    _warn_of_what_is_missing(snapshot)
    offer_newer(snapshot.version)
    return snapshot


def may_read(snapshot: Snapshot | None = None) -> bool:
    """Whether this visitor may see the pages with people's own words: everybody those of the bundled sample, which is
    invented; else whoever is signed in with a role that may. Redaction can miss a name, so this is a wall."""
    snapshot = snapshot or _newest()
    if snapshot is not None and is_invented(snapshot):
        return True
    account = who_is_signed_in()
    return account is not None and may(account, Act.READ)


def is_invented(snapshot: Snapshot) -> bool:
    """Whether all of it is the bundled sample's."""
    sources = read(snapshot, "sources")
    return bool((sources["n_invented"] == sources["n_posts"]).all())


def holds_invented(snapshot: Snapshot) -> bool:
    """Whether some of it, or of what a public one counts, is the bundled sample's."""
    if snapshot.is_public:
        return bool(read(snapshot, "public_clock").at[0, "is_invented"])
    return bool(read(snapshot, "sources")["n_invented"].sum())


def _newest() -> Snapshot | None:
    home = load_settings().place
    try:
        return _opened(str(home.folder), published_version(home.published))
    except NothingPublishedError:
        return None


def _say_that_nothing_is_published() -> NoReturn:
    if load_settings().place.is_held():
        said = t("The first run is at work: this page fills by itself when it has finished, in some minutes.")
    else:
        said = t("Nothing is published yet. Once the first `lavwa run` has finished, this page fills by itself.")
    st.info(said, icon=":material/hourglass_empty:")
    _look_again()
    st.stop()


def _ask_for_a_reader() -> NoReturn:
    """Whoever is signed in reads why this page is not for them; others sign in."""
    st.caption(t("This page shows what people wrote: it is for officials who are signed in."))
    account = signed_in()
    st.error(
        t(
            "{name}, your account ({role}) is not meant to read what people wrote. Ask your operator if it should be.",
            name=words.escaped(account.name), role=words.role(account.role),
        ),
        icon=":material/block:",
    )  # fmt: skip
    st.stop()


def _warn_of_what_is_missing(snapshot: Snapshot) -> None:
    """Sources that could not be read, and a schedule that stands still."""
    sources = read(snapshot, "sources")
    failed = sources[sources["state"].notna() & (sources["state"] != "ok")]["source"]
    if len(failed):
        st.warning(
            n(
                "One source could not be read at the last run, so what it brought since is missing: {names}. "
                "`lavwa sources` says why.",
                "{n} sources could not be read at the last run, so what they brought since is missing: {names}. "
                "`lavwa sources` says why.",
                len(failed), names=words.escaped(", ".join(failed)),
            ),
            icon=":material/cloud_off:",
        )  # fmt: skip
    settings = load_settings()
    looked_at = published_at(settings.place.published)
    if datetime.now(UTC) - looked_at > settings.overdue_after and not is_invented(snapshot):
        st.warning(
            t(
                "The last run ended on {when}: what people wrote since is missing. The operator should see that "
                "`lavwa serve` runs.",
                when=moment(looked_at.astimezone(snapshot.timezone)),
            ),
            icon=":material/schedule:",
        )


@st.fragment(run_every=LOOK_EVERY_SECONDS)
def offer_newer(shown: str) -> None:
    """Say when there is a newer snapshot than the one shown: whoever types is not disturbed."""
    if published_version(load_settings().place.published) != shown and st.button(
        t("There are newer figures: show them"), icon=":material/refresh:", type="primary"
    ):
        st.rerun()


@st.fragment(run_every=LOOK_EVERY_SECONDS)
def _look_again() -> None:
    """Draw the page once there is something to show."""
    with suppress(NothingPublishedError):
        published_version(load_settings().place.published)
        st.rerun()


def note_on_undated_posts(snapshot: Snapshot) -> None:
    """How many posts a chart over time leaves out, where it does."""
    if n_undated := int(read(snapshot, "headline").at[0, "n_undated"]):
        st.caption(
            n(
                "Without one post whose date is missing or cannot be true.",
                "Without {n} posts whose date is missing or cannot be true.",
                n_undated,
            )
        )


def note_on_citizens_words() -> None:
    """What whoever reads people's own words must know."""
    st.caption(t("Personal data is removed by a machine, which can miss some: this page is for officials only."))


def names(snapshot: Snapshot, kind: str) -> dict[str, str]:
    """Code to name for `agency`, `category` or `district`, in the language spoken now, else in English."""
    rows = read(snapshot, "names", kind=kind, lang=spoken())
    return dict(zip(rows["code"], rows["name"], strict=True))


def read(snapshot: Snapshot, query: str, **values: Any) -> pd.DataFrame:
    """The rows of a named query."""
    return _rows(snapshot.version, query, values, snapshot)


def waitings(snapshot: Snapshot, by_day: int) -> dict[str, Waiting]:
    """How long cases waited for an answer, by agency ('none' for none), of all under ''."""
    return _waitings(snapshot.version, by_day, snapshot)


@st.cache_resource(max_entries=2, show_spinner=False, on_release=Snapshot.close)
def _opened(home: str, version: str) -> Snapshot:  # noqa: ARG001 - a new version is another entry
    return open_published(Home(Path(home)).published)


@st.cache_data(max_entries=300, show_spinner=False)
def _rows(version: str, query: str, values: dict[str, Any], _snapshot: Snapshot) -> pd.DataFrame:  # noqa: ARG001
    return _snapshot.read(query, **values)


@st.cache_data(max_entries=4, show_spinner=False)
def _waitings(version: str, by_day: int, _snapshot: Snapshot) -> dict[str, Waiting]:  # noqa: ARG001
    waits = _snapshot.read("waits")
    each = waits.loc[np.repeat(waits.index, waits["n_cases"]), ["mda", "days", "is_ended"]]
    found = {str(mda): waiting(own["days"], own["is_ended"], by_day) for mda, own in each.groupby("mda")}
    found[""] = waiting(each["days"], each["is_ended"], by_day)
    return {mda: of_some for mda, of_some in found.items() if of_some is not None}


def open_public_page(title: str, lead: str) -> Snapshot:
    """Write the head of a page for everybody and return the public snapshot; where nothing is published yet, the page
    says so in one sentence and ends. Raises as `open_page`."""
    st.title(title, anchor=False)
    home = load_settings().place
    try:
        snapshot = _opened_for_all(str(home.folder), published_version(home.public))
    except NothingPublishedError:
        st.info(t("Nothing is published yet. Please come back later."), icon=":material/hourglass_empty:")
        st.stop()
    if read(snapshot, "public_clock").at[0, "is_invented"]:
        lead = t("{lead} · Bundled sample: invented posts, people and figures", lead=lead)
    day = words.long_day(snapshot.as_of) if snapshot.as_of else ""
    st.caption(t("{lead} · As of the end of {day}.", lead=lead, day=day))
    return snapshot


@st.cache_resource(max_entries=2, show_spinner=False, on_release=Snapshot.close)
def _opened_for_all(home: str, version: str) -> Snapshot:  # noqa: ARG001 - a new version is another entry
    return open_public(Home(Path(home)).public)
