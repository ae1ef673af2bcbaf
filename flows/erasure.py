"""Erasing what people said, wherever it lies under LAVWA_HOME.

The order makes it safe to be cut at any moment: what tells whom a request means goes last, so the same command finds
the rest again. Set-aside files come first, then the operational store in one unit of work with the log's event, then
the warehouse in one transaction with the tombstones. From then on it is finished by the same command or by the next
run: groups, topics, questions, routes and marts are made anew from what has words, older snapshots are removed, and
both stores are written anew, so that their files hold no byte of it.
"""

from collections.abc import Callable, Collection, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime

from flows.errors import NothingToEraseError
from flows.home import Home
from flows.settings import Settings
from flows.stages.ingest import utc_now
from flows.stages.merge import merge_posts
from flows.stages.publish import publish_snapshot
from flows.stages.publish_public import publish_public_snapshot
from flows.stages.route import route_groups
from flows.stages.set_aside import file_name, remove_records
from models.deployment import load_deployment
from portal.erasure import erase_said, held_posts, receipts_of, scrub, submissions_of, with_followers
from portal.store import Store, open_store
from warehouse.database import open_warehouse
from warehouse.erasure import (
    ERASURE,
    FoundPost,
    Key,
    clear_traces,
    compact,
    erase_posts,
    find_posts,
    find_posts_of,
    keys_meant,
    submitter_meant,
    traces,
)
from warehouse.pseudonyms import Pseudonyms, require_same_key
from warehouse.publish import read_pointer, remove_older_snapshots
from warehouse.tombstones import load_tombstones

PORTAL = "portal"  # source and channel of submissions
Clock = Callable[[], datetime]


@dataclass(frozen=True)
class Keeping:
    """Where things are kept, for whoever holds the home."""

    home: Home
    memory_limit: str
    store: Store
    pseudonyms: Pseudonyms


@dataclass(frozen=True, slots=True)
class Receipt:
    """A submission to the portal, and every one that follows it."""

    reference: str
    word: str = "receipt"


@dataclass(frozen=True, slots=True)
class Post:
    """A post in all its versions, by its pseudonym or as SOURCE:SOURCE_ID."""

    name: str
    word: str = "post"


@dataclass(frozen=True, slots=True)
class Author:
    """All that a person has said until now on a channel, None for every channel."""

    name: str
    channel: str | None
    word: str = "author"


@dataclass(frozen=True, slots=True)
class DeletedAtSource:
    """Posts that their source has deleted, by its own ids."""

    source: str
    source_ids: frozenset[str]
    word: str = "deleted at the source"


Asked = Receipt | Post | Author | DeletedAtSource


@dataclass(frozen=True)
class Found:
    """What a request means. `posts` have landed and still have words; `post_ids` are these, submissions and posts that
    only cases hold; `keys` are sources and their own ids, for set-aside files. `tombstones` are those that stand
    already: where there are some, but no posts, all was erased before."""

    asked: Asked
    posts: list[FoundPost]
    post_ids: frozenset[str]
    references: frozenset[str]
    submitters: frozenset[str]
    keys: frozenset[Key]
    tombstones: frozenset[str]

    @property
    def is_known(self) -> bool:
        """Whether there is anything of it, or was before it was erased."""
        return bool(self.post_ids or self.tombstones)

    @property
    def channels(self) -> list[str]:
        return sorted({channel for post in self.posts for channel in post.channels})


@dataclass(frozen=True, slots=True)
class Erased:
    """How much of each lost its words, and how many set-aside records and older snapshots were removed."""

    request: str
    posts: int = 0
    versions: int = 0
    submissions: int = 0
    cases: int = 0
    events: int = 0
    replies: int = 0
    set_aside: int = 0
    snapshots: int = 0


def erase(settings: Settings, asked: Asked, clock: Clock = utc_now) -> Erased:
    """Erase what is asked for, to the last byte that lies under the home.

    Raises `NothingToEraseError` where nothing here is or was meant, `RunInProgressError`, `PortalError` or
    `WarehouseError`; after a failure the same command goes on where it stopped.
    """
    with settings.place.exclusive(), keeping(settings) as kept:
        erased = erase_held(kept, asked, clock())
        if erased is None:
            raise NothingToEraseError(asked.word)
        return replace(erased, snapshots=remove_traces(kept, settings, clock))


def look_for(settings: Settings, asked: Asked) -> Found:
    """What `erase` would erase now, set-aside records apart. Raises as `erase`, but not that there is nothing."""
    with settings.place.exclusive(), keeping(settings) as kept:
        return _find(kept, asked)


@contextmanager
def keeping(settings: Settings) -> Iterator[Keeping]:
    """What erasing works on, opened. The home is the caller's to hold."""
    pseudonyms = Pseudonyms(settings.pseudonym_key_bytes())
    with closing(open_store(settings.portal_url.get_secret_value())) as store:
        yield Keeping(settings.place, settings.memory_limit, store, pseudonyms)


def erase_deleted(kept: Keeping, source: str, source_ids: Collection[str], now: datetime) -> Erased | None:
    """Erase posts that their source has deleted, for whoever reads the source and holds the home.

    Ids that never landed are passed over; None where that is all of them. `remove_traces`, at the end of the run,
    finishes it.
    """
    return erase_held(kept, DeletedAtSource(source, frozenset(source_ids)), now)


def erase_held(kept: Keeping, asked: Asked, now: datetime) -> Erased | None:
    """As `erase`, up to the point from which `remove_traces` finishes it; None where nothing here is or was meant.

    The home is the caller's to hold.
    """
    found = _find(kept, asked)
    n_set_aside = remove_records(kept.home.set_aside, _record_filter(found))
    if not found.is_known and not n_set_aside:
        return None
    rows = erase_said(
        kept.store,
        references=found.references,
        post_ids=found.post_ids,
        authors={author for post in found.posts for author in post.authors},
        texts={text for post in found.posts for text in post.texts},
        n_elsewhere=len(found.posts),
        request=asked.word,
        now=now,
    )
    # Where only set-aside records were meant, none of its posts shall ever land.
    post_ids = found.post_ids if found.is_known else {kept.pseudonyms.post(*key) for key in found.keys}
    if found.posts or rows.submissions or rows.posts or not post_ids | found.submitters <= found.tombstones:
        with open_warehouse(kept.home.warehouse, memory_limit=kept.memory_limit) as connection:
            erase_posts(connection, found.posts, post_ids, found.submitters, now)
    return Erased(
        asked.word,
        posts=len(found.posts),
        versions=sum(post.n_versions for post in found.posts),
        submissions=rows.submissions,
        cases=rows.cases,
        events=rows.events,
        replies=rows.replies,
        set_aside=n_set_aside,
    )


def remove_traces(kept: Keeping, settings: Settings, clock: Clock) -> int:
    """Finish what was erased, or forgotten by age, since the last time; returns how many snapshots were removed.

    Does nothing where nothing was. Raises a `PortalError` or `WarehouseError`; the next time does the rest.
    """
    with open_warehouse(kept.home.warehouse, memory_limit=kept.memory_limit) as connection:
        reasons = traces(connection)
    if not reasons:
        return 0
    n_snapshots = 0
    if ERASURE in reasons:
        deployment = load_deployment(settings.deployment)
        merge_posts(kept.home, kept.memory_limit, deployment.stop_words, clock)
        route_groups(kept.home, kept.memory_limit, clock)
        if read_pointer(kept.home.published) is not None:
            publish_snapshot(kept.home, kept.memory_limit, deployment, settings.keep_snapshots, settings.timezone)
            publish_public_snapshot(kept.home, kept.memory_limit, settings.keep_snapshots, settings.timezone, clock)
            n_snapshots = remove_older_snapshots(kept.home.published)
            remove_older_snapshots(kept.home.public)
    scrub(kept.store)
    compact(kept.home.warehouse, memory_limit=kept.memory_limit)
    with open_warehouse(kept.home.warehouse, memory_limit=kept.memory_limit) as connection:
        clear_traces(connection)
    return n_snapshots


def _find(kept: Keeping, asked: Asked) -> Found:
    pseudonyms, store = kept.pseudonyms, kept.store
    with open_warehouse(kept.home.warehouse, memory_limit=kept.memory_limit) as connection:
        require_same_key(connection, pseudonyms)
        keys, names, submitters = _named(asked), set[str](), set[str]()
        if isinstance(asked, Post):
            names = {asked.name}
        elif isinstance(asked, Author):
            by_them = find_posts_of(connection, pseudonyms, asked.name, asked.channel)
            keys |= {(post.source, post.source_id) for post in by_them}
            if asked.channel in (None, PORTAL):
                keys |= {(PORTAL, reference) for reference in submissions_of(store, asked.name)}
            submitters = {submitter_meant(pseudonyms, asked.name, asked.channel)}
        names |= {pseudonyms.post(*key) for key in keys}
        keys |= {(post.source, post.source_id) for post in find_posts(connection, pseudonyms, names)}
        said = {source_id for source, source_id in keys if source == PORTAL}
        references = with_followers(store, said | receipts_of(store, names))
        keys |= {(PORTAL, reference) for reference in references}
        names |= {pseudonyms.post(*key) for key in keys}
        posts = find_posts(connection, pseudonyms, names)
        tombstones = load_tombstones(connection, pseudonyms)
    post_ids = {post.post_id for post in posts} | held_posts(store, names)
    post_ids |= {pseudonyms.post(PORTAL, reference) for reference in references}
    known = (names & tombstones.posts) | (submitters & tombstones.submitters.keys())
    return Found(
        asked, posts, frozenset(post_ids), frozenset(references), frozenset(submitters), frozenset(keys),
        frozenset(known),
    )  # fmt: skip


def _named(asked: Asked) -> set[Key]:
    """Sources and their own ids that a request names."""
    match asked:
        case Receipt(reference):
            return {(PORTAL, reference)}
        case Post(name):
            return set(keys_meant(name))
        case DeletedAtSource(source, source_ids):
            return {(source, source_id) for source_id in source_ids}
        case Author():
            return set()


def _record_filter(found: Found) -> Callable[[str, set[str]], bool]:
    """Tells of a set-aside record, by how its file's name begins and by its values, whether it is of a post that is
    meant, or holds its words, or is by the person who is meant."""
    ids: dict[str, set[str]] = {}
    for source, source_id in found.keys:
        ids.setdefault(file_name(source), set()).add(source_id)
    texts = {text.strip() for post in found.posts for text in post.texts}
    author = found.asked if isinstance(found.asked, Author) else None
    channel = author.channel if author else None
    files = {file_name(channel or ""), *(file_name(post.source) for post in found.posts if channel in post.channels)}

    def is_meant(file: str, values: set[str]) -> bool:
        if not values.isdisjoint(ids.get(file, ())) or not values.isdisjoint(texts):
            return True
        if author is None or author.name.casefold() not in {value.casefold() for value in values}:
            return False
        return channel is None or channel in values or file in files

    return is_meant
