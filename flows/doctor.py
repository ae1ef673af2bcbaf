"""What is wrong with a home, and what to do: asked without writing anything, and without keeping anybody waiting."""

import os
import shutil
import stat
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal, ParamSpec

from flows.backup import key_check
from flows.failures import KNOWN_FAILURES, explain
from flows.home import Home
from flows.ports import programs_at, require_free
from flows.settings import RUNS_MISSED, Settings, load_settings
from flows.settings_names import home_folder, settings_path
from models.deployment import load_deployment
from models.registry import is_built
from portal.audit.checkpoints import signing_key, verifier_key
from portal.audit.export import verify_store
from portal.store import Store, file_of, has_old_schema, open_for_reading
from portal.upkeep import LogState, damages, log_state, newest_at
from warehouse.errors import WarehouseLockedError
from warehouse.readers import open_published
from warehouse.upkeep import WarehouseState, examine_warehouse, newest_schema

State = Literal["ok", "wrong", "left out"]
Clock = Callable[[], datetime]
Asked = ParamSpec("Asked")

LEAST_FREE_BYTES = 1 << 30
MOST_NAMED = 5
SIGNED_WITHIN = timedelta(days=2)  # the pipeline signs once a day, when there is something to sign
CLOCKS_DIFFER_BY = timedelta(days=1)
OTHERS = stat.S_IRWXG | stat.S_IRWXO
OWN_PROGRAMS = ("dashboards/app.py", "flows.schedule", "prefect")
A_RUN_GOES_ON = "a run is going on: ask again when it has finished"


@dataclass(frozen=True, slots=True)
class Finding:
    """What came of one check; where `state` is wrong, `said` is what, and what to do."""

    check: str
    state: State
    said: str


Findings = Iterator[Finding]


def examine_home(clock: Clock) -> list[Finding]:
    """Every check, in order; what the parts of Lavwa raise is what is found."""
    home, now = Home(home_folder()), clock()
    findings = [*_tried("settings", _settings), *_tried("home", _home, home), *_tried("disk", _disk, home)]
    if findings[0].state == "wrong":
        return [*findings, Finding("all else", "left out", "the settings cannot be read")]
    held = load_settings()
    warehouse: list[WarehouseState] = []
    newest: list[datetime] = []
    findings += _tried("warehouse", _warehouse, held, warehouse)
    for state in warehouse:
        findings += _tried("pseudonym key", _pseudonym_key, held, state)
        findings += _tried("sources", _sources, held, state)
        findings += _tried("last run", _last_run, held, state, now)
        newest += [state.newest_at] if state.newest_at else []
    findings += _store_findings(held, newest, now)
    findings += _tried("published", _published, held, warehouse)
    findings += _tried("models", _models, held)
    findings += _tried("clock", _clock, newest, now)
    for port, setting, address in (
        (held.dashboard_port, "dashboard_port", held.address), (held.prefect_port, "prefect_port", "127.0.0.1"),
    ):  # fmt: skip
        findings += _tried(setting, _port, port, setting, address)
    return findings


def _tried(
    check: str, find: Callable[Asked, Findings], *args: Asked.args, **kwargs: Asked.kwargs
) -> list[Finding]:  # fmt: skip
    """What was found up to a failure, and the failure."""
    found: list[Finding] = []
    try:
        found.extend(find(*args, **kwargs))
    except WarehouseLockedError as error:
        found.append(Finding(check, "left out", str(error)))
    except (*KNOWN_FAILURES, OSError) as error:
        found.append(Finding(check, "wrong", explain(error)))
    return found


def _settings() -> Findings:
    load_settings()
    path = settings_path()
    yield Finding("settings", "ok", f"{path}{'' if path.exists() else ' (not there: defaults hold)'}")


def _home(home: Home) -> Findings:
    folder = home.folder
    if not folder.is_dir():
        said = f"there is no folder {folder}: `lavwa run` makes it; is another one meant in LAVWA_HOME?"
        yield Finding("home", "wrong", said)
        return
    if not os.access(folder, os.W_OK | os.X_OK):
        yield Finding("home", "wrong", f"{folder} cannot be written by this user: run Lavwa as the user who owns it")
    owner = folder.stat().st_uid
    private = [path for path in (*home.private_folders, *_inside(home.key_file.parent)) if path.exists()]
    strange = [path for path in [folder, *private, *_inside(home.warehouse.parent)] if path.stat().st_uid != owner]
    if strange:
        yield Finding("home", "wrong", f"{_named(strange)} not owned as {folder} is: give all to its owner (chown -R)")
    is_open = [path for path in private if path.stat().st_mode & OTHERS]
    if home.published.exists() and home.published.stat().st_mode & stat.S_IRWXO:
        is_open.append(home.published)
    if is_open:
        yield Finding("home", "wrong", f"{_named(is_open)} open to others: close with chmod go= (published/: o=)")
    if not strange and not is_open:
        yield Finding("home", "ok", f"{folder}, private folders closed to others")


def _disk(home: Home) -> Findings:
    folder = next(path for path in (home.folder, *home.folder.parents) if path.exists())
    free = shutil.disk_usage(folder).free
    needed = max(LEAST_FREE_BYTES, 2 * sum(path.stat().st_size for path in _inside(home.warehouse.parent)))
    said = f"{_size(free)} free in {folder}"
    if free < needed:
        yield Finding("disk", "wrong", f"{said}, less than {_size(needed)}: free some before a run or backup fails")
    else:
        yield Finding("disk", "ok", said)


def _warehouse(held: Settings, into: list[WarehouseState]) -> Findings:
    path = held.place.warehouse
    if held.place.is_held():
        yield Finding("warehouse", "left out", A_RUN_GOES_ON)
    elif path.exists():
        state = examine_warehouse(path, held.memory_limit)
        into.append(state)
        said = f"{sum(state.rows.values()):,} rows of {len(state.rows)} tables could be read"
        is_old = state.schema < newest_schema()
        yield Finding("warehouse", "ok", said + ("; the next run brings its schema up to date" if is_old else ""))
    elif held.place.published.exists() and any(held.place.published.iterdir()):
        said = f"{path} is gone, and something was published from it: put your last copy back"
        yield Finding("warehouse", "wrong", said)
    else:
        yield Finding("warehouse", "ok", "nothing there yet")


def _pseudonym_key(held: Settings, state: WarehouseState) -> Findings:
    own = key_check(held)
    if state.key_check is None:
        yield Finding("pseudonym key", "ok", "nothing was made with it yet")
    elif own is None:
        said = f"{held.place.key_file} is missing: put your copy of it back before the next run"
        yield Finding("pseudonym key", "wrong", said)
    elif own != state.key_check:
        said = "it is not the one that the warehouse was made with: put your copy of that back"
        yield Finding("pseudonym key", "wrong", said)
    else:
        yield Finding("pseudonym key", "ok", "it is the one that the warehouse was made with")


def _sources(held: Settings, state: WarehouseState) -> Findings:
    pulls = {pull.source: pull for pull in state.pulls}
    for name in held.sources:
        pull = pulls.get(name)
        if pull is None:
            yield Finding(f"source {name}", "ok", "never read yet")
        elif pull.failure:
            yield Finding(f"source {name}", "wrong", f"not read to its end at {_time(pull.ended_at)}: {pull.failure}")
        else:
            yield Finding(f"source {name}", "ok", f"read at {_time(pull.ended_at)}")


def _last_run(held: Settings, state: WarehouseState, now: datetime) -> Findings:
    """A run reads every configured source, whatever comes of it."""
    last = max((pull.ended_at for pull in state.pulls if pull.source in held.sources), default=None)
    if last is None:
        yield Finding("last run", "ok", "none yet")
    elif now - last > held.overdue_after:
        said = f"at {_time(last)}, {_age(now - last)} ago: see that `lavwa serve` runs, or run `lavwa run`"
        yield Finding("last run", "wrong", said)
    else:
        yield Finding("last run", "ok", f"at {_time(last)}")


def _store_findings(held: Settings, newest: list[datetime], now: datetime) -> list[Finding]:
    """A store that nobody had open is read without a lock: what looks wrong there is looked at once more when somebody
    has opened it meanwhile."""
    file = file_of(held.portal_url.get_secret_value())
    found: list[Finding] = []
    for _ in range(2):
        was_open = file is None or file.with_name(f"{file.name}-wal").exists()
        found = _tried("portal store", _store, held, newest, now)
        is_open = file is not None and file.with_name(f"{file.name}-wal").exists()
        if was_open or not is_open or all(finding.state == "ok" for finding in found):
            break
    return found


def _store(held: Settings, newest: list[datetime], now: datetime) -> Findings:
    url = held.portal_url.get_secret_value()
    file = file_of(url)
    if file is not None and not file.exists():
        yield Finding("portal store", "ok", "nothing there yet")
        return
    with closing(open_for_reading(url)) as store:
        if has_old_schema(store):
            yield Finding("portal store", "ok", "the next command brings its schema up to date")
            yield Finding("audit log", "left out", "the portal's store is of an older version")
            return
        if found := damages(store):
            yield Finding("portal store", "wrong", f"{'; '.join(found)}: put your last copy of it back")
            yield Finding("audit log", "left out", "the portal's store is damaged")
            return
        yield Finding("portal store", "ok", f"{store.shown} can be read, its rows fit together")
        if (last := newest_at(store)) is not None:
            newest.append(last)
        yield from _log(store, log_state(store), held, now)


def _log(store: Store, log: LogState, held: Settings, now: datetime) -> Findings:
    path = held.place.audit_key
    if path.exists():
        problems = verify_store(store, verifier_key(signing_key(path), held.audit_origin))
        for said in problems:
            yield Finding("audit log", "wrong", f"{said}: compare with your last backup and with exports")
        if not problems:
            yield Finding("audit log", "ok", f"{log.size:,} events hold, and so do their checkpoints")
    elif log.signed_size:
        yield Finding("audit log", "wrong", f"{path} is missing: put your copy of the key that signed it back")
    else:
        yield Finding("audit log", "ok", f"{log.size:,} events, never signed yet")
    if log.at is not None and log.signed_size < log.size and now - (log.signed_at or log.at) > SIGNED_WITHIN:
        since = f"last signed at {_time(log.signed_at)}" if log.signed_at else "never signed"
        said = f"{since}, and it has grown: `lavwa run` signs it, `lavwa audit export` too"
        yield Finding("checkpoints", "wrong", said)
    elif log.signed_at is not None:
        yield Finding("checkpoints", "ok", f"the last at {_time(log.signed_at)}, over {log.signed_size:,} events")


def _published(held: Settings, warehouse: list[WarehouseState]) -> Findings:
    folder = held.place.published
    if not folder.exists() or not any(folder.iterdir()):
        yield Finding("published", "ok", "nothing yet")
        return
    with closing(open_published(folder)) as snapshot:
        as_of, version = snapshot.as_of, snapshot.version
    newest = next((state.newest_enriched_at for state in warehouse), None)
    allowed = RUNS_MISSED * timedelta(minutes=held.schedule_minutes)
    if newest is not None and (as_of is None or newest - as_of > allowed):
        behind = f"{_age(newest - as_of)} behind" if as_of else "empty, unlike"
        said = f"{version} is {behind} what was triaged: run `lavwa run`, and read what it says of publishing"
        yield Finding("published", "wrong", said)
    else:
        yield Finding("published", "ok", f"{version} opens" + (f", as of {_time(as_of)}" if as_of else ""))


def _models(held: Settings) -> Findings:
    if is_built(load_deployment(held.deployment), held.encoder):
        yield Finding("models", "ok", f"those of {held.deployment} are built")
    else:
        yield Finding("models", "ok", f"those of {held.deployment} are trained anew at the next use: some minutes")


def _clock(newest: list[datetime], now: datetime) -> Findings:
    if newest and now < max(newest) - CLOCKS_DIFFER_BY:
        said = f"this machine says {_time(now)}, and something came in at {_time(max(newest))}: set its clock"
        yield Finding("clock", "wrong", said)
    else:
        yield Finding("clock", "ok", _time(now))


def _port(port: int, setting: str, address: str) -> Findings:
    if port == 0:
        yield Finding(setting, "ok", "any that is free")
    elif not (programs := programs_at(port)):
        require_free(address, port, setting)
        yield Finding(setting, "ok", f"{port} is free")
    elif any(own in program for program in programs for own in OWN_PROGRAMS):
        yield Finding(setting, "ok", f"{port} is Lavwa's")
    else:
        said = f"port {port} is in use by another program: stop that one, or set `{setting}` to another port"
        yield Finding(setting, "wrong", said)


def _inside(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def _named(paths: list[Path]) -> str:
    more = f" and {len(paths) - MOST_NAMED:,} more" if len(paths) > MOST_NAMED else ""
    return f"{', '.join(map(str, paths[:MOST_NAMED]))}{more} {'is' if len(paths) == 1 else 'are'}"


def _time(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M %Z}"


def _age(span: timedelta) -> str:
    hours = span / timedelta(hours=1)
    return f"{hours:.0f} hours" if hours < 48 else f"{hours / 24:.0f} days"


def _size(n_bytes: int) -> str:
    return f"{n_bytes / (1 << 30):,.1f} GiB"
