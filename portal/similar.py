"""Cases about the same: by the sentence vectors of their first posts, whatever language these are in."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.models import Account, Case, CaseState, ReplyKind
from portal.permissions import Act, may_on

LOOKED_THROUGH = 3_000  # the newest cases of the category, a few milliseconds
NEAREST = 30  # of which answered ones are shown before others
SHOWN = 3
LEAST_COSINE = 0.33  # vectors are centred by language: of posts about the same it is seldom more than 0.5


@dataclass(frozen=True, slots=True)
class SimilarCase:
    """`likeness` is the cosine of the two first posts; `answers` are what the agency wrote, by language, the last
    answer of each; `text` is the redacted first post."""

    reference: str
    state: CaseState
    opened_at: datetime
    likeness: float
    text: str
    answers: dict[str, str]


def similar_cases(session: Session, account: Account, case: Case) -> Sequence[SimilarCase]:
    """The nearest of the newest cases of the same category that the person may see, answered ones before others."""
    if case.meaning is None:
        return []
    query = (
        select(Case.case_id, Case.meaning)
        .where(Case.category == case.category, Case.case_id != case.case_id, Case.meaning.is_not(None))
        .order_by(Case.case_id.desc())
        .limit(LOOKED_THROUGH)
    )
    rows = [row for row in session.execute(query) if len(row.meaning) == len(case.meaning)]  # else of another model
    if not rows:
        return []
    cosines = _unit([row.meaning for row in rows]) @ _unit([case.meaning])[0]
    near = [int(row) for row in np.argsort(-cosines, kind="stable") if cosines[row] >= LEAST_COSINE]
    cosine_of = {rows[row].case_id: float(cosines[row]) for row in near}
    seen: list[Case] = []
    by_nearness = list(cosine_of)
    for start in range(0, len(by_nearness), NEAREST):
        some = by_nearness[start : start + NEAREST]
        found = {other.case_id: other for other in session.scalars(select(Case).where(Case.case_id.in_(some)))}
        nearer = (found[case_id] for case_id in some)
        seen += (other for other in nearer if may_on(account, Act.SEE, other) and other.posts)
        if len(seen) >= NEAREST:
            break
    seen = seen[:NEAREST]
    seen.sort(key=lambda other: (other.first_answered_at is None, -cosine_of[other.case_id]))
    return [_similar(other, cosine_of[other.case_id]) for other in seen[:SHOWN]]


def _unit(meanings: Sequence[bytes]) -> np.ndarray:
    """Vectors of length 1, a row each."""
    vectors = np.frombuffer(b"".join(meanings), dtype=np.float16).astype(np.float32).reshape(len(meanings), -1)
    return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9))


def _similar(other: Case, cosine: float) -> SimilarCase:
    first = min(other.posts, key=lambda post: (post.said_at is None, post.said_at, post.post_id))
    answers = {reply.lang: reply.text for reply in other.replies if reply.kind is ReplyKind.ANSWER}
    return SimilarCase(other.reference, other.state, other.opened_at, cosine, first.text, answers)
