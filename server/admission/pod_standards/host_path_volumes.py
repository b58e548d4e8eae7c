"""Check of the node's files."""

from __future__ import annotations

from server.admission.pod_standards.pod import Pod, Problem, some


def host_path_volumes(pod: Pod) -> Problem | None:
    names = [volume.get("name", "") for volume in pod.spec.get("volumes") or () if volume.get("hostPath") is not None]
    return Problem("hostPath volumes", some("volume", names)) if names else None
