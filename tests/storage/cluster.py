"""A temporary PostgreSQL server of one's own, from the binaries on the machine."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

import psycopg

_PLACES = ("/usr/local/bin", "/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/opt/homebrew/bin")
_SETTINGS = {
    "listen_addresses": "",
    "shared_buffers": "32MB",
    "max_connections": "60",
    "autovacuum": "off",
}
_FAST = {"fsync": "off", "full_page_writes": "off"}
_START_TIMEOUT = 30.0


class PostgresMissing(Exception):
    pass


def binaries() -> Path:
    """The folder with ``initdb`` and ``postgres``. Raises PostgresMissing."""
    for pattern in (*os.environ.get("PATH", "").split(os.pathsep), *_PLACES):
        anchor = Path("/")
        for folder in sorted(anchor.glob(pattern.lstrip("/")), reverse=True) if pattern else ():
            if (folder / "initdb").exists() and (folder / "postgres").exists():
                return (folder / "postgres").resolve().parent  # where the other programs are, too
    raise PostgresMissing("these tests need PostgreSQL's initdb and postgres: apt-get install postgresql")


class Cluster:
    """Reached by a socket in its own folder, by anyone who can open it. Runs as another user when started by root.

    Not ``durable``: what is written survives its processes, not the machine.
    """

    def __init__(self, *, durable: bool = False) -> None:
        self._settings = _SETTINGS if durable else _SETTINGS | _FAST
        self._binaries = binaries()
        self.folder = Path(tempfile.mkdtemp(prefix="kubejazz-pg-"))
        self._user = self._unprivileged()
        if self._user is not None:
            os.chown(self.folder, self._user.pw_uid, self._user.pw_gid)
        self.folder.chmod(0o755)
        self._process: subprocess.Popen[bytes] | None = None
        self._schemas = 0
        self._make()

    def _make(self) -> None:
        self._run("initdb", "-D", str(self._data), "-U", "kubejazz", "-A", "trust", "-N", "--locale=C", "-E", "UTF8")

    @property
    def _data(self) -> Path:
        return self.folder / "data"

    def _unprivileged(self) -> pwd.struct_passwd | None:
        if os.getuid() != 0:
            return None
        known = {entry.pw_name: entry for entry in pwd.getpwall()}
        return known.get("postgres") or known["nobody"]

    def _popen(self, program: str, *arguments: str) -> subprocess.Popen[bytes]:
        uid, gid = (self._user.pw_uid, self._user.pw_gid) if self._user else (None, None)
        with (self.folder / f"{program}.log").open("ab") as log:
            return subprocess.Popen(
                [str(self._binaries / program), *arguments],
                stdout=log,
                stderr=log,
                cwd=self.folder,
                user=uid,
                group=gid,
                extra_groups=None if uid is None else [],
            )

    def _run(self, program: str, *arguments: str) -> None:
        process = self._popen(program, *arguments)
        assert process.wait() == 0, (self.folder / f"{program}.log").read_text()

    def start(self) -> None:
        settings = [f"--{name}={value}" for name, value in self._settings.items()]
        self._process = self._popen("postgres", "-D", str(self._data), "-k", str(self.folder), *settings)
        give_up = time.monotonic() + _START_TIMEOUT
        while True:
            try:
                psycopg.connect(self.url()).close()
                return
            except psycopg.OperationalError:
                if time.monotonic() > give_up or self._process.poll() is not None:
                    raise RuntimeError((self.folder / "postgres.log").read_text()) from None
                time.sleep(0.02)

    @property
    def running(self) -> bool:
        return self._process is not None

    def stop(self) -> None:
        """At once, as if the power had failed but for the data."""
        if self._process is not None:
            self._process.send_signal(signal.SIGQUIT)
            self._process.wait()
            self._process = None

    def kill(self) -> None:
        """SIGKILL to the server and to everything it has started, in the middle of whatever they do."""
        assert self._process is not None
        postmaster = self._process.pid
        os.kill(postmaster, signal.SIGSTOP)  # or it would start new ones meanwhile
        family = [postmaster, *_children(postmaster)]
        for process in family:
            os.kill(process, signal.SIGKILL)
        self._process.wait()
        self._process = None
        give_up = time.monotonic() + _START_TIMEOUT
        # A new server does not start beside what is left of the old one.
        while any(_is_alive(process) for process in family) and time.monotonic() < give_up:
            time.sleep(0.005)

    def remove(self) -> None:
        self.stop()
        shutil.rmtree(self.folder)

    def url(self, schema: str = "public") -> str:
        return f"postgresql://kubejazz@/postgres?host={self.folder}&options=-csearch_path%3D{schema}"

    def schema(self) -> str:
        """The name of a new, empty schema: as good as a database of one's own, and made in a moment."""
        self._schemas += 1
        name = f"bed{self._schemas}"
        with self.connection() as connection:
            connection.execute(f"CREATE SCHEMA {name}".encode())
        return name

    def connection(self, schema: str = "public") -> psycopg.Connection[tuple[Any, ...]]:
        """In autocommit mode; a context manager that closes it."""
        return psycopg.connect(self.url(schema), autocommit=True)


def _stat(process: int) -> tuple[str, int]:
    """State and parent; raises OSError for one that is gone."""
    state, parent = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[:2]
    return state, int(parent)


def _children(parent: int) -> list[int]:
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                if _stat(int(entry.name))[1] == parent:
                    found.append(int(entry.name))
    return found


def _is_alive(process: int) -> bool:
    try:
        return _stat(process)[0] not in "ZX"
    except OSError:
        return False
