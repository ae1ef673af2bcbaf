"""What can go wrong in the operational store.

PortalError
├── StoreUnreachableError      the database cannot be opened or is damaged
├── StoreTooNewError           the database was made by a newer version
└── SubmissionRefusedError     a submission cannot be taken as it is
"""


class PortalError(Exception):
    """Base of every failure in this package; its text is one sentence for a person."""


class StoreUnreachableError(PortalError):
    def __init__(self, url: str, why: str) -> None:
        self.url = url
        super().__init__(f"the portal's store {url} cannot be opened: {why}")


class StoreTooNewError(PortalError):
    def __init__(self, url: str, revision: str) -> None:
        self.url, self.revision = url, revision
        super().__init__(
            f"the portal's store {url} is at revision {revision}, which this version of Lavwa does not know"
        )


class SubmissionRefusedError(PortalError):
    pass
