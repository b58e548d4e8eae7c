"""What a pod may ask of its operating system: Linux or Windows, the host's namespaces, host processes.

Source: k8s.io/kubernetes/pkg/apis/core/validation.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from apimachinery.fielderrors import forbidden, invalid
from server.validation.checks import Errors
from server.validation.podoptions import PodOptions
from server.validation.securitycontext import each_container

Source = Mapping[str, Any]


def check_host_process(errors: Errors, spec: Source, path: str) -> None:
    """Windows containers that are processes of the host: all of a pod's or none."""
    of_pod = ((spec.get("securityContext") or {}).get("windowsOptions") or {}).get("hostProcess")
    total = count = 0
    for container, here in each_container(spec, path):
        total += 1
        own = ((container.get("securityContext") or {}).get("windowsOptions") or {}).get("hostProcess")
        if of_pod is not None and own is not None and of_pod != own:
            problem = f"pod hostProcess value must be identical if both are specified, was {str(of_pod).lower()}"
            errors.append(invalid(f"{here}.securityContext.windowsOptions.hostProcess", own, problem))
        count += bool(of_pod if own is None else own)
    if not count:
        return
    if count != total:
        problem = "If pod contains any hostProcess containers then all containers must be HostProcess containers"
        errors.append(invalid(path, "", problem))
    if not spec.get("hostNetwork"):
        problem = "hostNetwork must be true if pod contains any hostProcess containers"
        errors.append(invalid(f"{path}.hostNetwork", False, problem))


def check_host_users(errors: Errors, spec: Source, path: str, options: PodOptions) -> None:
    """A user namespace of its own does not go with the host's other namespaces."""
    if spec.get("hostUsers") is not False:
        return
    problem = "when `hostUsers` is false"
    if spec.get("hostNetwork") and not options.user_namespace_host_network:
        errors.append(forbidden(f"{path}.hostNetwork", problem))
    if spec.get("hostPID"):
        errors.append(forbidden(f"{path}.HostPID", problem))
    if spec.get("hostIPC"):
        errors.append(forbidden(f"{path}.HostIPC", problem))
    if not options.devices_in_user_namespace:
        for container, here in each_container(spec, path):
            if container.get("volumeDevices"):
                errors.append(forbidden(f"{here}.volumeDevices", problem))


_NOT_ON_WINDOWS = "cannot be set for a windows pod"
_WINDOWS_POD = (
    ("securityContext", "appArmorProfile"),
    ("securityContext", "seLinuxOptions"),
    ("", "hostUsers"),
    ("", "hostPID"),
    ("", "hostIPC"),
    ("securityContext", "seccompProfile"),
    ("securityContext", "fsGroup"),
    ("securityContext", "fsGroupChangePolicy"),
    ("securityContext", "sysctls"),
    ("", "shareProcessNamespace"),
    ("securityContext", "runAsUser"),
    ("securityContext", "runAsGroup"),
    ("securityContext", "supplementalGroups"),
    ("securityContext", "supplementalGroupsPolicy"),
    ("securityContext", "seLinuxChangePolicy"),
)
_WINDOWS_CONTAINER = (
    "appArmorProfile",
    "seLinuxOptions",
    "seccompProfile",
    "capabilities",
    "readOnlyRootFilesystem",
    "privileged",
    "allowPrivilegeEscalation",
    "procMount",
    "runAsUser",
    "runAsGroup",
)


def check_windows_pod(errors: Errors, spec: Source, path: str) -> None:
    """What only Linux knows may not be set."""
    context = spec.get("securityContext") or {}
    for parent, field in _WINDOWS_POD:
        value = (context if parent else spec).get(field)
        if value is None or (field in ("hostPID", "hostIPC") and not value):
            continue
        where = f"{path}.{parent}.{field}" if parent else f"{path}.{field}"
        errors.append(forbidden(where, _NOT_ON_WINDOWS))
    for container, here in each_container(spec, path):
        own = container.get("securityContext") or {}
        for field in _WINDOWS_CONTAINER:
            if own.get(field) is not None:
                errors.append(forbidden(f"{here}.securityContext.{field}", _NOT_ON_WINDOWS))


def check_linux_pod(errors: Errors, spec: Source, path: str) -> None:
    """What only Windows knows may not be set."""
    problem = "windows options cannot be set for a linux pod"
    if (spec.get("securityContext") or {}).get("windowsOptions") is not None:
        errors.append(forbidden(f"{path}.securityContext.windowsOptions", problem))
    for container, here in each_container(spec, path):
        if (container.get("securityContext") or {}).get("windowsOptions") is not None:
            errors.append(forbidden(f"{here}.securityContext.windowsOptions", problem))
