"""The processes ``up`` looks after: one per component, restarted when they end, stopped in reverse order."""

from __future__ import annotations

import logging
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from kubejazz.backoff import Backoff
from kubejazz.parent import environment_of_child

LAUNCHER = Path(__file__).resolve().parent / "__main__.py"

log = logging.getLogger("kubejazz.up")


def command_line(*arguments: str) -> list[str]:
    """How to start a kubejazz command as a process of this interpreter, whatever the working directory holds."""
    return [sys.executable, "-P", str(LAUNCHER), *arguments]


@dataclass(slots=True)
class Child:
    """``arguments``: of the kubejazz command; ``descriptors``: passed on to it; ``secrets``: in its environment."""

    name: str
    arguments: tuple[str, ...]
    descriptors: tuple[int, ...] = ()
    secrets: Mapping[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    due: float | None = None
    """When to start it again, by the monotonic clock; None while it runs."""
    _backoff: Backoff = field(default_factory=Backoff)

    def start(self) -> None:
        # A session of its own: Ctrl-C reaches us alone, and we stop the children in order.
        self.process = subprocess.Popen(
            command_line(*self.arguments),
            env={**environment_of_child(), **self.secrets},
            pass_fds=self.descriptors,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
        self.started, self.due = time.monotonic(), None

    @property
    def running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def look_after(self, now: float) -> None:
        """Start it again if it has ended and its pause is over; say so when it ends."""
        if self.due is not None:
            if now >= self.due:
                self.start()
        elif not self.running:
            pause = self._backoff.after(now - self.started)
            self.due = now + pause
            log.warning("%s ended (%s), starting it again in %.0f s", self.name, self.how_it_ended(), pause)

    def how_it_ended(self) -> str:
        code = self.process.returncode if self.process is not None else None
        if code is None:
            return "never started"
        return f"exit code {code}" if code >= 0 else f"killed by {signal.Signals(-code).name}"

    def signal(self, number: int) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(number)


def next_due(children: Sequence[Child], now: float) -> float:
    """Seconds until a child has to be started again; an hour if none has."""
    return min((max(0.0, child.due - now) for child in children if child.due is not None), default=3600.0)


def stop_all(children: Sequence[Child], patience: float) -> None:
    """SIGTERM to all of them at once, SIGKILL to what is left after ``patience`` seconds."""
    for child in children:
        child.signal(signal.SIGTERM)
    deadline = time.monotonic() + patience
    for child in children:
        if child.process is None:
            continue
        try:
            child.process.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            log.warning("%s did not stop in time and was killed", child.name)
            child.signal(signal.SIGKILL)
            child.process.wait()
