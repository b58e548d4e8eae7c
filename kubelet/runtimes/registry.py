"""The runtimes a node agent can be started with."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from apimachinery.clock import Clock
from kubelet.runtimes.hollow.rules import DEFAULT_RULES, Rules
from kubelet.runtimes.hollow.runtime import SCHEME, VERSION, HollowRuntime
from kubelet.runtimes.runtime import Runtime

MakeRuntime = Callable[[str], Runtime]
"""Makes one node's runtime; the argument is the CIDR of the node's pods."""


class RuntimeKind(NamedTuple):
    name: str
    version: str
    open: Callable[[Clock, Path | None], MakeRuntime]
    """Called once per process; the path names a configuration file. Raises ValueError in one clear line."""


def _open_hollow(clock: Clock, rules_file: Path | None) -> MakeRuntime:
    rules = Rules.load(rules_file or DEFAULT_RULES)
    return lambda pod_cidr: HollowRuntime(clock, rules, pod_cidr)


RUNTIMES: tuple[RuntimeKind, ...] = (RuntimeKind(SCHEME, VERSION, _open_hollow),)


def runtime_kind(name: str) -> RuntimeKind:
    """Raises ValueError for an unknown name."""
    for kind in RUNTIMES:
        if kind.name == name:
            return kind
    known = ", ".join(kind.name for kind in RUNTIMES)
    raise ValueError(f"unknown runtime {name!r}: known are {known}")
