"""Keyed pseudonyms: the same person or post has the same one, and nobody without the key can tell who it is.

HMAC-SHA256 (RFC 2104). A plain hash would not do: there are 1.1 million phone numbers, all of them can be tried.
"""

import hmac
from dataclasses import dataclass, field

import duckdb

from warehouse.errors import PseudonymKeyChangedError

EVERY_CHANNEL = ""  # no channel is called so


@dataclass(frozen=True)
class Pseudonyms:
    key: bytes = field(repr=False)

    def submitter(self, channel: str, author: str | None) -> str | None:
        """Who said it on this channel; None for nobody known."""
        return self._of("submitter", channel, author.casefold()) if author else None

    def post(self, source: str, source_id: str) -> str:
        return self._of("post", source, source_id)

    def check_value(self) -> str:
        """The same for the same key; tells nothing of it."""
        return self._of("check")

    def _of(self, *parts: str) -> str:
        message = b"\0".join(part.encode() for part in parts)
        return hmac.digest(self.key, message, "sha256").hex()[:24]


def require_same_key(connection: duckdb.DuckDBPyConnection, pseudonyms: Pseudonyms) -> None:
    """Raise `PseudonymKeyChangedError` when this warehouse was made with another key; the first key seen is its own.

    With two keys in one warehouse a post would count twice and a person would be two.
    """
    connection.execute(
        "INSERT INTO pseudonym_key SELECT ? WHERE NOT EXISTS (FROM pseudonym_key)", [pseudonyms.check_value()]
    )
    held = connection.execute("SELECT check_value FROM pseudonym_key").fetchone()
    if held != (pseudonyms.check_value(),):
        raise PseudonymKeyChangedError
