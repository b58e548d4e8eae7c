"""Every built-in kind that is stored: the one list."""

from __future__ import annotations

from apimachinery.gvk import GroupKind
from server.kinds import access, core, extension, networking, nodes, volumes, workloads
from server.kinds.spec import KindSpec

KINDS: tuple[KindSpec, ...] = (
    *core.KINDS,
    *workloads.KINDS,
    *networking.KINDS,
    *access.KINDS,
    *volumes.KINDS,
    *extension.KINDS,
    *nodes.KINDS,
)

BY_GROUP_KIND: dict[GroupKind, KindSpec] = {GroupKind(spec.group, spec.kind): spec for spec in KINDS}
