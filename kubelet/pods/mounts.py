"""Whether the paths within its volumes that a container asks for can be mounted.

Source: pkg/kubelet/kubelet_pods.go makeMounts, pkg/kubelet/container/helpers.go ExpandContainerVolumeMounts, and
pkg/fieldpath for the fields that variables stand for. What only other objects could tell (config maps, secrets) counts
as fine.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from apimachinery.objects import Object

_REFERENCE = re.compile(r"\$\$|\$\(([^)]*)\)")
_SUBSCRIPT = re.compile(r"(metadata\.(?:annotations|labels))\['(.*)'\]")
_PLAIN = ("metadata.name", "metadata.namespace", "metadata.uid", "spec.nodeName", "spec.serviceAccountName")


def mount_error(pod: Object, container: Object) -> str:
    """What is wrong with the first bad mount, "" if nothing is."""
    mounts = [
        mount for mount in container.get("volumeMounts") or () if mount.get("subPath") or mount.get("subPathExpr")
    ]
    if not mounts:
        return ""
    env = environment(pod, container)
    for mount in mounts:
        problem = _path_error(mount, env, open_ended=bool(container.get("envFrom")))
        if problem:
            return problem
    return ""


def environment(pod: Object, container: Object) -> dict[str, str | None]:
    """The variables of the container in their order; None for a value that the pod alone does not tell."""
    env: dict[str, str | None] = {}
    for entry in container.get("env") or ():
        source = entry.get("valueFrom")
        if source is None:
            known = {name: value for name, value in env.items() if value is not None}
            env[entry["name"]] = _REFERENCE.sub(lambda match, k=known: _reference(match, k), entry.get("value") or "")
        else:
            field = source.get("fieldRef")
            env[entry["name"]] = None if field is None else _field(pod, field["fieldPath"])
    return env


def _reference(match: re.Match[str], known: Mapping[str, str]) -> str:
    return "$" if match[0] == "$$" else known.get(match[1], match[0])


def _path_error(mount: Mapping[str, Any], env: Mapping[str, str | None], *, open_ended: bool) -> str:
    path = str(mount.get("subPath") or "")
    if mount.get("subPathExpr"):
        names = {match[1] for match in _REFERENCE.finditer(mount["subPathExpr"]) if match[0] != "$$"}
        if any(env[name] is None if name in env else open_ended for name in names):
            return ""
        missing = sorted(name for name in names if not env.get(name))
        if missing:
            return f"missing value for {', '.join(missing)}"
        known = {name: env[name] or "" for name in names}
        path = _REFERENCE.sub(lambda match: _reference(match, known), mount["subPathExpr"])
    if path.startswith("/"):
        return f"error SubPath `{path}` must not be an absolute path"
    if ".." in path.split("/"):
        return f"unable to provision SubPath `{path}`: must not contain '..'"
    return ""


def _field(pod: Object, path: str) -> str | None:
    """None for what the status tells later."""
    subscript = _SUBSCRIPT.fullmatch(path)
    if subscript is not None:
        return str(_at(pod, subscript[1], {}).get(subscript[2], ""))
    if path in ("metadata.annotations", "metadata.labels"):
        return "\n".join(f"{key}={json.dumps(value)}" for key, value in sorted(_at(pod, path, {}).items()))
    return str(_at(pod, path, "")) if path in _PLAIN else None


def _at(pod: Object, path: str, default: Any) -> Any:
    found: Any = pod
    for part in path.split("."):
        found = found.get(part) or {}
    return found or default
