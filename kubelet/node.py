"""One node of this process, as the engine sees it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from apimachinery.objects import Object
from kubelet.pods.admission import Ledger
from kubelet.runtimes.runtime import Runtime


@dataclass(frozen=True, slots=True)
class Node:
    name: str
    host_ip: str
    runtime: Runtime
    current: Callable[[], Object]
    """The newest Node object known."""
    ledger: Ledger = field(default_factory=Ledger)
