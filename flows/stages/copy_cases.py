"""Copy from the portal's store into the warehouse what marts tell of cases, and what people decided of topics."""

import json

from flows.home import Home
from portal.facts import case_facts
from portal.official import official_entries, withdrawn_entries
from portal.steering import topic_marks
from portal.store import Store
from warehouse.cases import replace_cases, replace_withdrawn_answers
from warehouse.database import open_warehouse
from warehouse.topic_marks import TOPIC_MARKS, replace_topic_marks


def copy_cases(home: Home, memory_limit: str, store: Store) -> None:
    """Every case, every official answer that holds or was withdrawn, and every mark of a topic, as they stand now."""
    answers = [
        {
            "answer_id": entry.answer.answer_id,
            "mda": entry.answer.mda,
            "category": entry.answer.category,
            "question": entry.answer.question,
            "texts": json.dumps(entry.answer.texts, ensure_ascii=False, sort_keys=True),
            "approved_at": entry.answer.approved_at,
            "review_by": entry.answer.review_by,
            "post_ids": entry.post_ids,
        }
        for entry in official_entries(store)
    ]
    withdrawn = [
        {
            "answer_id": entry.answer.answer_id,
            "withdrawn_at": entry.answer.withdrawn_at,
            "post_ids": entry.post_ids,
        }
        for entry in withdrawn_entries(store)
    ]
    marks = [{name: getattr(mark, name) for name in TOPIC_MARKS.names} for mark in topic_marks(store)]
    with open_warehouse(home.warehouse, memory_limit=memory_limit) as connection:
        replace_cases(connection, case_facts(store), answers)
        replace_withdrawn_answers(connection, withdrawn)
        replace_topic_marks(connection, marks)
