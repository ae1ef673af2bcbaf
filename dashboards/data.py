"""What views read: rows of the published snapshot, kept while its version lasts.

A new version is noticed at the next interaction, without a restart.
"""

from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from dashboards import words
from flows.home import Home
from flows.settings import load_settings
from flows.settings_names import SAMPLE_SOURCE
from warehouse.errors import NothingPublishedError
from warehouse.readers import Snapshot, open_published, published_version


def open_page(title: str, lead: str) -> Snapshot:
    """Write the page's head and return the snapshot; ends the page with one sentence where there is none.

    Raises a `WarehouseError` when the snapshot cannot be opened, a `FlowError` when the settings cannot be read.
    """
    st.title(title, anchor=False)
    home = load_settings().place
    try:
        snapshot = _opened(str(home.folder), published_version(home.published))
    except NothingPublishedError:
        st.info(
            "Nothing is published yet. Once the first `lavwa run` has finished, this page fills by itself.",
            icon=":material/hourglass_empty:",
        )
        st.stop()
    sources = read(snapshot, "sources")["source"]
    if SAMPLE_SOURCE in set(sources):
        lead = f"{lead} · Bundled sample: invented posts, people and figures"
    as_of = f"{snapshot.as_of:%-d %B %Y, %H:%M} {words.zone(snapshot.timezone)}" if snapshot.as_of else "never"
    st.caption(f"{lead} · As of {as_of}.")
    if not int(read(snapshot, "headline").at[0, "n_posts"]):
        st.info(
            "The snapshot holds no posts yet. Add a source to the settings, or load the sample with `lavwa sample`.",
            icon=":material/inbox:",
        )
        st.stop()
    return snapshot


def note_on_undated_posts(snapshot: Snapshot) -> None:
    """How many posts a chart over time leaves out, where it does."""
    if n_undated := int(read(snapshot, "headline").at[0, "n_undated"]):
        st.caption(f"Without {words.count(n_undated, 'post')} whose date is missing or cannot be true.")


def note_on_citizens_words() -> None:
    """What whoever reads people's own words must know."""
    st.caption("Personal data is removed by a machine, which can miss some: this page is for officials only.")


def names(snapshot: Snapshot, kind: str) -> dict[str, str]:
    """Code to name for `agency`, `category` or `district`."""
    rows = read(snapshot, "names", kind=kind)
    return dict(zip(rows["code"], rows["name"], strict=True))


def read(snapshot: Snapshot, query: str, **values: Any) -> pd.DataFrame:
    """The rows of a named query."""
    return _rows(snapshot.version, query, values, snapshot)


@st.cache_resource(max_entries=2, show_spinner=False, on_release=Snapshot.close)
def _opened(home: str, version: str) -> Snapshot:  # noqa: ARG001 - a new version is another entry
    return open_published(Home(Path(home)).published)


@st.cache_data(max_entries=300, show_spinner=False)
def _rows(version: str, query: str, values: dict[str, Any], _snapshot: Snapshot) -> pd.DataFrame:  # noqa: ARG001
    return _snapshot.read(query, **values)
