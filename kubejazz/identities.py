"""Who the components are. Data only: the certificates' names and groups follow upstream's."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Identity:
    """``file``: the stem of its files in the data directory."""

    file: str
    name: str
    groups: tuple[str, ...] = ()


ADMIN = Identity("admin", "kubernetes-admin", ("system:masters",))
CONTROLLER_MANAGER = Identity("controller-manager", "system:kube-controller-manager")
SCHEDULER = Identity("scheduler", "system:kube-scheduler")

COMPONENTS = (ADMIN, CONTROLLER_MANAGER, SCHEDULER)
"""Those every server knows; nodes ask for certificates of their own when they join."""
