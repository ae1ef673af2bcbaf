"""Bursts: topics on which more people speak than the season and the topic's own past explain.

A voice counts once a day and topic, so that one person or one machine cannot make a burst. What is usual comes from the
topic's own rate and the rhythm of the week that all topics share; the count of a window is then negative binomial (a
Poisson count whose rate is known only from the past: Gamma–Poisson, e.g. Gelman et al., Bayesian Data Analysis, 2.6),
with no less spread than topics show from day to day. Every topic is tested at every hour over the last weeks, and
Benjamini and Hochberg's procedure (1995) over all these tests keeps the share of false alarms at `FALSE_SHARE`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray
from scipy.stats import nbinom

WINDOWS = (1, 6, 24, 168)  # hours
HOURS_A_WEEK = 168
LEARNING = 2 * HOURS_A_WEEK  # hours of past before anything is tested
MEMORY = 8 * HOURS_A_WEEK  # hours of past that count, and over which tests are judged together
FALSE_SHARE = 0.10
MOST_EVEN = 1000.0  # size of a negative binomial that is as good as a Poisson distribution
CAMPAIGN_POSTS, CAMPAIGN_SHARE = 5, 0.5
HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Said:
    """A post of a topic: when (with a time zone), by whom as far as known, and the post that it copies, itself else."""

    topic: int
    at: datetime
    voice: str
    original: str


@dataclass(frozen=True, slots=True)
class Burst:
    """How much a topic is spoken of at the end of the time looked at.

    It stands out most over `window_hours`: `n_voices` there against `n_expected`, with `p` the chance of so many or
    more (all windows considered), in `n_posts`. `is_campaign`: half of these posts or more are copies of one another.
    """

    topic: int
    is_bursting: bool
    window_hours: int
    n_voices: int
    n_expected: float
    p: float
    n_posts: int
    is_campaign: bool


def find_bursts(said: Sequence[Said], until: datetime) -> list[Burst]:
    """One finding a topic, in the order of topics, for the hour that ends with `until`; later posts are not looked at.

    Nothing bursts before there are two weeks of posts to learn from.
    """
    known = [post for post in said if post.at < until]
    if not known:
        return []
    by_topic: dict[int, list[Said]] = {}
    for post in sorted(known, key=lambda post: post.at):
        by_topic.setdefault(post.topic, []).append(post)
    start = max(min(posts[0].at for posts in by_topic.values()), until - 2 * MEMORY * HOUR)
    n_hours = max(1, -int((start - until) // HOUR))
    topics = sorted(by_topic)
    voices = np.stack([_voices(by_topic[topic], until, n_hours) for topic in topics])
    p, expected, windows = burst_probabilities(voices)
    alarms = false_discovery(p[:, -MEMORY:])[:, -1]
    found = []
    for i, topic in enumerate(topics):
        window = int(windows[i, -1])
        recent = [post for post in by_topic[topic] if post.at >= until - window * HOUR]
        heard = int(voices[i, -window:].sum())
        burst = Burst(
            topic, bool(alarms[i]), window, heard, float(expected[i, -1]), float(p[i, -1]), len(recent),
            _is_campaign(recent),
        )  # fmt: skip
        found.append(burst)
    return found


def burst_probabilities(
    voices: NDArray[np.int32],
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]]:
    """For each topic and hour, shape (topics, hours): how unlikely so many voices are in the window that ends there.

    Returns the chance of so many or more in the window of `WINDOWS` that stands out most, times the number of windows
    (1 where too little past is known), the voices expected in that window, and its hours.
    """
    expected, sizes = _expected(voices)
    total = np.cumsum(voices, axis=1)
    chances = np.ones((len(WINDOWS), *voices.shape))
    for window, mean, size, chance in zip(WINDOWS, expected, sizes, chances, strict=True):
        count = total.copy()
        count[:, window:] -= total[:, :-window]
        tested = count > 0
        tested[:, : LEARNING + window] = False
        share = size[tested] / (size[tested] + mean[tested])
        chance[tested] = nbinom.sf(count[tested] - 1, size[tested], share)
    best = chances.argmin(axis=0)[None]
    p = np.minimum(1, np.take_along_axis(chances, best, 0)[0] * len(WINDOWS))
    return p, np.take_along_axis(expected, best, 0)[0], np.array(WINDOWS)[best[0]]


def false_discovery(p: NDArray[np.float64], rate: float = FALSE_SHARE) -> NDArray[np.bool_]:
    """Which chances are discoveries so that at most a share `rate` of them is false on average (Benjamini-Hochberg)."""
    flat = np.sort(p.ravel())
    passing = np.flatnonzero(flat <= rate * np.arange(1, len(flat) + 1) / max(1, len(flat)))
    return p <= flat[passing[-1]] if len(passing) else np.zeros(p.shape, bool)


def _voices(posts: Sequence[Said], until: datetime, n_hours: int) -> NDArray[np.int32]:
    """Voices by hour, shape (hours,); `posts` in order of time, a voice once in 24 hours."""
    heard = np.zeros(n_hours, np.int32)
    last: dict[str, datetime] = {}
    for post in posts:
        hour = n_hours + (post.at - until) // HOUR
        if hour >= 0 and (post.voice not in last or post.at - last[post.voice] >= 24 * HOUR):
            heard[hour] += 1
            last[post.voice] = post.at
    return heard


def _expected(voices: NDArray[np.int32]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The expected voices and the size of the negative binomial, each of shape (windows, topics, hours)."""
    n_topics, n_hours = voices.shape
    season = _season(voices.sum(axis=0))
    exposure = np.concatenate([[0.0], np.cumsum(season)])
    total = np.concatenate([np.zeros((n_topics, 1)), np.cumsum(voices, axis=1)], axis=1)
    prior = 1 / max(float(voices.mean()), 1e-9)  # as if one voice had been heard in the time it takes a usual topic
    hours = np.arange(n_hours)
    expected, past = [], []
    for window in WINDOWS:
        end = np.maximum(hours + 1 - window, 0)
        begin = np.maximum(end - MEMORY, 0)
        past.append(total[:, end] - total[:, begin] + 1)
        rate = past[-1] / (exposure[end] - exposure[begin] + prior)
        expected.append(rate * (exposure[hours + 1] - exposure[end]))
    return np.stack(expected), np.minimum(np.stack(past), _spread(voices, season))


def _season(voices: NDArray[np.int64]) -> NDArray[np.float64]:
    """How busy each hour usually is, 1 on average: the share of its hour of the week, drawn towards equal shares."""
    of_week = np.arange(len(voices)) % HOURS_A_WEEK
    heard = np.bincount(of_week, voices, HOURS_A_WEEK)
    there = np.bincount(of_week, minlength=HOURS_A_WEEK)
    usual = heard.sum() / max(1, there.sum())
    busy = (heard + 1) / (there * usual + 1) if usual else np.ones(HOURS_A_WEEK)
    season = busy[of_week]
    return np.asarray(season / season.mean())


def _spread(voices: NDArray[np.int32], season: NDArray[np.float64]) -> float:
    """The size of the negative binomial that the median topic's days show; large where days vary as Poisson counts."""
    days = voices.shape[1] // 24
    if days < 2:
        return MOST_EVEN
    daily = voices[:, -days * 24 :].reshape(len(voices), days, 24).sum(axis=2)
    usual = season[-days * 24 :].reshape(days, 24).sum(axis=1)
    mean = daily.sum(axis=1, keepdims=True) / usual.sum() * usual
    squares = np.sort((daily - mean) ** 2 - mean, axis=1)[:, :-1]  # less the most unusual day, or a burst hides itself
    excess = squares.sum(axis=1) / np.maximum((mean**2).sum(axis=1), 1e-9)
    enough = daily.sum(axis=1) >= days
    typical = float(np.median(excess[enough])) if enough.any() else 0.0
    return min(MOST_EVEN, 1 / typical) if typical > 0 else MOST_EVEN


def _is_campaign(posts: Sequence[Said]) -> bool:
    """Whether half of the posts or more, and five at least, are copies of another one here."""
    said: dict[str, int] = {}
    for post in posts:
        said[post.original] = said.get(post.original, 0) + 1
    copies = sum(n for n in said.values() if n > 1)
    return copies >= CAMPAIGN_POSTS and copies >= CAMPAIGN_SHARE * len(posts)
