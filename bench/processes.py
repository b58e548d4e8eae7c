"""What the processes of a cluster have used."""

from __future__ import annotations

import contextlib
import os
from collections import defaultdict
from pathlib import Path

_NAMES = {"serve": "the server", "up": "the launcher"}
_TICK = os.sysconf("SC_CLK_TCK")


def cpu_seconds(pid: int) -> dict[str, float]:
    """CPU time of ``kubejazz up`` and of each of its children, by the component's name."""
    used: dict[str, float] = defaultdict(float)
    for process in (pid, *_children(pid)):
        with contextlib.suppress(FileNotFoundError):
            fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
            used[_name(process)] += (int(fields[11]) + int(fields[12])) / _TICK
    return used


def _children(pid: int) -> list[int]:
    listed = Path(f"/proc/{pid}/task/{pid}/children")
    return [int(child) for child in listed.read_text().split()] if listed.exists() else []


def _name(pid: int) -> str:
    """The kubejazz command that it runs."""
    words = Path(f"/proc/{pid}/cmdline").read_bytes().decode().split("\0")
    after = next((index for index, word in enumerate(words) if word.endswith("__main__.py")), 0)
    command = words[after + 1] if after + 1 < len(words) else words[0]
    return _NAMES.get(command, command)
