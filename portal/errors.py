"""What can go wrong in the operational store.

PortalError
├── StoreUnreachableError      the database cannot be opened
├── StoreLockedError           another program is writing
├── StoreDamagedError          the file is no database any more
├── StoreFullError             no room left
├── StoreFailedError           the database refused a step
├── StoreTooNewError           the database was made by a newer version
└── SubmissionRefusedError     a submission cannot be taken as it is
"""


class PortalError(Exception):
    """Base of every failure in this package; its text is one sentence for a person."""


class StoreUnreachableError(PortalError):
    def __init__(self, url: str, why: str) -> None:
        self.url = url
        super().__init__(f"the portal's store {url} cannot be opened: {why}")


class StoreLockedError(PortalError):
    def __init__(self, url: str) -> None:
        self.url = url
        super().__init__(f"the portal's store {url} is in use by another program: wait a little, then try again")


class StoreDamagedError(PortalError):
    def __init__(self, url: str) -> None:
        self.url = url
        super().__init__(
            f"the portal's store {url} is damaged: put your last copy of it back; nothing was written to it"
        )


class StoreFullError(PortalError):
    def __init__(self, url: str) -> None:
        self.url = url
        super().__init__(
            f"no room left to write the portal's store {url}: free some space and try again, nothing is half-written"
        )


class StoreFailedError(PortalError):
    """`kind` names the database's own error; its words are left out, since they may quote what a citizen wrote."""

    def __init__(self, url: str, kind: str) -> None:
        self.url, self.kind = url, kind
        super().__init__(f"the portal's store {url} refused a step ({kind}); nothing of it was written")


class StoreTooNewError(PortalError):
    def __init__(self, url: str, revision: str) -> None:
        self.url, self.revision = url, revision
        super().__init__(
            f"the portal's store {url} is at revision {revision}, which this version of Lavwa does not know"
        )


class SubmissionRefusedError(PortalError):
    pass
