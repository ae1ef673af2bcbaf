"""Another model in use: the new one is measured against the one that is, and every change is an event of the log."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from flows.home import Home
from models.comparison import Comparison, compare, unlearned
from models.deployment import Deployment
from models.errors import CandidateRefusedError
from models.promoted import InUse, PromotedModel, Shelf, digest_of, shelf_of
from models.registry import frozen_posts, load_in_use, load_triage, taught_categories
from nlp.triage import Triage
from portal.audit.log import record
from portal.corrections import decided_posts
from portal.store import Store

OPERATOR = "operator"
OWN = "the deployment's own"


@dataclass(frozen=True)
class Promotion:
    """`model` is the one promoted; None where the comparison speaks against it."""

    comparison: Comparison
    model: PromotedModel | None


def promote(
    candidate: Path,
    home: Home,
    deployment: Deployment,
    store: Store,
    encoder_name: str | None,
    clock: Callable[[], datetime],
) -> Promotion:
    """Put a model in use if it is better than the one in use on the frozen test split and worse nowhere beyond noise.

    Whether it was promoted or not is logged with the figures, so that the tries can be counted: who tries often enough
    is lucky once. Raises a `ModelError` for a model that cannot be compared.
    """
    shelf = shelf_of(deployment, home.models)
    before, digest = shelf.read(), digest_of(candidate)
    if before.top is not None and before.top.digest == digest:
        raise CandidateRefusedError(str(candidate), "it is the model in use")
    new = load_triage(deployment, candidate, encoder_name)
    in_use = load_in_use(deployment, home.models, encoder_name)
    _require_same_tasks(candidate, new, in_use, deployment)
    frozen = frozen_posts(deployment, decided_posts(store))
    posts = unlearned(frozen, new, in_use)
    if not posts:
        raise CandidateRefusedError(
            str(candidate),
            f"none of the {len(frozen):,} posts of the frozen test split is new to it and the one in use",
        )
    comparison = compare(new, in_use, posts, deployment.taxonomy)
    figures = comparison.as_json()
    if comparison.objections:
        with store.session() as session:
            record(
                session, at=clock(), actor=OPERATOR, action="model refused", subject=_subject(digest), details=figures
            )
        return Promotion(comparison, None)
    shelf.take_in(candidate, digest)
    now = clock()
    model = PromotedModel(digest, new.model.name, now.isoformat(timespec="seconds"), figures)
    _move(shelf, before, before.with_promoted(model), store, now, "model promoted", digest, figures)
    return Promotion(comparison, model)


def roll_back(
    home: Home, deployment: Deployment, store: Store, clock: Callable[[], datetime]
) -> tuple[PromotedModel, PromotedModel | None]:
    """Go back to the model before; returns the one given up and the one in use now, None for the deployment's own.

    Raises `NoModelBeforeError` where the deployment's own is in use.
    """
    shelf = shelf_of(deployment, home.models)
    before = shelf.read()
    after, given_up = before.rolled_back(), before.models[before.stack[-1]]
    details = {"in_use": after.top.name if after.top else OWN, "given_up": given_up.name}
    _move(shelf, before, after, store, clock(), "model rolled back", given_up.digest, details)
    return given_up, after.top


def _move(
    shelf: Shelf, before: InUse, after: InUse, store: Store, now: datetime, action: str, digest: str,
    details: Mapping[str, Any],
) -> None:  # fmt: skip
    """The pointer moves in the transaction that logs it: whoever moves it next waits for the log."""
    with shelf.moving(before, after) as move, store.session() as session:
        record(session, at=now, actor=OPERATOR, action=action, subject=_subject(digest), details=details)
        move()


def _subject(digest: str) -> str:
    return f"model {digest}"


def _require_same_tasks(folder: Path, new: Triage, in_use: Triage, deployment: Deployment) -> None:
    """Raises `CandidateRefusedError` for a model of other categories, or one that answers less than the one in use."""
    known, taught = set(new.model.tasks["category"].classes), taught_categories(deployment)
    if known - taught:
        raise CandidateRefusedError(
            str(folder), f"it knows categories that the deployment does not have ({_some(known - taught)})"
        )
    if taught - known:
        raise CandidateRefusedError(
            str(folder),
            f"it does not know all categories of the deployment (not {_some(taught - known)}): `lavwa models train` "
            "makes one that does",
        )
    silent = set(in_use.model.tasks) - set(new.model.tasks)
    if silent:
        raise CandidateRefusedError(
            str(folder),
            f"it says nothing of {_some(silent)}, as the model in use does: `lavwa models train` makes one that does",
        )


def _some(names: set[str] | frozenset[str]) -> str:
    first = sorted(names)[:3]
    return ", ".join(first) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
