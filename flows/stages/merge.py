"""Merge what was said: repeated posts into groups, groups into topics, questions into FAQs."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

import pyarrow as pa

from flows.home import Home
from flows.stages.erased_posts import with_erased_in_faqs, with_erased_in_topics, with_erased_members
from nlp.bursts import find_bursts
from nlp.merging import TriagedPost, find_post_faqs, find_post_topics, group_posts, said_in_topics
from nlp.topic_history import changes, matched_ids
from warehouse.database import open_warehouse
from warehouse.merged import (
    SCHEMAS,
    TOPIC_CHANGES,
    input_digest,
    known_faqs,
    known_groups,
    known_topics,
    load_current_posts,
    load_erased_posts,
    replace_results,
    reserve_topic_ids,
    stage_is_done,
)


def merge_posts(home: Home, memory_limit: str, stop_words: frozenset[str], clock: Callable[[], datetime]) -> bool:
    """Group, cluster and collect questions over all current posts; False, and nothing done, where none has changed."""
    with open_warehouse(home.warehouse, memory_limit=memory_limit) as connection:
        digest = input_digest(connection)
        if stage_is_done(connection, "merge", digest):
            return False
        rows, vectors = load_current_posts(connection)
        posts = [TriagedPost(**row) for row in rows.to_pylist()]
        groups = group_posts(posts, vectors)
        topics = find_post_topics(posts, vectors, groups, stop_words)
        faqs = find_post_faqs(posts, vectors)
        known = known_topics(connection)
        if erased := [TriagedPost(**row) for row in load_erased_posts(connection).to_pylist()]:
            groups = with_erased_members(groups, erased, known_groups(connection))
            topic_of = {post_id: topic_id for topic_id, of in known.items() for post_id in of}
            topics = with_erased_in_topics(topics, erased, topic_of)
            faqs = with_erased_in_faqs(faqs, erased, known_faqs(connection))
            posts += erased
        members = [topic.post_ids for topic in topics]
        topic_ids = matched_ids(known, members, reserve_topic_ids(connection, len(topics)))
        numbered = dict(zip(topic_ids, topics, strict=True))
        now = clock()
        said, until = said_in_topics(posts, groups, topics, now)
        results: dict[str, Iterable[Mapping[str, Any]]] = {
            "group_members": (asdict(member) for member in groups),
            "topics": ({"topic_id": topic_id, **asdict(topic)} for topic_id, topic in numbered.items()),
            "topic_members": (
                {"post_id": post_id, "topic_id": topic_id}
                for topic_id, topic in numbered.items()
                for post_id in sorted(topic.post_ids)
            ),
            "topic_bursts": (
                {"topic_id": topic_ids[burst.topic], "until_at": until, **asdict(burst)}
                for burst in find_bursts(said, until)
            ),
            "faqs": (asdict(faq) for faq in faqs),
            "faq_members": ({"post_id": post_id, "faq_id": faq.faq_id} for faq in faqs for post_id in faq.post_ids),
        }
        tables = {name: pa.Table.from_pylist(list(of), schema=SCHEMAS[name]) for name, of in results.items()}
        changed = [{"changed_at": now, **asdict(change)} for change in changes(known, members, topic_ids)]
        replace_results(connection, "merge", digest, now, tables, pa.Table.from_pylist(changed, schema=TOPIC_CHANGES))
    return True
