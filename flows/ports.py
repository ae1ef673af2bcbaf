"""Ports of this machine: whether one is free, and who listens there."""

import os
import socket
from contextlib import closing
from pathlib import Path

from flows.errors import PortUnusableError

LISTENING = "0A"


def free_port() -> int:
    """A port of this machine that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def require_free(address: str, port: int, setting: str) -> None:
    """Raise `PortUnusableError`, which names the setting to change, when a service could not listen there."""
    try:
        family, kind, protocol, _, target = socket.getaddrinfo(address, port, type=socket.SOCK_STREAM)[0]
        with closing(socket.socket(family, kind, protocol)) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # what closed a moment ago is no hindrance
            probe.bind(target)
            probe.listen()
    except OSError as error:
        raise PortUnusableError(address, port, setting, error) from error


def is_served_by(process_group: int, port: int) -> bool:
    """Whether a process of the group listens on the port, as Linux's /proc tells it."""
    sockets = {f"socket:[{inode}]" for inode in _listening_inodes(port)}
    return any(sockets & _open_files(process) for process in _members(process_group))


def programs_at(port: int) -> list[str]:
    """The command lines of those who listen on the port, "" of one that this user may not look at."""
    sockets = {f"socket:[{inode}]" for inode in _listening_inodes(port)}
    found = [process for process in Path("/proc").glob("[0-9]*") if sockets & _open_files(process)]
    return [_command_line(process) for process in found] or [""] * bool(sockets)


def _command_line(process: Path) -> str:
    try:
        return (process / "cmdline").read_text(encoding="utf-8", errors="replace").replace("\0", " ")
    except OSError:  # it has ended meanwhile
        return ""


def _listening_inodes(port: int) -> set[str]:
    found = set()
    for table in ("tcp", "tcp6"):
        try:
            lines = Path("/proc/net", table).read_text(encoding="ascii").splitlines()[1:]
        except OSError:  # no IPv6 here
            continue
        for line in lines:
            fields = line.split()
            if fields[3] == LISTENING and int(fields[1].rpartition(":")[2], 16) == port:
                found.add(fields[9])
    return found


def _members(process_group: int) -> list[Path]:
    members = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            group = (process / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()[2]
        except OSError:  # it has ended meanwhile
            continue
        if int(group) == process_group:
            members.append(process)
    return members


def _open_files(process: Path) -> set[str]:
    found = set()
    try:
        for file in (process / "fd").iterdir():
            found.add(os.readlink(file))
    except OSError:  # it has closed one, or ended, meanwhile
        pass
    return found
