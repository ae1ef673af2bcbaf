"""What can go wrong in the operational store.

PortalError
├── StoreUnreachableError      the database cannot be opened
├── StoreLockedError           others are writing
├── StoreLostError             the connection broke off
├── StoreForbiddenError        the database's user may not do what is needed
├── StoreDamagedError          the file is no database any more
├── StoreFullError             no room left
├── StoreFailedError           the database refused a step
├── StoreTooNewError           the database was made by a newer version
├── SubmissionRefusedError     a submission cannot be taken as it is
├── UnknownReceiptError        there is no submission of this receipt
├── UnknownCaseError           there is no such case, or none that this person may see
├── NotAllowedError            the person's role, agency or the case's level does not allow the act
├── TransitionError            a case cannot go from where it stands to there
├── ChangedMeanwhileError      somebody else changed the case first
├── DecisionRefusedError       something that the decision needs is missing
├── TopicRefusedError          a topic cannot be steered as asked
│   ├── TopicGoneError         there is no such topic any more
│   ├── TopicChangedError      somebody else changed the topic first
│   ├── TopicLabelError        a topic cannot be called so
│   ├── TopicMergeError        a topic cannot become part of the other one
│   └── TopicNotMergedError    a topic is part of no other one
├── AccountRefusedError        an account cannot be as asked
│   ├── AccountNameError       its name
│   ├── AccountAgencyError     role and agency do not go together
│   ├── AccountEmailError      its e-mail address
│   └── NoSignInError          neither password nor e-mail address
├── AccountTakenError          another account has this name or e-mail address
├── AccountMissingError        there is no account of this name
├── PasswordRefusedError       a password is too easily guessed
├── SignInRefusedError         name and password do not let anybody in
├── IdentityRefusedError       what an OpenID provider says of a person does not let them in
│   ├── IdentityUnknownError   nobody has this e-mail address
│   ├── IdentityUnprovenError  it does not vouch for an e-mail address
│   └── IdentityEndedError     it was said too long ago, or to somebody else
├── EventRefusedError          an event cannot be kept in the audit log
├── EventUnsignedError         no checkpoint covers an event
├── LogDamagedError            the audit log is not what it was
├── ForeignKeyError            the audit log was signed by another key
├── OriginRefusedError         the audit log's name is none
├── SigningKeyError            the audit log's key cannot be used
└── ExportRefusedError         the audit log cannot be written to a folder
"""

from pathlib import Path


class Words(str):
    """English words of a sentence, to be translated like the sentence itself by whoever shows it."""

    __slots__ = ()


class PortalError(Exception):
    """Base of every failure in this package; its text is one sentence for a person, in English.

    `message` is the sentence with `{names}` for its `values`, for whoever shows it in another language: a value that is
    `Words` is a message as well, and a whole number is written as the language writes it.
    """

    def __init__(self, message: str, **values: object) -> None:
        self.message, self.values = message, values
        said = message.format(**{name: _english(value) for name, value in values.items()}) if values else message
        super().__init__(said)


def _english(value: object) -> str:
    return f"{value:,}" if isinstance(value, int) else str(value)


class StoreUnreachableError(PortalError):
    def __init__(self, url: str, why: str) -> None:
        self.url = url
        super().__init__(f"the portal's store {url} cannot be opened: {why}")


class StoreLockedError(PortalError):
    def __init__(self, url: str) -> None:
        self.url = url
        super().__init__("the portal's store {url} is in use by others: wait a little, then try again", url=url)


class StoreLostError(PortalError):
    def __init__(self, url: str) -> None:
        self.url = url
        super().__init__(
            "the connection to the portal's store {url} broke off: do the same again; nothing is half-written", url=url
        )


class StoreForbiddenError(PortalError):
    def __init__(self, url: str) -> None:
        self.url = url
        super().__init__(
            f"the portal's store {url} does not let its user make, read or change tables: make that user the "
            "database's owner; nothing was written"
        )


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
            "no room left to write the portal's store {url}: free some space and try again, nothing is half-written",
            url=url,
        )


class StoreFailedError(PortalError):
    """`kind` names the database's own error; its words are left out, since they may quote what a citizen wrote."""

    def __init__(self, url: str, kind: str) -> None:
        self.url, self.kind = url, kind
        super().__init__(
            "the portal's store {url} refused a step ({kind}); nothing of it was written", url=url, kind=kind
        )


class StoreTooNewError(PortalError):
    def __init__(self, url: str, revision: str) -> None:
        self.url, self.revision = url, revision
        super().__init__(
            f"the portal's store {url} is at revision {revision}, which this version of Lavwa does not know"
        )


class SubmissionRefusedError(PortalError):
    pass


class UnknownReceiptError(PortalError):
    def __init__(self) -> None:
        super().__init__("there is no submission with this receipt: look at every letter and digit of it again")


class UnknownCaseError(PortalError):
    def __init__(self, reference: str) -> None:
        self.reference = reference
        super().__init__("there is no case {reference} that you may see", reference=reference)


class NotAllowedError(PortalError):
    def __init__(self, name: str, act: str) -> None:
        self.name, self.act = name, act
        super().__init__("{name} may not {act}", name=name, act=Words(act))


class TransitionError(PortalError):
    """`before` is the state in which the case is, `after` where the step would have led."""

    def __init__(self, reference: str, step: str, before: str, after: str) -> None:
        self.reference, self.step, self.before, self.after = reference, step, before, after
        super().__init__(
            "case {reference} is {before}: to {step} ({after}) is not possible from there",
            reference=reference, step=Words(step), before=before, after=after,
        )  # fmt: skip


class ChangedMeanwhileError(PortalError):
    def __init__(self, reference: str) -> None:
        self.reference = reference
        super().__init__(
            "someone changed case {reference} while you had it open: look at it again; nothing of yours was written",
            reference=reference,
        )


class DecisionRefusedError(PortalError):
    pass


class TopicRefusedError(PortalError):
    """Base of what is wrong with an act on a topic."""


class TopicGoneError(TopicRefusedError):
    def __init__(self, topic_id: int) -> None:
        self.topic_id = topic_id
        super().__init__(
            "there is no topic {topic} any more: look at the list again; nothing was written", topic=str(topic_id)
        )


class TopicChangedError(TopicRefusedError):
    def __init__(self, topic_id: int) -> None:
        self.topic_id = topic_id
        super().__init__(
            "someone changed topic {topic} while you looked at it: look at it again; nothing of yours was written",
            topic=str(topic_id),
        )


class TopicLabelError(TopicRefusedError):
    """It does not quote the label: that is what a person typed."""

    def __init__(self, longest: int) -> None:
        self.longest = longest
        super().__init__(
            "a topic's name is one line of at most {longest} characters: choose a shorter or plainer one",
            longest=longest,
        )


class TopicMergeError(TopicRefusedError):
    """`why` ends the sentence."""

    def __init__(self, topic_id: int, into: int, why: str) -> None:
        self.topic_id, self.into, self.why = topic_id, into, why
        super().__init__(
            "topic {topic} cannot become part of topic {into}: {why}",
            topic=str(topic_id), into=str(into), why=Words(why),
        )  # fmt: skip


class TopicNotMergedError(TopicRefusedError):
    def __init__(self, topic_id: int) -> None:
        self.topic_id = topic_id
        super().__init__("topic {topic} is part of no other topic: there is no merge to undo", topic=str(topic_id))


class AccountRefusedError(PortalError):
    """Base of what is wrong with an account that somebody asks for."""


class AccountNameError(AccountRefusedError):
    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(
            f"{name!r} is no name for an account: take 2 to 64 of a-z, 0-9, '.', '_' and '-', a letter or digit first"
        )


class AccountAgencyError(AccountRefusedError):
    def __init__(self, role: str, mda: str | None) -> None:
        self.role, self.mda = role, mda
        said = f"is of no agency: leave {mda} out" if mda else "is of one agency: say of which"
        super().__init__(f"an account with the role {role} {said}")


class AccountEmailError(AccountRefusedError):
    def __init__(self, email: str) -> None:
        self.email = email
        super().__init__(f"{email!r} is no e-mail address, such as name@example.sc, in plain ASCII")


class NoSignInError(AccountRefusedError):
    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(f"nobody could sign in as {name!r}: give the account a password or an e-mail address")


class AccountTakenError(PortalError):
    """`what` says what is taken: a name or an e-mail address."""

    def __init__(self, what: str, value: str) -> None:
        self.what, self.value = what, value
        super().__init__(f"the {what} {value} is another account's: take another, or look at `lavwa users list`")


class AccountMissingError(PortalError):
    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(f"there is no account {name!r}: `lavwa users list` prints all")


class PasswordRefusedError(PortalError):
    """`why` ends the sentence and never quotes the password."""

    def __init__(self, why: str) -> None:
        self.why = why
        super().__init__(f"the password {why}: choose another, such as four or five words that do not belong together")


class SignInRefusedError(PortalError):
    """One sentence whatever was wrong, so that it tells nobody which names there are."""

    def __init__(self) -> None:
        super().__init__(
            "this name and password let nobody in: check both; after several wrong passwords in a row wait a minute "
            "before the next, after more wait longer, up to an hour"
        )


class IdentityRefusedError(PortalError):
    """Base of what is wrong with what an OpenID provider says of a person."""


class IdentityUnknownError(IdentityRefusedError):
    """The same for an e-mail address of nobody and for that of a disabled account."""

    def __init__(self) -> None:
        super().__init__(
            "the e-mail address that you signed in with lets nobody in here: ask your operator, or sign out and use "
            "another account"
        )


class IdentityUnprovenError(IdentityRefusedError):
    def __init__(self) -> None:
        super().__init__(
            "where you signed in, nobody vouches that your e-mail address is yours: have it verified there, then sign "
            "out and in again"
        )


class IdentityEndedError(IdentityRefusedError):
    def __init__(self) -> None:
        super().__init__("your sign-in has ended: sign in again")


class EventRefusedError(PortalError):
    def __init__(self, action: str, why: str) -> None:
        self.action, self.why = action, why
        super().__init__(f"the event '{action}' cannot be put into the audit log: {why}")


class EventUnsignedError(PortalError):
    def __init__(self, seq: int) -> None:
        self.seq = seq
        super().__init__(
            "no signed checkpoint covers event {seq} yet: ask again when the next one is signed", seq=str(seq)
        )


class LogDamagedError(PortalError):
    def __init__(self, why: str) -> None:
        self.why = why
        super().__init__(f"the audit log is damaged: {why}; verify it, and compare it with your last copy")


class ForeignKeyError(PortalError):
    def __init__(self, key: str) -> None:
        self.key = key
        super().__init__(
            f"the audit log's last checkpoint is not by the key {key}: put the log's own key and name back"
        )


class OriginRefusedError(PortalError):
    def __init__(self, origin: str) -> None:
        self.origin = origin
        super().__init__(f"{origin!r} cannot name the audit log: give a name without spaces or +, as example.sc/log")


class SigningKeyError(PortalError):
    def __init__(self, path: Path, why: str) -> None:
        self.path, self.why = path, why
        super().__init__(f"the audit log's signing key {path} cannot be used: {why}; put your copy of it back")


class ExportRefusedError(PortalError):
    def __init__(self, folder: Path, why: str) -> None:
        self.folder, self.why = folder, why
        super().__init__(f"the audit log cannot be exported to {folder}: {why}")
