"""Posts that say the same again: exact, near (edited, forwarded, signed) and semantic (other words, same matter).

Copies of a long text are one group wherever and whenever they come. "No water again" is said of every outage: what is
short or in other words is the same matter only within a month and in one place, or within two months on one spot.

Every voice counts: nothing is dropped, posts are grouped round the earliest. Candidates come from the nearest
neighbours in meaning and spelling, so the work grows almost linearly. Two posts in other words are one matter by the
mean of the cosine of their vectors and the cosine of their letters, which holds names and places; groups join by
average linkage, so that a chain of small steps makes no group.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from scipy.sparse.csgraph import connected_components
from scipy.spatial import KDTree

from nlp.linkage import Groups
from nlp.similarity import neighbours
from nlp.space import Vectors
from nlp.spelling import letter_vectors
from nlp.words import canonical

CANDIDATES = 15
NEAR_JACCARD = 0.55
LIKELY_NEAR = 0.3  # cosine of letters under which two texts are too different for the Jaccard index to be asked
SAME_MEANING = 0.30  # of the cosine of meaning alone: two matters of one place share letters
SAME_MATTER = 0.21  # of the mean of both cosines; bench/RESULTS.md tells what it finds
LETTER_DIMENSIONS = 512
WINDOW, WINDOW_ON_ONE_SPOT = timedelta(days=30), timedelta(days=60)
SPOT_METRES = 50
COPIED_WORDS = 12
SHINGLE = 4
METRES_A_DEGREE = 111_195
NEVER = -1.0


@dataclass(frozen=True, slots=True)
class Statement:
    """What merging looks at; a missing time or place counts neither for nor against.

    `gloss` is the text in English words, where it has one; `spot` is latitude and longitude in degrees; posts of
    different `category`, where both are known, are different matters.
    """

    post_id: str
    text: str
    created_at: datetime | None = None
    district: str | None = None
    gloss: str | None = None
    spot: tuple[float, float] | None = None
    category: str | None = None


@dataclass(frozen=True, slots=True)
class DuplicateFinding:
    """`match` is exact, near, semantic or none; `of` is the earliest post of the group, None for that one.

    `group` counts from 0 in the order of first posts; `score` is how alike the two are, 1 for exact. `copy_of` is the
    earliest post of the group that this one repeats in the same words or nearly; None for one in words of its own.
    """

    post_id: str
    group: int
    match: str
    of: str | None
    score: float
    copy_of: str | None = None


def find_duplicates(statements: Sequence[Statement], vectors: Vectors) -> list[DuplicateFinding]:
    """One finding a statement, in their order. `vectors` are the statements' rows of length 1."""
    if not statements:
        return []
    texts = [canonical(statement.text) for statement in statements]
    spelt = letter_vectors([statement.gloss or statement.text for statement in statements], LETTER_DIMENSIONS)
    points = np.hstack([vectors, spelt]).astype(np.float32) / np.float32(np.sqrt(2))
    pairs = _candidates(statements, texts, points)
    near = _near(texts, points[:, vectors.shape[1] :], pairs)
    is_long = np.array([len(text.split()) >= COPIED_WORDS for text in texts])
    copies = _connected(near[is_long[near].all(axis=1)], len(texts))
    matters = _Matters(statements, points, pairs, copies, vectors.shape[1])
    matters.join_most_alike()
    groups = np.array(matters.labels())
    repeated = _connected(near[groups[near[:, 0]] == groups[near[:, 1]]], len(texts))
    return _findings(statements, texts, points, groups.tolist(), repeated.tolist())


@dataclass(frozen=True, slots=True)
class _Setting:
    """When, where and of what the statements of a group are: first and last time, districts named, middle of the spots,
    and the categories that all of them have (all that any has, where none is common)."""

    times: tuple[datetime, datetime] | None
    categories: frozenset[str]
    districts: frozenset[str]
    spot: tuple[float, float] | None
    n_spots: int

    @classmethod
    def of(cls, statement: Statement) -> "_Setting":
        times = None if statement.created_at is None else (statement.created_at, statement.created_at)
        districts = frozenset([statement.district] if statement.district else [])
        categories = frozenset([statement.category] if statement.category else [])
        return cls(times, categories, districts, statement.spot, int(statement.spot is not None))

    def could_be(self, other: "_Setting") -> bool:
        """Whether one matter can have both settings."""
        if self.categories and other.categories and self.categories.isdisjoint(other.categories):
            return False
        window = WINDOW
        if self.spot and other.spot:
            if _metres(self.spot, other.spot) > SPOT_METRES:
                return False
            window = WINDOW_ON_ONE_SPOT
        elif len(self.districts | other.districts) > 1:
            return False
        if self.times is None or other.times is None:
            return True
        return max(self.times[0] - other.times[1], other.times[0] - self.times[1]) <= window

    def with_(self, other: "_Setting") -> "_Setting":
        times, spot, n_spots = self.times or other.times, self.spot or other.spot, self.n_spots + other.n_spots
        if self.times and other.times:
            times = min(self.times[0], other.times[0]), max(self.times[1], other.times[1])
        if self.spot and other.spot:
            share = other.n_spots / n_spots
            spot = tuple(a + share * (b - a) for a, b in zip(self.spot, other.spot, strict=True))  # type: ignore[assignment]
        categories = self.categories & other.categories or self.categories | other.categories
        return _Setting(times, categories, self.districts | other.districts, spot, n_spots)


class _Matters(Groups):
    """Groups of statements with their settings; the first `dimensions` of points hold meaning, the others letters."""

    def __init__(
        self, statements: Sequence[Statement], points: Vectors, pairs: NDArray[np.int64], labels: NDArray[np.int64],
        dimensions: int,
    ) -> None:  # fmt: skip
        n = len(statements)
        ties = sp.csr_matrix((np.ones(len(pairs), np.float32), pairs.T), shape=(n, n))
        super().__init__(points, ties + ties.T, labels)
        self._dimensions = dimensions
        self._settings: list[_Setting] = []
        by_label = np.argsort(labels, kind="stable")
        for rows in np.split(by_label, np.cumsum(np.bincount(labels))[:-1]):
            setting = _Setting.of(statements[rows[0]])
            for row in rows[1:]:
                setting = setting.with_(_Setting.of(statements[row]))
            self._settings.append(setting)

    def alike(self, i: int, j: int) -> float:
        if not self._settings[i].could_be(self._settings[j]):
            return NEVER
        meaning = 2 * self.likeness(i, j, self._dimensions)  # points of length 1 hold it at half its weight
        return self.likeness(i, j) if meaning >= SAME_MEANING else NEVER

    def is_enough(self, alike: float) -> bool:
        return alike >= SAME_MATTER

    def join(self, i: int, j: int) -> int:
        self._settings.append(self._settings[i].with_(self._settings[j]))
        return super().join(i, j)


def _candidates(statements: Sequence[Statement], texts: Sequence[str], points: Vectors) -> NDArray[np.int64]:
    """Pairs of statements that may be one matter, shape (pairs, 2).

    Those near in meaning and spelling, those with the same words one after the other, and those made on one spot.
    """
    with_words = [i for i, text in enumerate(texts) if text]
    said: dict[tuple[str | None, ...], int] = {}  # by words, district and category, and by words alone: the last one
    again = []
    for i in sorted(with_words, key=lambda i: _order(statements[i], i)):
        for key in ((texts[i],), (texts[i], statements[i].district, statements[i].category)):
            if key in said:
                again.append((said[key], i))
            said[key] = i
    distinct = np.array(sorted(set(said.values())), np.int64)
    ids, _ = neighbours(points[distinct], CANDIDATES)
    found = ids.ravel() >= 0
    near = np.column_stack([np.repeat(distinct, CANDIDATES)[found], distinct[ids.ravel()[found]]])
    return np.concatenate([near, np.array(again, np.int64).reshape(-1, 2), _on_one_spot(statements, with_words)])


def _on_one_spot(statements: Sequence[Statement], rows: Sequence[int]) -> NDArray[np.int64]:
    """For each statement with a spot, those nearest in place and time; a spot's reach counts as much as its window."""
    spotted = [(i, spot) for i in rows if (spot := statements[i].spot)]
    if len(spotted) < 2:
        return np.empty((0, 2), np.int64)
    index = np.array([i for i, _ in spotted])
    known = [created_at for i in index if (created_at := statements[i].created_at)]
    start = min(known) if known else None
    days = [(at - start) / WINDOW_ON_ONE_SPOT if start and (at := statements[i].created_at) else 0.0 for i in index]
    place = np.array([_plane(spot) for _, spot in spotted]) / SPOT_METRES
    where = np.column_stack([place, days])
    k = min(CANDIDATES + 1, len(where))
    distances, near = KDTree(where).query(where, k, distance_upper_bound=np.sqrt(2))
    found = np.isfinite(distances) & (near != np.arange(len(where))[:, None])
    return np.column_stack([np.repeat(index, k)[found.ravel()], index[near[found]]])


def _near(texts: Sequence[str], letters: Vectors, pairs: NDArray[np.int64]) -> NDArray[np.int64]:
    """Those of the pairs, shape (pairs, 2), whose texts are the same but for a few words; `letters` at half weight."""
    likely = pairs[2 * np.einsum("ij,ij->i", letters[pairs[:, 0]], letters[pairs[:, 1]]) >= LIKELY_NEAR]
    shingles = {i: _shingles(texts[i]) for i in np.unique(likely).tolist()}
    is_near = [_jaccard(shingles[i], shingles[j]) >= NEAR_JACCARD for i, j in likely.tolist()]
    return np.asarray(likely[np.array(is_near, bool)])


def _connected(pairs: NDArray[np.int64], n: int) -> NDArray[np.int64]:
    """A label for each of `n`, the same for those that pairs connect."""
    graph = sp.csr_matrix((np.ones(len(pairs), np.int8), pairs.T), shape=(n, n))
    return np.asarray(connected_components(graph, directed=False)[1], np.int64)


def _findings(
    statements: Sequence[Statement], texts: Sequence[str], points: Vectors, groups: Sequence[int],
    repeated: Sequence[int],
) -> list[DuplicateFinding]:  # fmt: skip
    in_time = sorted(range(len(statements)), key=lambda i: _order(statements[i], i))
    earliest, original = ({label[i]: i for i in reversed(in_time)} for label in (groups, repeated))
    number: dict[int, int] = {}
    found = []
    for i, statement in enumerate(statements):
        first, copied = earliest[groups[i]], original[repeated[i]]
        match, score = ("none", 1.0) if first == i else _match(texts, points, i, first)
        found.append(
            DuplicateFinding(
                statement.post_id,
                number.setdefault(groups[i], len(number)),
                match,
                None if first == i else statements[first].post_id,
                round(score, 4),
                None if copied == i else statements[copied].post_id,
            )
        )
    return found


def _match(texts: Sequence[str], points: Vectors, i: int, j: int) -> tuple[str, float]:
    if texts[i] == texts[j]:
        return "exact", 1.0
    jaccard = _jaccard(_shingles(texts[i]), _shingles(texts[j]))
    if jaccard >= NEAR_JACCARD:
        return "near", jaccard
    return "semantic", max(0.0, float(points[i] @ points[j]))


def _order(statement: Statement, i: int) -> tuple[bool, datetime | int, int]:
    """Earliest first, those without a time last."""
    return statement.created_at is None, statement.created_at or 0, i


def _metres(left: tuple[float, float], right: tuple[float, float]) -> float:
    """Distance on a plane that touches the earth between the two: right to a metre over a few kilometres."""
    east = (left[1] - right[1]) * np.cos(np.radians((left[0] + right[0]) / 2))
    return float(np.hypot(left[0] - right[0], east) * METRES_A_DEGREE)


def _plane(spot: tuple[float, float]) -> tuple[float, float]:
    return spot[0] * METRES_A_DEGREE, spot[1] * METRES_A_DEGREE * float(np.cos(np.radians(spot[0])))


def _shingles(text: str) -> frozenset[str]:
    padded = f" {text} "
    return frozenset(padded[i : i + SHINGLE] for i in range(max(1, len(padded) - SHINGLE + 1)))


def _jaccard(left: frozenset[str], right: frozenset[str]) -> float:
    return len(left & right) / len(left | right) if left or right else 0.0
