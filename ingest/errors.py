"""What can go wrong while reading a source.

IngestError
├── FileUnreadableError        the file is not there, or is not what its name says
├── ColumnMissingError         a mapped column is not in the file
└── SourceError                a configured source could not be read
    ├── SourceUnavailableError     down or limiting the rate: worth another try
    └── SourceRefusedError         said no: another try would not help
"""

from collections.abc import Sequence


class IngestError(Exception):
    """Base of every failure in this package; its text is one sentence for a person."""


class FileUnreadableError(IngestError):
    def __init__(self, path: str, why: str) -> None:
        self.path, self.why = path, why
        super().__init__(f"{path}: {why}")


class ColumnMissingError(IngestError):
    def __init__(self, path: str, field: str, column: str, present: Sequence[str]) -> None:
        self.path, self.field, self.column, self.present = path, field, column, tuple(present)
        names = ", ".join(present) or "none"
        super().__init__(
            f"{path} has no column '{column}' for the field '{field}'; its columns are: {names}. "
            f"Say which one holds it with --map {field}=COLUMN"
        )


class SourceError(IngestError):
    def __init__(self, source: str, why: str) -> None:
        self.source, self.why = source, why
        super().__init__(f"source {source}: {why}")


class SourceUnavailableError(SourceError):
    """`retry_after_seconds` is what the source asked for, or None when it said nothing."""

    def __init__(self, source: str, why: str, retry_after_seconds: float | None = None) -> None:
        self.retry_after_seconds = retry_after_seconds
        super().__init__(source, why)


class SourceRefusedError(SourceError):
    pass
