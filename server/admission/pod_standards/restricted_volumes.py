"""Check of restricted: volumes of some types alone."""

from __future__ import annotations

from server.admission.pod_standards.pod import Pod, Problem, some

_VOLUMES = frozenset(
    (
        "configMap",
        "csi",
        "downwardAPI",
        "emptyDir",
        "ephemeral",
        "image",
        "persistentVolumeClaim",
        "projected",
        "secret",
    )
)


def volume_types(pod: Pod) -> Problem | None:
    bad: list[str] = []
    types: set[str] = set()
    for volume in pod.spec.get("volumes") or ():
        own = {field for field, value in volume.items() if field != "name" and value is not None}
        if not own & _VOLUMES:
            bad.append(volume.get("name", ""))
            types.add(min(own, default="unknown"))
    uses = "uses" if len(bad) == 1 else "use"
    detail = f"{some('volume', bad)} {uses} {some('restricted volume type', sorted(types))}"
    return Problem("restricted volume types", detail) if bad else None
