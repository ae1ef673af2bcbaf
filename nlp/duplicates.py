"""Posts that say the same again: exact, near (edited, forwarded, signed) and semantic (other words, same matter).

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
SEMANTIC_WINDOW = timedelta(days=30)
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
    first_of: dict[str, int] = {}
    original = [first_of.setdefault(text or f"\0{i}", i) for i, text in enumerate(texts)]
    distinct = sorted(set(original))
    parents = list(range(len(statements)))

    def root(i: int) -> int:
        while parents[i] != i:
            parents[i] = parents[parents[i]]
            i = parents[i]
        return i

    for i, first in enumerate(original):
        parents[i] = first
    shingles = {i: _shingles(texts[i]) for i in distinct}
    ids, cosines = neighbours(vectors[distinct], CANDIDATES)
    for row, i in enumerate(distinct):
        for column, cosine in zip(ids[row], cosines[row], strict=True):
            if column < 0:
                break
            j = distinct[column]
            if not texts[i] or not texts[j]:
                continue
            is_near = _jaccard(shingles[i], shingles[j]) >= NEAR_JACCARD
            if is_near or (cosine >= SEMANTIC_COSINE and _could_be_one_matter(statements[i], statements[j])):
                parents[max(root(i), root(j))] = min(root(i), root(j))
    return _findings(statements, texts, vectors, [root(i) for i in range(len(statements))])


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


def _could_be_one_matter(left: Statement, right: Statement) -> bool:
    if left.district and right.district and left.district != right.district:
        return False
    return not (left.created_at and right.created_at and abs(left.created_at - right.created_at) > SEMANTIC_WINDOW)


def _shingles(text: str) -> frozenset[str]:
    padded = f" {text} "
    return frozenset(padded[i : i + SHINGLE] for i in range(max(1, len(padded) - SHINGLE + 1)))


def _jaccard(left: frozenset[str], right: frozenset[str]) -> float:
    return len(left & right) / len(left | right) if left or right else 0.0
