"""Merge what was said: repeated posts into groups, groups into topics, questions into FAQs."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import pandas as pd
import pyarrow as pa

from flows.home import Home
from nlp.duplicates import Statement, find_duplicates
from nlp.faqs import find_faqs
from nlp.space import Vectors
from nlp.topics import find_topics, matched_ids
from nlp.triage import OTHER_CATEGORY, PLACEHOLDER
from warehouse.database import open_warehouse
from warehouse.merged import (
    FAQ_MEMBERS,
    FAQS,
    GROUP_MEMBERS,
    TOPIC_MEMBERS,
    TOPICS,
    input_digest,
    known_topics,
    load_current_posts,
    replace_results,
    reserve_topic_ids,
    stage_is_done,
)  # fmt: skip

SMALLEST_FAQ = 2


@dataclass(frozen=True, slots=True)
class Merged:
    """`was_needed` is False where nothing had changed since the last run."""

    was_needed: bool


def merge_posts(home: Home, memory_limit: str, stop_words: frozenset[str], clock: Callable[[], datetime]) -> Merged:
    """Group, cluster and collect questions over all current posts; does nothing when none has changed."""
    with open_warehouse(home.warehouse, memory_limit=memory_limit) as connection:
        digest = input_digest(connection)
        if stage_is_done(connection, "merge", digest):
            return Merged(was_needed=False)
        posts, vectors = load_current_posts(connection)
        groups = _groups(posts, vectors)
        topics, members = _topics(
            posts, vectors, groups, stop_words, known_topics(connection), lambda n: reserve_topic_ids(connection, n)
        )
        faqs, faq_members = _faqs(posts, vectors)
        tables = {
            "group_members": pa.Table.from_pandas(groups, schema=GROUP_MEMBERS, preserve_index=False),
            "topics": pa.Table.from_pylist(topics, schema=TOPICS),
            "topic_members": pa.Table.from_pylist(members, schema=TOPIC_MEMBERS),
            "faqs": pa.Table.from_pylist(faqs, schema=FAQS),
            "faq_members": pa.Table.from_pylist(faq_members, schema=FAQ_MEMBERS),
        }
        replace_results(connection, "merge", digest, clock(), tables)
    return Merged(was_needed=True)


def _groups(posts: pd.DataFrame, vectors: Vectors) -> pd.DataFrame:
    statements = [
        Statement(
            row.post_id, row.text, None if pd.isna(row.created_at) else row.created_at.to_pydatetime(), row.district
        )
        for row in posts.itertuples()
    ]
    findings = find_duplicates(statements, vectors)
    first = {finding.group: finding.post_id for finding in findings if finding.of is None}
    columns = ["post_id", "group_id", "match", "of", "score"]
    return pd.DataFrame([(f.post_id, first[f.group], f.match, f.of, f.score) for f in findings], columns=columns)


def _topics(
    posts: pd.DataFrame, vectors: Vectors, groups: pd.DataFrame, stop_words: frozenset[str],
    known: dict[int, set[str]], reserve: Callable[[int], int],
) -> tuple[list[dict[str, object]], list[dict[str, object]]]:  # fmt: skip
    """Topics over one post a group, so that a campaign does not become a topic by its copies; then all posts join.

    Confidential posts, and what is no matter for government, neither make topics nor lend them terms.
    """
    is_open = (~posts["is_confidential"] & (posts["category"] != OTHER_CATEGORY)).to_numpy()
    standing = is_open & groups["of"].isna().to_numpy()
    rows = standing.nonzero()[0]
    bare = [PLACEHOLDER.sub(" ", text) for text in posts["text"].iloc[rows]]
    found = find_topics(bare, vectors[rows], stop_words)
    post_ids, group_ids = posts["post_id"].tolist(), groups["group_id"].tolist()
    said_in: dict[str, list[str]] = {}
    for post_id, group_id, is_shown in zip(post_ids, group_ids, is_open, strict=True):
        if is_shown:
            said_in.setdefault(group_id, []).append(post_id)
    members = [{p for i in topic.members for p in said_in[group_ids[rows[i]]]} for topic in found]
    ids = matched_ids(known, members, reserve(len(found)))
    topics = [
        {
            "topic_id": topic_id,
            "label": topic.label,
            "terms": list(topic.terms),
            "representative_post_id": post_ids[rows[topic.representative]],
        }
        for topic_id, topic in zip(ids, found, strict=True)
    ]
    return topics, [
        {"post_id": post_id, "topic_id": topic_id}
        for topic_id, said in zip(ids, members, strict=True)
        for post_id in sorted(said)
    ]


def _faqs(posts: pd.DataFrame, vectors: Vectors) -> tuple[list[dict[str, object]], list[dict[str, object]]]:
    asked = (posts["kind"] == "question") & ~posts["is_confidential"] & (posts["category"] != OTHER_CATEGORY)
    rows = asked.to_numpy().nonzero()[0]
    post_ids, texts = posts["post_id"].tolist(), posts["text"].tolist()
    faqs: list[dict[str, object]] = []
    members: list[dict[str, object]] = []
    for faq in find_faqs(vectors[rows]):
        if len(faq.members) < SMALLEST_FAQ:
            continue
        faq_id = post_ids[rows[faq.question]]
        faqs.append({"faq_id": faq_id, "question": texts[rows[faq.question]]})
        members += [{"post_id": post_ids[rows[i]], "faq_id": faq_id} for i in faq.members]
    return faqs, members
