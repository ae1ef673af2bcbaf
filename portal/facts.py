"""What statistics may know of cases: states, times and codes, and nobody's words but official answers."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import select

from portal.models import Case, CasePost
from portal.store import Store

COLUMNS = (
    Case.reference, Case.mda, Case.category, Case.suggested_mda, Case.suggested_category, Case.suggested_by_model,
    Case.confidence, Case.urgency, Case.is_confidential, Case.is_formal, Case.level, Case.state, Case.opened_at,
    Case.answer_by, Case.decided_at, Case.first_answered_at, Case.answered_at, Case.held_since, Case.closed_at,
    Case.appealed_at, Case.appeals, Case.sends_elsewhere,
)  # fmt: skip
AT_ONCE = 5_000


def case_facts(store: Store) -> Iterator[list[dict[str, Any]]]:
    """Every case, `AT_ONCE` at a time: `COLUMNS`, `lang` (of its first post by id) and `post_ids`."""
    after = 0
    while True:
        with store.reading() as session:
            query = select(Case.case_id, *COLUMNS).where(Case.case_id > after).order_by(Case.case_id).limit(AT_ONCE)
            rows = [dict(row) for row in session.execute(query).mappings()]
            if not rows:
                return
            first, after = rows[0]["case_id"], rows[-1]["case_id"]
            posts = select(CasePost.case_id, CasePost.post_id, CasePost.lang).where(
                CasePost.case_id.between(first, after)
            )
            of_case: dict[int, list[tuple[str, str]]] = {}
            for case_id, post_id, lang in session.execute(posts.order_by(CasePost.post_id)):
                of_case.setdefault(case_id, []).append((post_id, lang))
        for row in rows:
            said = of_case.get(row.pop("case_id"), [])
            row["level"], row["state"] = row["level"].value, row["state"].value
            row["post_ids"], row["lang"] = [post_id for post_id, _ in said], said[0][1] if said else None
        yield rows
