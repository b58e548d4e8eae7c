"""How the node agent is set up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kubelet.nodes.facts import DEFAULT_CAPACITY


@dataclass(frozen=True, slots=True)
class KubeletConfig:
    """``nodes``: names, at least one; every node gets the same capacity, labels and taints."""

    nodes: tuple[str, ...]
    runtime: str = "hollow"
    rules: Path | None = None
    """The runtime's configuration file; None for its own default."""
    capacity: Mapping[str, str] = field(default_factory=lambda: DEFAULT_CAPACITY)
    labels: Mapping[str, str] = field(default_factory=dict)
    taints: tuple[Mapping[str, Any], ...] = ()
    """Given to a node when it is created, never to one that exists."""
    writers: int = 4
    """Pod statuses that are written at the same time."""
    read_only_port: int = 0
    """Of the port on the loopback interface that shows /metrics/resource; 0: any."""
    event_rate: float = 100.0
    """Events a second, of all nodes together."""
    event_burst: int = 200
