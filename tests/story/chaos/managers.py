"""Two managers of controllers, one of which leads; they are killed and started again."""

from __future__ import annotations

import os
import random
import re
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from kubejazz.children import command_line
from kubejazz.parent import environment_of_child
from kubejazz.testing import Kubejazz

SEED = int(os.environ.get("KUBEJAZZ_SEED") or time.time_ns() % 1_000_000)
ROUNDS = int(os.environ.get("KUBEJAZZ_CHAOS", "1"))
"""How often each story is told (`make soak`: 10 times)."""
KILLS = 3 if ROUNDS == 1 else 10
"""During one story, at most."""
LEASE = {"lease-duration": "3s", "renew-deadline": "2.5s", "retry-period": "0.2s"}
PATIENCE = 120.0
"""Seconds until somebody leads, at most."""
PAUSES = (0.05, 1.5)
"""Seconds between a leader's start and its end: less than any story takes."""


class Player:
    """A kubejazz command as a process of its own."""

    def __init__(self, log: Path, *arguments: str) -> None:
        self._log = log
        self._arguments = arguments
        self.start()

    def start(self) -> None:
        self._begins = self._log.stat().st_size if self._log.exists() else 0
        with self._log.open("ab") as output:
            self._process = subprocess.Popen(
                command_line(*self._arguments),
                env=environment_of_child(),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    def leads(self) -> bool:
        """By what it has said last about it since its start: on a busy machine a leader may lose its lease and get it
        back."""
        with self._log.open("rb") as log:
            log.seek(self._begins)
            said = re.findall(rb"leads by lease|lost lease", log.read())
        return bool(said) and said[-1] == b"leads by lease"

    def kill(self) -> None:
        """SIGKILL."""
        self._process.kill()
        self._process.wait()

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(10)


class Managers:
    """``kills``: how often a leader was killed while it led."""

    def __init__(self, server: Kubejazz, folder: Path, number: int) -> None:
        flags = [part for name, value in LEASE.items() for part in (f"--leader-elect-{name}", value)]
        kubeconfig = str(server.kubeconfig_of("controller-manager"))
        self._players = [
            Player(folder / f"{name}.log", "controllers", "--kubeconfig", kubeconfig, "--leader-elect", *flags)
            for name in ("one", "two")
        ]
        self._seed = SEED + number
        self._random = random.Random(self._seed)
        self.number = number
        self.kills = 0

    @property
    def story(self) -> str:
        """What to say when something went wrong."""
        return f"KUBEJAZZ_SEED={self._seed}, {self.kills} kills"

    def stop(self) -> None:
        for player in self._players:
            player.kill()

    def kill_while(self, goes_on: Callable[[], bool]) -> None:
        """Kill leaders at random moments as long as it goes on, but not more than KILLS."""
        stop = threading.Event()
        for _ in range(KILLS):
            leader = self._leader(goes_on)
            stop.wait(self._random.uniform(*PAUSES))
            if leader is None or not goes_on():
                return
            leader.kill()
            self.kills += 1
            leader.start()

    def _leader(self, goes_on: Callable[[], bool]) -> Player | None:
        """The one that leads, waited for."""
        deadline = time.monotonic() + PATIENCE
        while goes_on():
            for player in self._players:
                if player.leads():
                    return player
            assert time.monotonic() < deadline, f"nobody leads: {self.story}"
            time.sleep(0.05)
        return None


@contextmanager
def managers(server: Kubejazz, folder: Path, number: int) -> Iterator[Managers]:
    made = Managers(server, folder, number)
    try:
        yield made
    finally:
        made.stop()
