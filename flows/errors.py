"""What can go wrong in arranging things.

FlowError
├── SettingsError              the settings do not make sense
├── RunInProgressError         another run holds this home
└── ServiceFailedError         a service that `lavwa serve` started has stopped
"""


class FlowError(Exception):
    """Base of every failure in this package; its text is one sentence for a person."""


class SettingsError(FlowError):
    pass


class RunInProgressError(FlowError):
    def __init__(self, home: str, holder: str) -> None:
        self.home, self.holder = home, holder
        super().__init__(
            f"another lavwa command ({holder}) is writing to {home}; wait until it has finished, then try again"
        )


class ServiceFailedError(FlowError):
    pass
