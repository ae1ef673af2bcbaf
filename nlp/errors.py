"""What can go wrong in language work.

NlpError
└── TooFewExamplesError        a model cannot be fitted on this
"""


class NlpError(Exception):
    """Base of every failure in this package; its text is one sentence for a person."""


class TooFewExamplesError(NlpError):
    pass
