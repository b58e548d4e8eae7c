"""A second PostgreSQL server that follows a first one, asynchronously: what it has not received goes with the first."""

from __future__ import annotations

import time

from tests.storage.cluster import Cluster

_TIMEOUT = 30.0


class Standby(Cluster):
    """Made from a running server; takes over by :meth:`promote`."""

    def __init__(self, primary: Cluster) -> None:
        self._primary = primary
        super().__init__()

    def _make(self) -> None:
        place = ("-D", str(self._data), "-h", str(self._primary.folder), "-U", "kubejazz")
        self._run("pg_basebackup", *place, "-R", "-Xstream", "-cfast")

    def fall_behind(self) -> None:
        """Nothing more is received."""
        with self.connection() as connection:
            connection.execute("ALTER SYSTEM SET primary_conninfo = ''")
            connection.execute("SELECT pg_reload_conf()")
            give_up = time.monotonic() + _TIMEOUT
            while connection.execute("SELECT count(*) FROM pg_stat_wal_receiver").fetchall() != [(0,)]:
                assert time.monotonic() < give_up
                time.sleep(0.01)

    def promote(self) -> None:
        with self.connection() as connection:
            assert connection.execute("SELECT pg_promote(true, 30)").fetchall() == [(True,)]
