"""Tombstones: what was erased lands no more, however often its source gives it again."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import duckdb

from warehouse.errors import PseudonymKeyMissingError
from warehouse.pseudonyms import EVERY_CHANNEL, Pseudonyms, require_same_key


@dataclass(frozen=True)
class Tombstones:
    """`posts` are pseudonyms of erased posts, `submitters` say for a pseudonym of a person up to when all is erased,
    `channels` are those that anything was said on."""

    pseudonyms: Pseudonyms | None = None
    posts: frozenset[str] = frozenset()
    submitters: Mapping[str, datetime] = field(default_factory=dict)
    channels: frozenset[str] = frozenset()

    @property
    def are_none(self) -> bool:
        return not self.posts and not self.submitters

    def cover(self, source: str, row: Mapping[str, Any]) -> bool:
        """Whether a row of the `RECEIVED` schema is of an erased post, in whatever version, or of an erased person's
        time. A post without a time is taken for a new one: it may be."""
        if self.pseudonyms is None:
            return False
        if self.pseudonyms.post(source, row["source_id"]) in self.posts:
            return True
        if row["created_at"] is None or not self.submitters:
            return False
        return any(
            until is not None and row["created_at"] <= until
            for channel in (row["channel"], EVERY_CHANNEL)
            if (until := self.submitters.get(self.pseudonyms.submitter(channel, row["author"]) or ""))
        )

    def name(self, source: str, values: Iterable[str]) -> bool:
        """Whether one of the values of a record that is no post is the id of an erased post or an erased person's
        name."""
        if self.pseudonyms is None:
            return False
        told = set(values)
        if any(self.pseudonyms.post(source, value) in self.posts for value in told):
            return True
        return bool(self.submitters) and any(
            self.pseudonyms.submitter(channel, value) in self.submitters
            for channel in {EVERY_CHANNEL, source, *self.channels}
            for value in told
        )


def load_tombstones(connection: duckdb.DuckDBPyConnection, pseudonyms: Pseudonyms | None) -> Tombstones:
    """What was erased from this warehouse.

    Where anything was, raises `PseudonymKeyMissingError` without a key and `PseudonymKeyChangedError` with another one:
    nothing lands while nobody can tell whether it was erased.
    """
    posts = frozenset(row[0] for row in connection.execute("SELECT post_id FROM erased_posts").fetchall())
    submitters = dict(connection.execute("SELECT submitter_id, until_at FROM erased_submitters").fetchall())
    if not posts and not submitters:
        return Tombstones()
    if pseudonyms is None:
        raise PseudonymKeyMissingError
    require_same_key(connection, pseudonyms)
    channels = frozenset(row[0] for row in connection.execute("SELECT DISTINCT channel FROM landing").fetchall())
    return Tombstones(pseudonyms, posts, submitters, channels)
