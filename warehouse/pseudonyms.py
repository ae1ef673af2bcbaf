"""Keyed pseudonyms: the same person or post has the same one, and nobody without the key can tell who it is.

HMAC-SHA256 (RFC 2104). A plain hash would not do: there are 1.1 million phone numbers, all of them can be tried.
"""

import hmac
from dataclasses import dataclass


@dataclass(frozen=True)
class Pseudonyms:
    key: bytes

    def submitter(self, channel: str, author: str | None) -> str | None:
        """Who said it on this channel; None for nobody known."""
        return self._of("submitter", channel, author.casefold()) if author else None

    def post(self, source: str, source_id: str) -> str:
        return self._of("post", source, source_id)

    def _of(self, *parts: str) -> str:
        message = b"\0".join(part.encode() for part in parts)
        return hmac.digest(self.key, message, "sha256").hex()[:24]
