"""A configured source that is a file on this machine, read whole at each run; landing knows what is new."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import tzinfo

from ingest.files import read_file
from ingest.records import DEFAULT_TIMEZONE
from ingest.sources import Cursor, Page


@dataclass(frozen=True)
class FileSource:
    name: str
    path: str
    mapping: Mapping[str, str] = field(default_factory=dict)
    zone: tzinfo = DEFAULT_TIMEZONE
    kind: str = "file"

    def pages(self, cursor: Cursor | None) -> Iterator[Page]:  # noqa: ARG002 - the protocol of every source
        yield Page(read_file(self.path, self.mapping, self.zone))
