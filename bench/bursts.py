"""Bursts: six real events among eight weeks of steady posts; are they called, how soon, and how much is called falsely?

Steady posts are those of other sets at random times with the rhythm of a week; the tweets of each event of
`crisislex-t26` come with their own distances in time from a random hour on. Topics are found over all eight weeks;
every topic is tested at every hour with what was known then, and judged together with the tests of the weeks before.
"""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray
from reading import read
from reference_data import data
from topics import broad_texts, short_texts

from nlp.bursts import FALSE_SHARE, HOURS_A_WEEK, LEARNING, MEMORY, burst_probabilities, false_discovery
from nlp.topics import TopicPost, find_topics

SEEDS = 20
WEEKS = 8
HOURS = WEEKS * HOURS_A_WEEK
STEADY = ("grievance-tweets-india, bodies", "fr-consultation-an, themes")
FEWEST_POSTS = 20  # an event that a random start leaves with fewer before the end of the weeks is not looked for


@dataclass(frozen=True)
class Post:
    hour: int
    event: str


def section() -> list[str]:
    """The lines of this part of the results."""
    steady, events = _steady_posts(), _event_posts()
    vectors = np.concatenate([steady[1], events[1]])
    alarms = false = called = there = 0
    hours: list[int] = []
    before: list[int] = []
    shares: list[float] = []
    for seed in range(SEEDS):
        outcome = _run(seed, steady[0], events[0], events[2], vectors)
        alarms, false = alarms + outcome.alarms, false + outcome.false
        shares.append(outcome.false / max(1, outcome.alarms))
        there, called = there + outcome.n_events, called + len(outcome.delays)
        hours += [hour for hour, _ in outcome.delays]
        before += [n for _, n in outcome.delays]
    return [
        "## Bursts",
        "",
        f"{len(steady[0]):,} steady posts in {WEEKS} weeks, six events of `crisislex-t26` from random hours on, "
        f"{SEEDS} seeds: {called} of {there} events called, half of them within {np.median(hours):.0f} hours and "
        f"{np.median(before):.0f} posts (nine in ten within {np.quantile(hours, 0.9):.0f} hours and "
        f"{np.quantile(before, 0.9):.0f} posts). Of {alarms:,} alarms **{false / max(1, alarms):.3f}** on topics with "
        f"fewer than half event posts (nominal {FALSE_SHARE:.2f}; highest of a seed {max(shares):.3f}).",
        "",
    ]


@dataclass(frozen=True)
class Outcome:
    """Alarms are pairs of a topic and an hour; a delay is hours and posts from an event's first post to its alarm."""

    alarms: int
    false: int
    n_events: int
    delays: list[tuple[int, int]]


def _run(
    seed: int, steady: Sequence[TopicPost], event_posts: Sequence[TopicPost], said: Sequence[tuple[str, float]],
    vectors: NDArray[np.float32],
) -> Outcome:  # fmt: skip
    rng = np.random.default_rng(seed)
    rhythm = np.tile(_rhythm(), WEEKS)
    hours = rng.choice(HOURS, len(steady), p=rhythm / rhythm.sum()).tolist()
    events = [""] * len(steady)
    starts = {event: rng.uniform(LEARNING, HOURS - 24) for event in sorted({event for event, _ in said})}
    for event, since in said:
        hours.append(int(starts[event] + since))
        events.append(event)
    hour, event_of = np.array(hours), np.array(events)
    kept = np.flatnonzero(hour < HOURS)
    hour, event_of = hour[kept], event_of[kept]
    posts = [*steady, *event_posts]
    found = find_topics([posts[i] for i in kept], vectors[kept])
    voices = np.zeros((len(found), HOURS), np.int32)
    for topic in found:
        np.add.at(voices[topic.topic], hour[list(topic.members)], 1)
    p, _, windows = burst_probabilities(voices)
    alarms = false = 0
    first: dict[str, int] = {}
    for now in range(LEARNING, HOURS):
        for number in np.flatnonzero(false_discovery(p[:, max(0, now + 1 - MEMORY) : now + 1])[:, -1]):
            alarms += 1
            members = np.array(found[number].members)
            if (event_of[members] != "").mean() < 0.5:
                false += 1
                continue
            recent = members[(hour[members] <= now) & (hour[members] > now - windows[number, now])]
            named = event_of[recent][event_of[recent] != ""]
            if len(named):
                names, counts = np.unique(named, return_counts=True)
                first.setdefault(str(names[counts.argmax()]), now)
    delays = []
    looked_for = [event for event in starts if (event_of == event).sum() >= FEWEST_POSTS]
    for event in looked_for:
        if event in first:
            own = hour[event_of == event]
            delays.append((int(first[event] - own.min()), int((own <= first[event]).sum())))
    return Outcome(alarms, false, len(looked_for), delays)


def _rhythm() -> NDArray[np.float64]:
    """How busy the hours of a week are: quiet nights, busy days, slower week-ends."""
    hour, day = np.arange(HOURS_A_WEEK) % 24, np.arange(HOURS_A_WEEK) // 24
    busy = np.select([hour < 6, hour < 9, hour < 20], [0.15, 1.0, 1.6], 0.8)
    return np.where(day < 5, busy, 0.6 * busy)


def _steady_posts() -> tuple[list[TopicPost], NDArray[np.float32]]:
    texts = [text for name in STEADY for text, _ in broad_texts()[name]]
    texts += [text for text, _ in short_texts("tweet.tsv")]
    for folder, file, column in (
        ("citizen-311-publicstuff", "requests.csv", "text"),
        ("banking77", "test.csv", "text"),
        ("covid-q", "final_master_dataset.csv", "Question"),
    ):
        with (data(folder) / file).open(encoding="utf-8", newline="") as stream:
            texts += [row[column] for row in csv.DictReader(stream) if row[column].strip()]
    return _posts(texts)


def _event_posts() -> tuple[list[TopicPost], NDArray[np.float32], list[tuple[str, float]]]:
    """Posts, vectors, and for each its event and the hours since the event's first post."""
    with (data("crisislex-t26") / "tweets.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    at = [datetime.fromisoformat(row["created_at"]) for row in rows]
    begins: dict[str, datetime] = {}
    for row, t in zip(rows, at, strict=True):
        begins[row["event"]] = min(begins.get(row["event"], t), t)
    said = [(row["event"], (t - begins[row["event"]]).total_seconds() / 3600) for row, t in zip(rows, at, strict=True)]
    return *_posts([row["text"] for row in rows]), said


def _posts(texts: Sequence[str]) -> tuple[list[TopicPost], NDArray[np.float32]]:
    reading = read(texts)
    return [TopicPost(*row) for row in zip(reading.bare, reading.english, reading.langs, strict=True)], reading.vectors
