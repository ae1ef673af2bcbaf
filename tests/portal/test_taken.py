"""That whoever takes citizens' words away is logged, without the words."""

import pytest
import sqlalchemy as sa
from toy_cases import NOON, add_account

from portal.errors import NotAllowedError
from portal.models import Account, Event, Role
from portal.store import Store
from portal.taken import record_taken


def events(store: Store) -> list[tuple[str, str | None, dict[str, object] | None]]:
    with store.reading() as session:
        taken = sa.select(Event).where(Event.action == "words taken away").order_by(Event.seq)
        return [(event.actor, event.subject, event.details) for event in session.scalars(taken)]


def test_it_is_logged_who_took_what_and_how_much(store: Store) -> None:
    officer = add_account(store, Role.OFFICER)
    record_taken(store, officer, "issues PUC", 14, NOON)
    assert events(store) == [(f"officer {officer}", None, {"what": "issues PUC", "n_rows": 14})]


@pytest.mark.parametrize("role", [Role.STATISTICIAN, Role.ADMINISTRATOR])
def test_who_may_not_read_what_people_wrote_takes_nothing_away(store: Store, role: Role) -> None:
    account = add_account(store, role)
    with pytest.raises(NotAllowedError, match="may not read what people wrote"):
        record_taken(store, account, "issues", 1, NOON)
    assert events(store) == []


def test_who_was_disabled_meanwhile_takes_nothing_away(store: Store) -> None:
    officer = add_account(store, Role.OFFICER)
    with store.session() as session:
        session.execute(sa.update(Account).where(Account.account_id == officer).values(is_disabled=True))
    with pytest.raises(NotAllowedError):
        record_taken(store, officer, "issues", 1, NOON)
    assert events(store) == []
