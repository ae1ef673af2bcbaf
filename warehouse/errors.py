"""What can go wrong in the warehouse.

WarehouseError
├── WarehouseLockedError       another process is writing
├── WarehouseDamagedError      the file is no warehouse any more
├── WarehouseTooNewError       it was made by a newer version
├── MigrationEditedError       a migration that ran was changed afterwards
├── DiskFullError              no room left
├── PseudonymKeyChangedError   its pseudonyms were made with another key
├── PseudonymKeyMissingError   without the key nobody can tell what was erased
├── NothingPublishedError      there is no snapshot to read yet
├── SnapshotOutdatedError      it was published by another version of Lavwa
└── PublicationRefusedError    what would be published is not safe to publish
"""


class WarehouseError(Exception):
    """Base of every failure in this package; its text is one sentence for a person."""


class WarehouseLockedError(WarehouseError):
    def __init__(self, path: str, holder: str) -> None:
        self.path = path
        super().__init__(f"the warehouse {path} is in use by {holder}; wait until it has finished, then try again")


class WarehouseDamagedError(WarehouseError):
    def __init__(self, path: str, why: str) -> None:
        self.path = path
        super().__init__(
            f"the warehouse {path} is damaged ({why}): put your last copy of it back, or move the file away to start "
            "an empty one; nothing was written to it"
        )


class WarehouseTooNewError(WarehouseError):
    def __init__(self, path: str, version: int) -> None:
        self.path, self.version = path, version
        super().__init__(f"the warehouse {path} is at schema version {version}, made by a newer Lavwa: update this one")


class MigrationEditedError(WarehouseError):
    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(f"migration {name} was changed after it had run; restore it and add a new one instead")


class DiskFullError(WarehouseError):
    def __init__(self, path: str) -> None:
        self.path = path
        super().__init__(
            f"no room left to write {path}: free some space and run the same command again, nothing is half-written"
        )


class PseudonymKeyChangedError(WarehouseError):
    def __init__(self) -> None:
        super().__init__(
            "the pseudonym key is not the one that this warehouse was made with: put your copy of it back "
            "(LAVWA_HOME/secrets/pseudonym.key or LAVWA_PSEUDONYM_KEY); if it is lost, move the warehouse away to start"
            " an empty one"
        )


class PseudonymKeyMissingError(WarehouseError):
    def __init__(self) -> None:
        super().__init__(
            "posts were erased from this warehouse, so new ones land only where the pseudonym key is at hand: "
            "without it nobody can tell which of them were erased"
        )


class NothingPublishedError(WarehouseError):
    def __init__(self, folder: str) -> None:
        self.folder = folder
        super().__init__(f"nothing is published in {folder} yet: run `lavwa run` once")


class SnapshotOutdatedError(WarehouseError):
    def __init__(self, version: str) -> None:
        self.version = version
        super().__init__(
            f"the snapshot {version} was published by another version of Lavwa: it can be shown again after the next "
            "`lavwa run`"
        )


class PublicationRefusedError(WarehouseError):
    def __init__(self, what: str, why: str) -> None:
        self.what = what
        super().__init__(
            f"the public snapshot was not published, because {what} {why}; the one before stays: mend "
            "warehouse/public_marts, or declare the column in warehouse/disclosure.py, and run `lavwa run` again"
        )
