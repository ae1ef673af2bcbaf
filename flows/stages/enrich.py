"""Triage what has landed: raw text goes in, redacted text and findings come out."""

import json
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import pyarrow as pa

from flows.home import Home
from models.deployment import Deployment
from nlp.triage import PostText, Triage
from warehouse.database import open_warehouse
from warehouse.enriched import ENRICHED, LandedPost, load_landed, store_enriched, unenriched_ids
from warehouse.pseudonyms import Pseudonyms, require_same_key


def batches_to_enrich(
    home: Home, memory_limit: str, model: str, pseudonyms: Pseudonyms, batch_size: int
) -> list[list[int]]:
    """Landing ids that `model` has not seen, in batches.

    Raises `PseudonymKeyChangedError` when what has been seen bears pseudonyms of another key.
    """
    with open_warehouse(home.warehouse, memory_limit=memory_limit) as connection:
        require_same_key(connection, pseudonyms)
        ids = unenriched_ids(connection, model)
    return [ids[i : i + batch_size] for i in range(0, len(ids), batch_size)]


def enrich_batch(
    home: Home, memory_limit: str, triage: Triage, deployment: Deployment, pseudonyms: Pseudonyms,
    landing_ids: Sequence[int], clock: Callable[[], datetime],
) -> int:  # fmt: skip
    """Triage one batch and store it in one transaction; returns how many posts it had."""
    with open_warehouse(home.warehouse, memory_limit=memory_limit) as connection:
        landed = load_landed(connection, landing_ids)
    posts = [
        PostText(str(post.landing_id), post.text, post.author, deployment.known_district(post.district))
        for post in landed
    ]
    records, vectors = triage.records(posts)
    rows = [
        _row(post, record.as_json(), triage.gloss(record), vector, pseudonyms, clock())
        for post, record, vector in zip(landed, records, vectors, strict=True)
    ]
    with open_warehouse(home.warehouse, memory_limit=memory_limit) as connection:
        store_enriched(connection, pa.Table.from_pylist(rows, schema=ENRICHED))
    return len(rows)


def _row(
    post: LandedPost, found: dict[str, Any], gloss: str, vector: Any, pseudonyms: Pseudonyms, now: datetime
) -> dict[str, Any]:
    return {
        "gloss": gloss,
        "landing_id": post.landing_id,
        "post_id": pseudonyms.post(post.source, post.source_id),
        "version": post.version,
        "submitter_id": pseudonyms.submitter(post.channel, post.author),
        "source": post.source,
        "channel": post.channel,
        "is_formal": post.is_formal,
        "created_at": post.created_at,
        "fetched_at": post.fetched_at,
        "pii_kinds": sorted({span["kind"] for span in found["pii"]}),
        "is_confidential": found["confidential"],
        "candidates": json.dumps(found["candidates"]),
        "enriched_at": now,
        "embedding": vector,
        **{
            name: found[name]
            for name in (
                "lang", "text", "category", "mda", "confidence", "in_scope", "route", "kind", "urgency", "accused",
                "district", "reasons", "model",
            )
        },
    }  # fmt: skip
