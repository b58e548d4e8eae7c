"""Prefers nodes that have the pod's images already, the more the larger they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from scheduler.framework import MAX_SCORE, CycleState
from scheduler.handle import Handle
from scheduler.nodeinfo import NodeInfo
from scheduler.podinfo import PodInfo
from scheduler.snapshot import Snapshot
from scheduler.status import SKIP, Status

_MB = 1024 * 1024
_LEAST = 23 * _MB
_MOST_EACH = 1000 * _MB
"""Bytes below which images do not matter, and above which, per container, more do not."""


class ImageLocality:
    name = "ImageLocality"

    def __init__(self, handle: Handle) -> None:
        pass

    def pre_score(
        self, state: CycleState, pod: PodInfo, nodes: Sequence[NodeInfo], snapshot: Snapshot
    ) -> Status | None:
        if not snapshot.image_nodes:
            return SKIP
        images = [image_name(container.get("image") or "") for container in _containers(pod.spec)]
        shares = [(image, snapshot.image_nodes.get(image, 0) / len(snapshot.nodes)) for image in images]
        known = [(image, share) for image, share in shares if share]
        if not known:
            return SKIP
        state.data[self.name] = (known, len(images))
        return None

    def score(self, state: CycleState, pod: PodInfo, nodes: Sequence[NodeInfo]) -> list[int]:
        """An image that few nodes have counts less, lest all pods go there."""
        known, number = state.data[self.name]
        most = _MOST_EACH * number
        return [_score(sum(int(node.images.get(image, 0) * share) for image, share in known), most) for node in nodes]


def _score(size: int, most: int) -> int:
    return MAX_SCORE * (min(max(size, _LEAST), most) - _LEAST) // (most - _LEAST)


def image_name(image: str) -> str:
    """As nodes list it: with its tag."""
    return image if image.rfind(":") > image.rfind("/") else f"{image}:latest"


def _containers(spec: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [*(spec.get("initContainers") or ()), *(spec.get("containers") or ())]
