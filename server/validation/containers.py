"""Containers of every sort: regular, init, ephemeral.

Source: k8s.io/kubernetes/pkg/apis/core/validation.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from apimachinery.fielderrors import (
    duplicate,
    forbidden,
    invalid,
    not_found,
    not_supported,
    required,
    too_many,
)
from server.validation.checks import Errors, check_label, required_choice, supported
from server.validation.env import check_env, check_env_from
from server.validation.filepaths import check_descending, has_backsteps
from server.validation.handlers import (
    check_container_ports,
    check_host_ports,
    check_lifecycle,
    check_liveness,
    check_readiness,
)
from server.validation.podoptions import PodOptions
from server.validation.resources import check_requirements
from server.validation.securitycontext import check_security_context
from server.validation.volumes import PULL_POLICIES

Source = Mapping[str, Any]

_MESSAGE_POLICIES = ("File", "FallbackToLogsOnError")
_PROPAGATIONS = ("Bidirectional", "HostToContainer", "None")
_RECURSIONS = ("Disabled", "Enabled", "IfPossible")
_RESTART_POLICIES = ("Always", "Never", "OnFailure")
_RESTART_ACTIONS = ("Restart", "RestartAllContainers")
_NOT_FOR_INIT = "may not be set for init containers without restartPolicy=Always"
_NOT_EPHEMERAL = "cannot be set for an Ephemeral Container"
_EPHEMERAL_FORBIDDEN = (
    "ports",
    "resources",
    "resizePolicy",
    "restartPolicy",
    "restartPolicyRules",
    "livenessProbe",
    "readinessProbe",
    "startupProbe",
    "lifecycle",
)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a container's validity depends on beside itself.

    ``volumes``: the pod's valid volumes by name; ``grace``: the pod's grace period in seconds; ``os``: spec.os.name.
    """

    volumes: Mapping[str, Source]
    claims: Collection[str]
    grace: int | None
    os: str | None
    restart_policy: str
    host_users: bool
    options: PodOptions


def check_containers(errors: Errors, containers: Sequence[Source], path: str, around: Surroundings) -> None:
    if not containers:
        errors.append(required(path))
        return
    names: set[str] = set()
    for index, container in enumerate(containers):
        here, name = f"{path}[{index}]", container.get("name") or ""
        _check_common(errors, container, here, around)
        if name in names:
            errors.append(duplicate(f"{here}.name", name))
        names.add(name)
        _check_hooks(errors, container, here, around)
        if container.get("restartPolicy") is not None or container.get("restartPolicyRules"):
            _check_restart_policy(errors, container, here)
    check_host_ports(errors, containers, path)


def check_init_containers(
    errors: Errors, containers: Sequence[Source], regular: Sequence[Source], path: str, around: Surroundings
) -> None:
    names = {container.get("name") or "" for container in regular}
    for index, container in enumerate(containers):
        here, name = f"{path}[{index}]", container.get("name") or ""
        _check_common(errors, container, here, around)
        if container.get("restartPolicy") is not None or container.get("restartPolicyRules"):
            _check_restart_policy(errors, container, here)
        if name in names:
            errors.append(duplicate(f"{here}.name", name))
        elif name:
            names.add(name)
        check_host_ports(errors, (container,), path)
        if container.get("restartPolicy") == "Always":
            _check_hooks(errors, container, here, around)
        else:
            for field in ("lifecycle", "livenessProbe", "readinessProbe", "startupProbe"):
                if container.get(field) is not None:
                    errors.append(forbidden(f"{here}.{field}", _NOT_FOR_INIT))
            if not around.options.restart_to_resize_init:
                _check_no_restart_to_resize(errors, container.get("resizePolicy") or (), f"{here}.resizePolicy")


def _check_no_restart_to_resize(errors: Errors, policies: Sequence[Source], path: str) -> None:
    for index, policy in enumerate(policies):
        if policy.get("restartPolicy") == "RestartContainer":
            problem = "must not be set to 'RestartContainer' for non-sidecar initContainers"
            errors.append(invalid(f"{path}[{index}].restartPolicy", "RestartContainer", problem))


def check_ephemeral_containers(
    errors: Errors, containers: Sequence[Source], others: Sequence[Source], path: str, around: Surroundings
) -> None:
    """``others``: the pod's regular and init containers."""
    known = {container.get("name") or "" for container in others}
    names = set(known)
    for index, container in enumerate(containers):
        here, name = f"{path}[{index}]", container.get("name") or ""
        _check_common(errors, container, here, around)
        check_image_spaces(errors, container, here)
        if name in names:
            errors.append(duplicate(f"{here}.name", name))
        names.add(name)
        target = container.get("targetContainerName")
        if target and target not in known:
            errors.append(not_found(f"{here}.targetContainerName", target))
        for field in _EPHEMERAL_FORBIDDEN:
            if container.get(field):
                errors.append(forbidden(f"{here}.{field}", _NOT_EPHEMERAL))
        for place, mount in enumerate(container.get("volumeMounts") or ()):
            for field in ("subPath", "subPathExpr"):
                if mount.get(field):
                    errors.append(forbidden(f"{here}.volumeMounts[{place}].{field}", _NOT_EPHEMERAL))


def check_image_spaces(errors: Errors, container: Source, path: str) -> None:
    image = container.get("image") or ""
    if image != image.strip():
        problem = "must not have leading or trailing whitespace"
        errors.append(invalid(f"{path}.image", image, problem))


def _check_common(errors: Errors, container: Source, path: str, around: Surroundings) -> None:
    get, options = container.get, around.options
    if name := get("name"):
        check_label(errors, f"{path}.name", name)
    else:
        errors.append(required(f"{path}.name"))
    if not get("image"):
        errors.append(required(f"{path}.image"))
    if get("terminationMessagePolicy") not in _MESSAGE_POLICIES:
        where = f"{path}.terminationMessagePolicy"
        required_choice(errors, where, get("terminationMessagePolicy"), _MESSAGE_POLICIES)
    if ports := get("ports"):
        check_container_ports(errors, ports, f"{path}.ports")
    if env := get("env"):
        check_env(errors, env, f"{path}.env")
    if env_from := get("envFrom"):
        check_env_from(errors, env_from, f"{path}.envFrom")
    mounts, devices = get("volumeMounts"), get("volumeDevices")
    if mounts:
        _check_mounts(errors, mounts, devices or (), container, f"{path}.volumeMounts", around)
    if devices:
        _check_devices(errors, devices, mounts or (), f"{path}.volumeDevices", around)
    if get("imagePullPolicy") not in PULL_POLICIES:
        required_choice(errors, f"{path}.imagePullPolicy", get("imagePullPolicy"), PULL_POLICIES)
    if resources := get("resources"):
        where = f"{path}.resources"
        check_requirements(errors, resources, where, around.claims, any_huge_pages=options.any_huge_pages)
    if policies := get("resizePolicy"):
        _check_resize_policies(errors, policies, f"{path}.resizePolicy", around)
    if context := get("securityContext"):
        check_security_context(errors, context, f"{path}.securityContext", around.host_users)


def _check_hooks(errors: Errors, container: Source, path: str, around: Surroundings) -> None:
    get = container.get
    if (lifecycle := get("lifecycle")) is not None:
        check_lifecycle(errors, lifecycle, around.grace, around.os, f"{path}.lifecycle")
    if (probe := get("livenessProbe")) is not None:
        check_liveness(errors, probe, f"{path}.livenessProbe")
    if (probe := get("readinessProbe")) is not None:
        check_readiness(errors, probe, f"{path}.readinessProbe")
    if (probe := get("startupProbe")) is not None:
        check_liveness(errors, probe, f"{path}.startupProbe")


def _check_restart_policy(errors: Errors, container: Source, path: str) -> None:
    policy, rules = container.get("restartPolicy"), container.get("restartPolicyRules") or ()
    if policy is None:
        problem = "must specify restartPolicy when restart rules are used"
        errors.append(required(f"{path}.restartPolicy", problem))
    else:
        supported(errors, f"{path}.restartPolicy", policy, _RESTART_POLICIES)
    if len(rules) > 20:
        errors.append(too_many(f"{path}.restartPolicyRules", len(rules), 20))
    for index, rule in enumerate(rules):
        here, codes = f"{path}.restartPolicyRules[{index}]", rule.get("exitCodes")
        supported(errors, f"{here}.action", rule.get("action") or "", _RESTART_ACTIONS)
        if codes is None:
            errors.append(required(f"{here}.exitCodes", "must be specified"))
            continue
        supported(errors, f"{here}.exitCodes.operator", codes.get("operator") or "", ("In", "NotIn"))
        if len(codes.get("values") or ()) > 255:
            errors.append(too_many(f"{here}.exitCodes.values", len(codes["values"]), 255))


def _check_resize_policies(errors: Errors, policies: Sequence[Source], path: str, around: Surroundings) -> None:
    seen: set[str] = set()
    for index, policy in enumerate(policies):
        name, restart = policy.get("resourceName") or "", policy.get("restartPolicy") or ""
        if name in seen:
            errors.append(duplicate(f"{path}[{index}]", name))
        seen.add(name)
        required_choice(errors, path, name, ("cpu", "memory"))
        required_choice(errors, path, restart, ("NotRequired", "RestartContainer"))
        if around.restart_policy == "Never" and restart != "NotRequired":
            problem = "must be 'NotRequired' when pod `restartPolicy` is 'Never'"
            errors.append(invalid(path, restart, problem))


def _check_mounts(
    errors: Errors,
    mounts: Sequence[Source],
    devices: Sequence[Source],
    container: Source,
    path: str,
    around: Surroundings,
) -> None:
    taken: set[str] = set()
    device_names = {device.get("name") for device in devices}
    device_paths = {device.get("devicePath") for device in devices}
    for index, mount in enumerate(mounts):
        name, target = mount.get("name") or "", mount.get("mountPath") or ""
        if not name:
            errors.append(required(f"{path}[{index}].name"))
        if name not in around.volumes:
            errors.append(not_found(f"{path}[{index}].name", name))
        if not target:
            errors.append(required(f"{path}[{index}].mountPath"))
        if target in taken:
            errors.append(invalid(f"{path}[{index}].mountPath", target, "must be unique"))
        taken.add(target)
        if name in device_names:
            errors.append(invalid(f"{path}[{index}].name", name, "must not already exist in volumeDevices"))
        if target in device_paths:
            problem = "must not already exist as a path in volumeDevices"
            errors.append(invalid(f"{path}[{index}].mountPath", target, problem))
        if len(mount) > 2:
            _check_mount_options(errors, mount, container, path, f"{path}[{index}]")


def _check_mount_options(errors: Errors, mount: Source, container: Source, path: str, here: str) -> None:
    sub_path, expression = mount.get("subPath"), mount.get("subPathExpr")
    if sub_path:
        check_descending(errors, f"{path}.subPath", sub_path)
    if expression:
        if sub_path:
            problem = "subPathExpr and subPath are mutually exclusive"
            errors.append(invalid(f"{here}.subPathExpr", expression, problem))
        check_descending(errors, f"{path}.subPathExpr", expression)
    propagation = mount.get("mountPropagation")
    if propagation is not None:
        supported(errors, f"{path}.mountPropagation", propagation, _PROPAGATIONS)
        privileged = (container.get("securityContext") or {}).get("privileged")
        if propagation == "Bidirectional" and not privileged:
            problem = "Bidirectional mount propagation is available only to privileged containers"
            errors.append(forbidden(f"{path}.mountPropagation", problem))
    if mount.get("recursiveReadOnly") is not None:
        _check_recursive(errors, mount, f"{path}.recursiveReadOnly")


def _check_recursive(errors: Errors, mount: Source, path: str) -> None:
    value = mount["recursiveReadOnly"]
    if value not in _RECURSIONS:
        errors.append(not_supported(path, value, _RECURSIONS))
    elif value != "Disabled":
        if not mount.get("readOnly"):
            errors.append(forbidden(path, "may only be specified when readOnly is true"))
        if mount.get("mountPropagation") not in (None, "None"):
            problem = "may only be specified when mountPropagation is None or not specified"
            errors.append(forbidden(path, problem))


def _check_devices(
    errors: Errors, devices: Sequence[Source], mounts: Sequence[Source], path: str, around: Surroundings
) -> None:
    names: set[str] = set()
    paths: set[str] = set()
    mount_names = {mount.get("name") for mount in mounts}
    mount_paths = {mount.get("mountPath") for mount in mounts}
    for index, device in enumerate(devices):
        here, name, target = f"{path}[{index}]", device.get("name") or "", device.get("devicePath") or ""
        if not name:
            errors.append(required(f"{here}.name"))
        if name in names:
            errors.append(invalid(f"{here}.name", name, "must be unique"))
        _check_device_volume(errors, name, f"{here}.name", around)
        if not target:
            errors.append(required(f"{here}.devicePath"))
        if target in paths:
            errors.append(invalid(f"{here}.devicePath", target, "must be unique"))
        if has_backsteps(target):
            errors.append(invalid(f"{here}.devicePath", target, "can not contain backsteps ('..')"))
        else:
            paths.add(target)
        if name in mount_names:
            errors.append(invalid(f"{here}.name", name, "must not already exist in volumeMounts"))
        if target in mount_paths:
            problem = "must not already exist as a path in volumeMounts"
            errors.append(invalid(f"{here}.devicePath", target, problem))
        if name:
            names.add(name)


def _check_device_volume(errors: Errors, name: str, path: str, around: Surroundings) -> None:
    volume = around.volumes.get(name)
    if volume is None:
        errors.append(not_found(path, name))
    elif volume.get("persistentVolumeClaim") is None and volume.get("ephemeral") is None:
        problem = "can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode"
        errors.append(invalid(path, name, problem))
