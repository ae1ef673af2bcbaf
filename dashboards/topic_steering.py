"""People steer topics: names, pins and mutes show at once, and who may steer has the controls."""

from collections.abc import Callable, Mapping
from functools import partial

import pandas as pd
import streamlit as st

from dashboards import topic_words, words
from dashboards.data import read
from dashboards.office import office, refusals_said
from flows.language import n, t
from portal.models import LONGEST_LABEL, Account, TopicMark
from portal.steering import holder_of
from warehouse.readers import Snapshot

Marks = Mapping[int, TopicMark]


def marks() -> Marks | None:
    """What people decided of topics up to this moment; None, and a word on it, where the store cannot be read."""
    with refusals_said():
        return office().topic_marks()
    return None


def overlaid(topics: pd.DataFrame, held: Marks | None) -> pd.DataFrame:
    """Published topics with the names, pins and mutes of this moment, in the order in which they are shown; `joins` is
    the topic that one becomes a part of with the next run, none else."""
    if held is not None:
        marked = [held.get(int(topic_id)) for topic_id in topics["topic_id"]]
        parts = {topic_id: mark.merged_into for topic_id, mark in held.items() if mark.merged_into is not None}
        holders = [holder_of(int(topic_id), parts) for topic_id in topics["topic_id"]]
        topics = topics.assign(
            label=[
                mark.label if mark and mark.label else own
                for mark, own in zip(marked, topics["machine_label"], strict=True)
            ],
            is_pinned=[bool(mark and mark.is_pinned) for mark in marked],
            is_muted=[bool(mark and mark.is_muted) for mark in marked],
            joins=[
                holder if holder != topic_id and holder in set(topics["topic_id"]) else None
                for holder, topic_id in zip(holders, topics["topic_id"], strict=True)
            ],
        )
    else:
        topics = topics.assign(joins=None)
    chance = topics["burst_p"].where(topics["is_bursting"], 2.0)
    order = topics.assign(
        unpinned=~topics["is_pinned"], chance=chance, grown=-topics["n_grown"], size=-topics["n_posts"]
    )
    order = order.sort_values(["is_muted", "unpinned", "chance", "grown", "size", "topic_id"])
    return order.drop(columns=["unpinned", "chance", "grown", "size"]).reset_index(drop=True)


def show_marks(snapshot: Snapshot, topic: pd.Series, labels: Mapping[int, str], held: Marks | None) -> None:
    """What people did to a topic, for everybody: its own name, what is part of it, what it becomes part of."""
    if topic["label"] != topic["machine_label"]:
        st.caption(
            t(
                "A person gave it this name; the machine calls it “{label}”.",
                label=words.escaped(topic["machine_label"]),
            )
        )
    for part in _parts(snapshot, topic).itertuples():
        mark = held.get(part.part_id) if held is not None else None
        if held is not None and (mark is None or mark.merged_into is None):
            st.info(
                t("“{label}” stands by itself again from the next run on.", label=words.escaped(part.label)),
                icon=":material/call_split:",
            )
        else:
            st.caption(
                n(
                    "A person made “{label}” a part of it: {n} post.",
                    "A person made “{label}” a part of it: {n} posts.",
                    int(part.n_posts), label=words.escaped(part.label),
                )
            )  # fmt: skip
    if pd.notna(topic["joins"]):
        st.info(
            t(
                "A person made it a part of “{label}”: it shows there from the next run on.",
                label=words.escaped(labels[int(topic["joins"])]),
            ),
            icon=":material/merge:",
        )


def controls(account: Account, snapshot: Snapshot, topic: pd.Series, labels: Mapping[int, str], held: Marks) -> None:
    """The controls of one topic, and its history."""
    topic_id = int(topic["topic_id"])
    mark = held.get(topic_id)
    version = mark.version if mark else 0
    steering = office().steering(account.account_id, set(read(snapshot, "topic_parts")["part_id"].tolist()))
    with st.expander(t("Steer this topic"), icon=":material/tune:", key=f"steer {topic_id}"):
        st.caption(t("What you do here is kept over runs, and your name stays in the log."))
        with st.container(horizontal=True, vertical_alignment="bottom"):
            pinned, muted = bool(topic["is_pinned"]), bool(topic["is_muted"])
            _act(
                t("Unpin it") if pinned else t("Pin it"), f"pin {topic_id}",
                lambda: steering.pin(topic_id, version, is_pinned=not pinned), topic_id,
            )  # fmt: skip
            _act(
                t("Unmute it") if muted else t("Mute it"), f"mute {topic_id}",
                lambda: steering.mute(topic_id, version, is_muted=not muted), topic_id,
            )  # fmt: skip
        with st.container(horizontal=True, vertical_alignment="bottom"):
            label = st.text_input(
                t("Its name"), topic["label"], max_chars=LONGEST_LABEL, key=f"label {topic_id} {version}", width=420,
                help=t("Write no citizen's name: officials read it, and it may become public."),
            )  # fmt: skip
            _act(t("Call it so"), f"rename {topic_id}", lambda: steering.rename(topic_id, version, label), topic_id)
            if topic["label"] != topic["machine_label"]:
                _act(
                    t("Give it the machine's name back"), f"name back {topic_id}",
                    lambda: steering.rename(topic_id, version, None), topic_id,
                )  # fmt: skip
        others = [other for other in labels if other != topic_id]
        if mark is not None and mark.merged_into is not None:
            _act(t("Undo its merge"), f"unmerge {topic_id}", lambda: steering.unmerge(topic_id, version), topic_id)
        elif others:
            with st.container(horizontal=True, vertical_alignment="bottom"):
                into = st.selectbox(
                    t("Make it a part of"), others, format_func=lambda other: f"{labels[other]} ({other})", index=None,
                    placeholder=t("Choose a topic"), key=f"into {topic_id}", width=420,
                )  # fmt: skip
                _act(
                    t("Merge them"), f"merge {topic_id}", lambda: steering.merge(topic_id, version, into or 0),
                    topic_id, is_disabled=into is None,
                )  # fmt: skip
        for part in _parts(snapshot, topic).itertuples():
            part_id, held_part = int(part.part_id), held.get(part.part_id)
            if held_part is not None and held_part.merged_into is not None:
                _act(
                    t("Take “{label}” out again", label=words.escaped(part.label)), f"unmerge {part_id}",
                    partial(steering.unmerge, part_id, held_part.version), topic_id,
                )  # fmt: skip
        known = {int(part.part_id): part.label for part in read(snapshot, "topic_parts").itertuples()} | dict(labels)
        with refusals_said():
            acts = steering.history(topic_id)
            if acts:
                st.caption(t("What people did to it, newest first"))
            for act in acts:
                st.text(topic_words.done(act, words.moment(office().local(act.at)), known))


def turn_to(topic_id: int) -> None:
    """Open another topic: the table is drawn anew with its line ticked."""
    st.session_state["turns"] = st.session_state.get("turns", 0) + 1
    st.session_state["topic"] = topic_id
    st.rerun()


def _parts(snapshot: Snapshot, topic: pd.Series) -> pd.DataFrame:
    """The topics that were published as part of this one, itself left out."""
    parts = read(snapshot, "topic_parts")
    return parts[(parts["topic_id"] == topic["topic_id"]) & (parts["part_id"] != topic["topic_id"])]


def _act(label: str, key: str, do: Callable[[], None], topic_id: int, *, is_disabled: bool = False) -> None:
    """A button that does one thing to a topic, or says why it could not be done."""
    if st.button(label, key=key, disabled=is_disabled):
        with refusals_said():
            do()
            st.toast(t("Done."), icon=":material/check_circle:")
            turn_to(topic_id)
