"""That somebody took citizens' words out of the house."""

from datetime import datetime

from portal.audit.log import record
from portal.permissions import Act, require, signed_in
from portal.store import Store


def record_taken(store: Store, account_id: int, what: str, n_rows: int, now: datetime) -> None:
    """Log that a person took a table with `n_rows` of citizens' redacted words away; none of the words is kept.

    Raises a `PortalError`: `NotAllowedError` for whoever may not read what people wrote.
    """
    with store.session() as session:
        account = signed_in(session, account_id)
        require(account, Act.READ)
        actor = f"{account.role.value} {account.account_id}"
        details = {"what": what, "n_rows": n_rows}
        record(session, at=now, actor=actor, action="words taken away", subject=None, details=details)
