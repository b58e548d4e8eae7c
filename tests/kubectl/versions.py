"""The stock kubectls of this machine: the one on PATH and those that lie beside it, one of each minor version."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

_NAME = re.compile(r"kubectl([.-]1\.\d+)?")


@dataclass(frozen=True, order=True)
class Binary:
    """``minor``: the 33 of 1.33."""

    minor: int
    path: str

    @property
    def version(self) -> str:
        return f"1.{self.minor}"


@lru_cache(maxsize=1)
def binaries() -> tuple[Binary, ...]:
    """In order of their versions; at least one."""
    found: dict[int, Binary] = {}
    for path in _candidates():
        minor = _minor(path)
        if minor is not None:
            found.setdefault(minor, Binary(minor, str(path)))
    if not found:
        raise FileNotFoundError("kubectl is not installed on this machine: `make tools` says how to get it")
    return tuple(sorted(found.values()))


def _candidates() -> Iterator[Path]:
    folders = [Path(folder) for folder in os.environ.get("PATH", "").split(os.pathsep) if folder]
    plain = shutil.which("kubectl")
    if plain is not None:
        folders.append(Path(plain).resolve().parent)
    for folder in folders:
        if folder.is_dir():
            # Those that name their version first: a plain one may be a dispatcher between them.
            names = sorted((path for path in folder.glob("kubectl*") if _NAME.fullmatch(path.name)), reverse=True)
            yield from names


def _minor(path: Path) -> int | None:
    try:
        done = subprocess.run([path, "version", "--client", "-o", "json"], capture_output=True, text=True, timeout=30)
        version = json.loads(done.stdout)["clientVersion"]
    except (OSError, ValueError, KeyError, subprocess.TimeoutExpired):
        return None
    digits = re.match(r"\d+", version["minor"])
    return int(digits.group()) if digits else None
