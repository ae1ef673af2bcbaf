"""Posts that say the same again: exact, near (edited, forwarded, signed) and semantic (other words, same matter).

Copies of a long text are one group wherever and whenever they come. "No water again" is said of every outage: what is
short or in other words is the same matter only within a month and in one place.

Every voice counts: nothing is dropped, posts are grouped round the earliest. Candidates come from the nearest
neighbours in the space of meaning, so the work grows almost linearly; characters then decide what is near.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from nlp.similarity import neighbours
from nlp.space import Vectors
from nlp.words import canonical

CANDIDATES = 12
NEAR_JACCARD = 0.55
SEMANTIC_COSINE = 0.90
WINDOW = timedelta(days=30)
COPIED_WORDS = 12
SHINGLE = 4


@dataclass(frozen=True, slots=True)
class Statement:
    """What merging looks at; a missing time or place counts neither for nor against."""

    post_id: str
    text: str
    created_at: datetime | None = None
    district: str | None = None


@dataclass(frozen=True, slots=True)
class DuplicateFinding:
    """`match` is exact, near, semantic or none; `of` is the earliest post of the group, None for that one.

    `group` counts from 0 in the order of first posts; `score` is how alike the two are, 1 for exact.
    """

    post_id: str
    group: int
    match: str
    of: str | None
    score: float


def find_duplicates(statements: Sequence[Statement], vectors: Vectors) -> list[DuplicateFinding]:
    """One finding a statement, in their order. `vectors` are the statements' rows of length 1."""
    texts = [canonical(statement.text) for statement in statements]
    original = _originals(statements, texts)
    distinct = sorted(set(original))
    groups = _Groups([statement.district for statement in statements])
    for i, first in enumerate(original):
        groups.join(i, first)
    shingles = {i: _shingles(texts[i]) for i in distinct}
    ids, cosines = neighbours(vectors[distinct], CANDIDATES)
    alike: list[tuple[float, int, int]] = []
    for row, i in enumerate(distinct):
        for column, cosine in zip(ids[row], cosines[row], strict=True):
            if column < 0:
                break
            j = distinct[column]
            if not texts[i] or not texts[j]:
                continue
            is_near = _jaccard(shingles[i], shingles[j]) >= NEAR_JACCARD
            if is_near and _is_copied(texts[i]) and _is_copied(texts[j]):
                groups.join(i, j)
            elif (is_near or cosine >= SEMANTIC_COSINE) and _is_near_in_time(statements[i], statements[j]):
                alike.append((float(cosine), i, j))
    for _, i, j in sorted(alike, reverse=True):  # the surest first, since a group stays in one district
        if groups.could_be_one_place(i, j):
            groups.join(i, j)
    return _findings(statements, texts, vectors, [groups.root(i) for i in range(len(statements))])


class _Groups:
    """Disjoint sets of posts, each with the districts that its posts name."""

    def __init__(self, districts: Sequence[str | None]) -> None:
        self._parents = list(range(len(districts)))
        self._districts = [{district} if district else set() for district in districts]

    def root(self, i: int) -> int:
        while self._parents[i] != i:
            self._parents[i] = self._parents[self._parents[i]]
            i = self._parents[i]
        return i

    def could_be_one_place(self, i: int, j: int) -> bool:
        return len(self._districts[self.root(i)] | self._districts[self.root(j)]) <= 1

    def join(self, i: int, j: int) -> None:
        low, high = sorted((self.root(i), self.root(j)))
        if low != high:
            self._parents[high] = low
            self._districts[low] |= self._districts[high]


def _findings(
    statements: Sequence[Statement], texts: Sequence[str], vectors: Vectors, roots: Sequence[int]
) -> list[DuplicateFinding]:
    members: dict[int, list[int]] = {}
    for i, group_root in enumerate(roots):
        members.setdefault(group_root, []).append(i)
    found: dict[int, DuplicateFinding] = {}
    for group, indices in enumerate(members.values()):
        earliest = min(indices, key=lambda i: (statements[i].created_at is None, statements[i].created_at or 0, i))
        for i in indices:
            match, score = "none", 1.0
            if i != earliest:
                jaccard = _jaccard(_shingles(texts[i]), _shingles(texts[earliest]))
                cosine = float(vectors[i] @ vectors[earliest])
                match = "exact" if texts[i] == texts[earliest] else "near" if jaccard >= NEAR_JACCARD else "semantic"
                score = {"exact": 1.0, "near": jaccard, "semantic": max(0.0, cosine)}[match]
            of = None if i == earliest else statements[earliest].post_id
            found[i] = DuplicateFinding(statements[i].post_id, group, match, of, round(score, 4))
    return [found[i] for i in range(len(statements))]


def _originals(statements: Sequence[Statement], texts: Sequence[str]) -> list[int]:
    """For each statement the index of the earliest with the same words; short ones said elsewhere or long after, and
    texts without words, are originals themselves."""
    original = list(range(len(texts)))
    latest: dict[tuple[str, str | None], int] = {}
    by_time = sorted(original, key=lambda i: (statements[i].created_at is None, statements[i].created_at or 0, i))
    for i in by_time:
        if not texts[i]:
            continue
        is_copied = _is_copied(texts[i])
        key = (texts[i], None if is_copied else statements[i].district)
        before = latest.get(key)
        if before is not None and (is_copied or _is_near_in_time(statements[before], statements[i])):
            original[i] = original[before]
        latest[key] = i
    return original


def _is_copied(text: str) -> bool:
    """True for a text so long that nobody says it again by chance; a short one of another place or month is news."""
    return len(text.split()) >= COPIED_WORDS


def _is_near_in_time(left: Statement, right: Statement) -> bool:
    if left.created_at is None or right.created_at is None:
        return True
    return abs(left.created_at - right.created_at) <= WINDOW


def _shingles(text: str) -> frozenset[str]:
    padded = f" {text} "
    return frozenset(padded[i : i + SHINGLE] for i in range(max(1, len(padded) - SHINGLE + 1)))


def _jaccard(left: frozenset[str], right: frozenset[str]) -> float:
    return len(left & right) / len(left | right) if left or right else 0.0
