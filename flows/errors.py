"""What can go wrong in arranging things.

FlowError
├── SettingsError              the settings do not make sense
├── PseudonymKeyError          the key of all pseudonyms cannot be used
├── RunInProgressError         another run holds this home
├── StepFailedError            a step of the pipeline failed
├── EngineFailedError          Prefect did not start
├── NothingToEraseError        nothing here is what was to be erased
├── PortUnusableError          a port or address that a service needs cannot be had
├── ServiceFailedError         a service of `lavwa serve` cannot start or has stopped
├── BackupRefusedError         no backup can be written there, or of this home
├── RestoreRefusedError        a backup cannot be put in place
├── BriefRefusedError          there is no brief of this agency or week
└── TakeAwayFailedError        a file that was asked for on a page could not be made
"""

import errno
from pathlib import Path


class FlowError(Exception):
    """Base of every failure in this package; its text is one sentence for a person."""


class SettingsError(FlowError):
    pass


class PseudonymKeyError(FlowError):
    pass


class RunInProgressError(FlowError):
    def __init__(self, home: str, holder: str) -> None:
        self.home, self.holder = home, holder
        super().__init__(
            f"another lavwa command ({holder}) is writing to {home}; wait until it has finished, then try again"
        )


class StepFailedError(FlowError):
    pass


class EngineFailedError(FlowError):
    pass


class NothingToEraseError(FlowError):
    """`what` is how it was asked for; the words of the request are not repeated, since they may be a person's name."""

    def __init__(self, what: str) -> None:
        self.what = what
        super().__init__(f"nothing of this {what} was found here: check how it is written; nothing was erased")


class PortUnusableError(FlowError):
    def __init__(self, address: str, port: int, setting: str, error: OSError) -> None:
        self.address, self.port, self.setting = address, port, setting
        if error.errno == errno.EADDRINUSE:
            said = (
                f"port {port} is in use by another program: stop that one, or set `{setting}` to another port, "
                "0 for any that is free"
            )
        elif error.errno == errno.EACCES:
            said = f"port {port} is not open to this user: set `{setting}` to a port from 1024 on"
        else:
            said = f"{address} is no address of this machine: set `address` to one, such as 127.0.0.1"
        super().__init__(said)


class ServiceFailedError(FlowError):
    pass


class BackupRefusedError(FlowError):
    def __init__(self, folder: Path, why: str) -> None:
        self.folder, self.why = folder, why
        super().__init__(f"no backup can be written to {folder}: {why}")


class RestoreRefusedError(FlowError):
    def __init__(self, folder: Path, why: str) -> None:
        self.folder, self.why = folder, why
        super().__init__(f"the backup {folder} cannot be restored: {why}; nothing was changed")


class BriefRefusedError(FlowError):
    def __init__(self, why: str) -> None:
        self.why = why
        super().__init__(f"no brief can be written: {why}")


class TakeAwayFailedError(FlowError):
    def __init__(self, why: str) -> None:
        self.why = why
        super().__init__(f"the file could not be made: {why}")
