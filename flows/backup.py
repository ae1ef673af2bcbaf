"""Backups: everything under LAVWA_HOME that cannot be made anew, in one folder, and back from there.

Both are whole or not there: a folder is filled beside its place and put there by one rename. The portal's store is
copied while people work in it; the warehouse while no run is going, so that both tell of one state.
"""

import ctypes
import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path, PurePosixPath

from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

from flows.errors import BackupRefusedError, FlowError, RestoreRefusedError
from flows.home import Home
from flows.settings import Settings, load_settings
from flows.settings_names import SETTINGS_FILE, SETTINGS_VARIABLE, settings_path
from portal.audit.checkpoints import sign_checkpoint, signing_key, verifier_key
from portal.audit.export import verify_store
from portal.audit.log import record
from portal.errors import PortalError
from portal.people import OPERATOR
from portal.store import Store, file_of, open_for_reading, open_store
from portal.upkeep import (
    copy_store,
    damages,
    is_in_use,
    is_unused,
    log_state,
    put_store,
    root_at,
    schema_of,
    settle,
)  # fmt: skip
from warehouse.errors import WarehouseError
from warehouse.pseudonyms import Pseudonyms
from warehouse.publish import POINTER, read_pointer
from warehouse.upkeep import copy_warehouse, examine_warehouse, newest_schema

FORMAT = 1
MANIFEST = "manifest.json"
MADE_ANEW = frozenset({"logs", "prefect", "public"})
COPIED_BY_THEIR_OWNER = frozenset({"store", "published"})
WAIT_SECONDS = 600.0  # longer than a run takes on a day with little news
CHUNK_BYTES = 1 << 20
RENAME_EXCHANGE = 2  # renameat2(2)
AT_FDCWD = -100
LIBC = ctypes.CDLL(None, use_errno=True)
Clock = Callable[[], datetime]


class KeptFile(BaseModel):
    model_config = ConfigDict(frozen=True)

    sha256: str
    size: int
    mode: int


class KeptLog(BaseModel):
    """`root` is that over `size` events, `public_key` that of the key in the backup, None of a log never signed."""

    model_config = ConfigDict(frozen=True)

    size: int
    root: str
    signed_size: int
    public_key: str | None


class Manifest(BaseModel):
    """What a backup holds. `findings` are what was wrong with the home when it was made."""

    model_config = ConfigDict(frozen=True)

    format: int
    lavwa: str
    made_at: AwareDatetime
    store_schema: str
    warehouse_schema: int | None
    has_pseudonym_key: bool
    log: KeptLog
    findings: list[str]
    files: dict[str, KeptFile]

    @property
    def n_bytes(self) -> int:
        return sum(file.size for file in self.files.values())


@dataclass(frozen=True)
class Restored:
    """What came back. `n_lost` counts the events of the log that was there which the backup's does not have yet, None
    where no log was there or none that continues the backup's; `aside` is where the home that was there lies now."""

    made_at: datetime
    n_events: int
    n_lost: int | None
    is_continued: bool | None
    aside: Path | None
    store: str
    has_pseudonym_key: bool
    findings: list[str]


# --- backing up


def back_up(held: Settings, folder: Path, clock: Clock, wait_seconds: float = WAIT_SECONDS) -> Manifest:
    """Write a backup into a new or empty folder, for its owner only, whole or not at all.

    A run in progress is waited for. Raises `BackupRefusedError`, `RunInProgressError`, and what the stores raise.
    """
    target = folder.absolute()
    if target.resolve().is_relative_to(held.place.folder.resolve()):
        raise BackupRefusedError(folder, "it lies in the home itself; name a folder elsewhere, best on another disk")
    if not _has_files(held.place.folder):
        raise BackupRefusedError(folder, f"there is nothing in {held.place.folder} yet")
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise BackupRefusedError(folder, "something is there already; name a new or an empty folder")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with _unfinished(target.parent, ".lavwa-backup") as unfinished, held.place.exclusive(wait_seconds):
            manifest = _fill(held, unfinished, clock())
            os.replace(unfinished, target)
            _settle_folder(target.parent)
    except OSError as error:
        raise BackupRefusedError(folder, f"it cannot be written ({error.strerror})") from error
    return manifest


def _fill(held: Settings, folder: Path, now: datetime) -> Manifest:
    home, kept = held.place, Home(folder)
    kept.warehouse.parent.mkdir(mode=0o700)
    state = None
    if home.warehouse.exists():
        copy_warehouse(home.warehouse, kept.warehouse, held.memory_limit)
        state = examine_warehouse(kept.warehouse, held.memory_limit)
    with closing(open_store(held.portal_url.get_secret_value())) as store:
        copy_store(store, kept.portal_store)
    for path in _plain_files(home):
        with suppress(FileNotFoundError):  # a filter may be setting records aside
            _copy(path, folder / path.relative_to(home.folder))
    if settings_path().exists():
        _copy(settings_path(), folder / SETTINGS_FILE)
    findings = []
    if state and state.key_check and state.key_check != key_check(held):
        findings.append("the pseudonym key is missing or not the one that the warehouse was made with")
    public_key = verifier_key(signing_key(kept.audit_key), held.audit_origin) if kept.audit_key.exists() else None
    with _opened_copy(kept.portal_store) as copy:
        findings += _log_findings(copy, public_key)
        log, schema = log_state(copy), schema_of(copy)
    manifest = Manifest(
        format=FORMAT,
        lavwa=version("lavwa"),
        made_at=now,
        store_schema=schema,
        warehouse_schema=state.schema if state else None,
        has_pseudonym_key=kept.key_file.exists() or not (state and state.key_check),
        log=KeptLog(size=log.size, root=log.root, signed_size=log.signed_size, public_key=public_key),
        findings=findings,
        files={path.relative_to(folder).as_posix(): _described(path) for path in _files(folder)},
    )
    with (folder / MANIFEST).open("w", encoding="utf-8") as stream:
        stream.write(manifest.model_dump_json(indent=1))
        stream.flush()
        os.fsync(stream.fileno())
    return manifest


def _plain_files(home: Home) -> Iterator[Path]:
    """Files that are copied as they are. Names that begin with a dot are of what is not finished."""
    for entry in sorted(home.folder.iterdir()):
        if entry.name not in MADE_ANEW | COPIED_BY_THEIR_OWNER | {SETTINGS_FILE} and not entry.name.startswith("."):
            yield from _files(entry) if entry.is_dir() else [entry] if entry.is_file() else []
    pointer = read_pointer(home.published)
    if pointer and (snapshot := home.published / pointer["snapshot"]).exists():
        yield snapshot
        yield home.published / POINTER


def _files(folder: Path) -> list[Path]:
    return sorted(
        path
        for path in folder.rglob("*")
        if path.is_file() and not any(part.startswith(".") for part in path.relative_to(folder).parts)
    )


def key_check(held: Settings) -> str | None:
    """The check value of the pseudonym key; None where there is none yet, and none is made."""
    if held.pseudonym_key is None and not held.place.key_file.exists():
        return None
    return Pseudonyms(held.pseudonym_key_bytes()).check_value()


def _log_findings(copy: Store, public_key: str | None) -> list[str]:
    found = damages(copy)
    if found:  # nothing in it can be relied on
        return found
    if public_key is not None:
        return verify_store(copy, public_key)
    if log_state(copy).signed_size:
        return ["the audit log was signed, and its key secrets/audit.key is missing"]
    return []


@contextmanager
def _opened_copy(path: Path) -> Iterator[Store]:
    with closing(open_for_reading(f"sqlite:///{path}")) as copy:
        yield copy


# --- restoring


def restore(folder: Path, home: Home, clock: Clock, *, is_replacing: bool = False) -> Restored:
    """Put a backup in the place of a home that holds nothing, or of any with `is_replacing`: that one is moved aside.

    Everything is verified before anything is touched. That it was done becomes an event of the log.

    Raises `RestoreRefusedError`, `RunInProgressError`, and what the stores raise; the home is as before then.
    """
    manifest = read_manifest(folder)
    is_there = _has_files(home.folder)
    if is_there and not is_replacing:
        raise RestoreRefusedError(
            folder, f"{home.folder} holds something already; with --replace that is moved aside, not deleted"
        )
    try:
        with _staged(folder, home) as staging, _held(home, folder, is_there=is_there):
            new = Home(staging)
            new.prepare()
            _take_out(folder, manifest, staging)
            findings = _verified(folder, manifest, new)
            held = settings_after(staging)
            stamp = clock().astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
            url = held.portal_url.get_secret_value()
            is_own = _is_same(file_of(url), home.portal_store)
            if is_own:
                n_lost, is_continued = _compared(home.portal_store, manifest) if is_there else (None, None)
            else:
                n_lost, is_continued = _set_aside_store(url, manifest, new, stamp, folder, is_replacing=is_replacing)
            _record(new, manifest, clock())
            _give_to_owner(staging, home.folder)
            if not is_own:
                with closing(open_store(f"sqlite:///{new.portal_store}")) as copy, closing(open_store(url)) as store:
                    put_store(copy, store)
                new.portal_store.unlink()
            aside = home.folder.with_name(f"{home.folder.name}-replaced-{stamp}") if is_there else None
            try:
                _put_in_place(staging, home.folder, aside)
            except OSError as error:
                if is_own:
                    raise
                raise FlowError(
                    f"the portal's store was restored, and {home.folder} could not be put in place ({error.strerror}): "
                    "run the same command again, with --replace"
                ) from error
    except OSError as error:
        raise RestoreRefusedError(folder, f"{error.strerror} ({error.filename or home.folder})") from error
    with closing(open_for_reading(url)) as store:
        shown = store.shown
    return Restored(
        manifest.made_at, manifest.log.size, n_lost, is_continued, aside, shown, manifest.has_pseudonym_key, findings
    )


def read_manifest(folder: Path) -> Manifest:
    """What a backup says it holds. Raises `RestoreRefusedError` for what this version cannot restore."""
    try:
        found = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        if isinstance(found, dict) and _is_newer(found):
            raise RestoreRefusedError(
                folder, f"it was made by Lavwa {found.get('lavwa')}, and this is {version('lavwa')}: update this one"
            )
        manifest = Manifest.model_validate(found)
    except FileNotFoundError:
        raise RestoreRefusedError(folder, f"there is no {MANIFEST}: name the folder of a backup") from None
    except OSError as error:
        raise RestoreRefusedError(folder, f"its {MANIFEST} cannot be read ({error.strerror})") from error
    except (ValueError, ValidationError):
        raise RestoreRefusedError(folder, f"its {MANIFEST} is damaged: take another backup") from None
    if strange := next((name for name in manifest.files if not _is_inside(name)), None):
        raise RestoreRefusedError(folder, f"its {MANIFEST} names {strange!r}, which is no file of a backup")
    return manifest


def settings_after(folder: Path) -> Settings:
    """The settings that hold in a home with the `lavwa.toml` of this folder, or without one where it has none; as ever
    LAVWA_SETTINGS and the environment win. Raises `SettingsError`."""
    if os.environ.get(SETTINGS_VARIABLE):
        return load_settings()
    file = folder / SETTINGS_FILE
    os.environ[SETTINGS_VARIABLE] = str(file) if file.exists() else os.devnull
    load_settings.cache_clear()
    try:
        return load_settings()
    finally:
        del os.environ[SETTINGS_VARIABLE]
        load_settings.cache_clear()


def _is_newer(manifest: dict[str, object]) -> bool:
    schema = manifest.get("warehouse_schema")
    return (
        _numbers(manifest.get("format")) > (FORMAT,)
        or _numbers(manifest.get("lavwa")) > _numbers(version("lavwa"))
        or (isinstance(schema, int) and schema > newest_schema())
    )


def _numbers(text: object) -> tuple[int, ...]:
    return tuple(int(part) for part in str(text).split(".") if part.isdigit())


def _is_inside(name: str) -> bool:
    path = PurePosixPath(name)
    return not path.is_absolute() and ".." not in path.parts and name != MANIFEST and "\0" not in name


def _take_out(folder: Path, manifest: Manifest, staging: Path) -> None:
    """Copy the files, each compared with the manifest as it is written."""
    for name, kept in manifest.files.items():
        source, target = folder / name, staging / name
        if not source.is_file():
            raise RestoreRefusedError(folder, f"{name} is missing: take another backup")
        _copy(source, target)
        found = _described(target)
        if (found.sha256, found.size) != (kept.sha256, kept.size):
            raise RestoreRefusedError(folder, f"{name} is not as it was written: take another backup")
        target.chmod(kept.mode)


def _verified(folder: Path, manifest: Manifest, new: Home) -> list[str]:
    """What was wrong with the home already when the backup was made; whatever else is wrong is refused."""
    if not new.portal_store.exists():
        raise RestoreRefusedError(folder, "it holds no portal store: take another backup")
    try:
        if new.warehouse.exists():
            examine_warehouse(new.warehouse)
        open_store(f"sqlite:///{new.portal_store}").close()  # brings it to the newest schema
        with _opened_copy(new.portal_store) as copy:
            findings, log = _log_findings(copy, manifest.log.public_key), log_state(copy)
    except (PortalError, WarehouseError) as error:
        raise RestoreRefusedError(folder, f"it cannot be read here ({error})") from error
    known = [finding for finding in findings if finding in manifest.findings]
    if strange := [finding for finding in findings if finding not in manifest.findings]:
        raise RestoreRefusedError(folder, f"its audit log does not hold: {strange[0]}")
    if (log.size, log.root) != (manifest.log.size, manifest.log.root):
        raise RestoreRefusedError(folder, f"its audit log is not the one that its {MANIFEST} tells of")
    return known


def _compared(old: Path, manifest: Manifest) -> tuple[int | None, bool | None]:
    """How many events the log that is there has beyond the backup's, and whether it begins with the backup's."""
    if not old.exists():
        return None, None
    try:
        with _opened_copy(old) as store:
            return _distance(store, manifest)
    except PortalError:  # it may be damaged: that is what backups are for
        return None, None


def _distance(store: Store, manifest: Manifest) -> tuple[int | None, bool | None]:
    size = log_state(store).size
    if size < manifest.log.size:
        return None, False
    is_continued = root_at(store, manifest.log.size) == manifest.log.root
    return size - manifest.log.size if is_continued else None, is_continued


def _set_aside_store(
    url: str, manifest: Manifest, new: Home, stamp: str, folder: Path, *, is_replacing: bool
) -> tuple[int | None, bool | None]:
    """A store elsewhere that holds something is copied into the new home before it is written over."""
    with closing(open_store(url)) as store:
        if is_unused(store):
            return None, None
        if not is_replacing:
            raise RestoreRefusedError(
                folder,
                f"the portal's store {store.shown} holds something already; with --replace that is copied to "
                f"{new.portal_store.parent.name}/ and written over",
            )
        copy_store(store, new.portal_store.with_name(f"portal-replaced-{stamp}.sqlite"))
        return _distance(store, manifest)


def _record(new: Home, manifest: Manifest, now: datetime) -> None:
    """Say in the log that it was restored, from what; and sign it: its checkpoints go on from here."""
    details = {
        "made_at": manifest.made_at.isoformat(), "lavwa": manifest.lavwa, "size": manifest.log.size,
        "root": manifest.log.root,
    }  # fmt: skip
    with closing(open_store(f"sqlite:///{new.portal_store}")) as store:
        with store.session() as session:
            record(
                session, at=now, actor=OPERATOR, action="restored from a backup", subject=None, details=details
            )  # fmt: skip
        if manifest.log.public_key is not None and not manifest.findings:
            sign_checkpoint(store, signing_key(new.audit_key), manifest.log.public_key.partition("+")[0], now)
    settle(new.portal_store)


@contextmanager
def _held(home: Home, folder: Path, *, is_there: bool) -> Iterator[None]:
    """Keep runs out of a home that is to be replaced; people at desks must have left it."""
    if not is_there:
        yield
        return
    with home.exclusive():
        if home.portal_store.exists() and is_in_use(home.portal_store):
            raise RestoreRefusedError(
                folder, f"{home.portal_store} is open in another program: stop `lavwa serve` and the dashboard first"
            )
        yield


@contextmanager
def _staged(folder: Path, home: Home) -> Iterator[Path]:
    """A folder to fill, beside the home, so that it can take its place at once; inside it where that cannot be."""
    parent = home.folder.parent
    parent.mkdir(parents=True, exist_ok=True)
    if os.access(parent, os.W_OK | os.X_OK) and not home.folder.is_mount():
        with _unfinished(parent, f".{home.folder.name}-restoring") as staging:
            yield staging
    elif not _has_files(home.folder):
        home.folder.mkdir(exist_ok=True)
        with _unfinished(home.folder, ".restoring") as staging:
            yield staging
    else:
        raise RestoreRefusedError(
            folder,
            f"{home.folder} cannot be moved aside, since {parent} cannot be written or it is a disk of its own; "
            "restore to a new folder and name that in LAVWA_HOME",
        )


def _put_in_place(new: Path, home: Path, aside: Path | None) -> None:
    """Let the new folder be the home, by one step where the file system has one, and the old one be `aside`."""
    if new.parent == home:
        _move_in(new, home)
        return
    if not home.exists():
        os.rename(new, home)
    else:
        old = aside or new.with_name(f"{new.name}-empty")
        os.rename(new, old)
        if LIBC.renameat2(AT_FDCWD, os.fsencode(old), AT_FDCWD, os.fsencode(home), RENAME_EXCHANGE):
            os.rename(old, new)
            os.rename(home, old)
            os.rename(new, home)
        if aside is None:
            shutil.rmtree(old)
    _settle_folder(home.parent)


def _move_in(new: Path, home: Path) -> None:
    """Into a home that holds nothing and cannot be replaced itself; the stores come last."""
    for entry in sorted(new.iterdir(), key=lambda entry: entry.name == "store"):
        if (home / entry.name).is_dir():
            shutil.rmtree(home / entry.name)
        os.rename(entry, home / entry.name)
    _settle_folder(home)


def _give_to_owner(staging: Path, home: Path) -> None:
    """Open the new home as the old one was, or as any folder; what the superuser restores is for the home's owner."""
    of = home.stat() if home.exists() else None
    staging.chmod(of.st_mode & 0o777 if of else 0o755)
    if os.geteuid() == 0 and of:
        for path in (staging, *staging.rglob("*")):
            os.chown(path, of.st_uid, of.st_gid)


# --- files


@contextmanager
def _unfinished(parent: Path, name: str) -> Iterator[Path]:
    """A folder for the owner only, named after this process, that is gone after the block unless it was moved away.

    What processes that were killed have left goes, too.
    """
    for left in parent.glob(f"{name}-[0-9]*"):
        if not Path("/proc", left.name.rpartition("-")[2]).exists():
            shutil.rmtree(left, ignore_errors=True)
    folder = parent / f"{name}-{os.getpid()}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _has_files(folder: Path) -> bool:
    """Whether a home holds more than the folders that any command makes."""
    names = (path for path in folder.rglob("*") if not path.is_dir())
    return any(path.name != "run.lock" for path in names if not path.relative_to(folder).parts[0].startswith("."))


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with source.open("rb") as stream, open(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as copy:
        shutil.copyfileobj(stream, copy, CHUNK_BYTES)
        copy.flush()
        os.fsync(copy.fileno())
        os.fchmod(copy.fileno(), source.stat().st_mode & 0o777)


def _described(path: Path) -> KeptFile:
    with path.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    of = path.stat()
    return KeptFile(sha256=digest, size=of.st_size, mode=of.st_mode & 0o777)


def _settle_folder(folder: Path) -> None:
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def _is_same(one: Path | None, other: Path) -> bool:
    return one is not None and one.resolve() == other.resolve()
