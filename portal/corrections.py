"""What people decided about posts, as labelled posts to train on."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from portal.models import Case, CasePost
from portal.store import Store

PAGE = 1_000


def decided_posts(store: Store) -> Iterator[dict[str, Any]]:
    """Every post of a case that a person accepted, corrected or answered, as a labelled record of the contract.

    `text` is redacted; `is_corrected` tells whether the person changed what the machine had said; posts of one `case`
    were decided on together. In the order of `id`, a page at a time.
    """
    after = ""
    while True:
        with store.reading() as session:
            query = (
                select(CasePost)
                .join(Case)
                .where(Case.decided_at.is_not(None), CasePost.post_id > after, CasePost.text != "")
                .order_by(CasePost.post_id)
                .limit(PAGE)
                .options(joinedload(CasePost.case))
            )
            page = session.scalars(query).all()
        if not page:
            return
        after = page[-1].post_id
        yield from map(_labelled, page)


def _labelled(post: CasePost) -> dict[str, Any]:
    case = post.case
    return {
        "id": post.post_id,
        "case": case.reference,
        "text": post.text,
        "lang": post.lang,
        "category": case.category,
        "urgency": case.urgency,
        "confidential": case.is_confidential,
        "is_corrected": case.category != case.suggested_category,
    }
