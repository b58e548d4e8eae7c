"""The trust bundles a pod needs in its projected volumes: without them it does not start.

Source: pkg/volume/projected (collectData), pkg/kubelet/clustertrustbundle; their wording.
"""

from __future__ import annotations

from collections.abc import Iterable

from apimachinery.labels import from_label_selector
from apimachinery.objects import Object


def bundles_of(pod: Object) -> list[tuple[str, Object]]:
    """(name of the volume, source) of those that are not optional."""
    return [
        (volume["name"], source)
        for volume in pod["spec"].get("volumes") or ()
        for part in (volume.get("projected") or {}).get("sources") or ()
        if (source := part.get("clusterTrustBundle")) is not None and not source.get("optional")
    ]


def selected(source: Object, bundles: Iterable[Object]) -> bool:
    """Whether there is one of the signer that the source's selector matches; without a selector none does."""
    selector = from_label_selector(source.get("labelSelector"))
    return any(
        bundle["spec"].get("signerName") == source["signerName"]
        and selector.matches(bundle["metadata"].get("labels") or {})
        for bundle in bundles
    )


def mount_report(volume: str, problem: str) -> str:
    return f'MountVolume.SetUp failed for volume "{volume}" : {problem}'
