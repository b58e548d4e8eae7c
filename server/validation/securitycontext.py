"""Security contexts of pods and containers. Source: k8s.io/kubernetes/pkg/apis/core/validation."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from apimachinery.fielderrors import duplicate, invalid, not_supported, required, too_long
from apimachinery.names import is_user_or_group_id
from server.validation.checks import Errors, flag, supported
from server.validation.filepaths import check_descending
from server.validation.podoptions import PodOptions
from server.validation.rules import dns_subdomain

Source = Mapping[str, Any]

_SYSCTL = r"([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?"
_sysctl = re.compile(_SYSCTL).fullmatch
_PROFILE_TYPES = ("Localhost", "RuntimeDefault", "Unconfined")
_IPC_SYSCTLS = frozenset(
    {
        "kernel.sem",
        "kernel.shmall",
        "kernel.shmmax",
        "kernel.shmmni",
        "kernel.shm_rmid_forced",
        "kernel.shm",
        "kernel.msgmax",
        "kernel.msgmnb",
        "kernel.msgmni",
        "kernel.msg",
    }
)
_control = re.compile("[\x00-\x1f\x7f]").search
_netbios = re.compile(r"""[^\\/:*?"<>|.][^\\/:*?"<>|]{0,14}""").fullmatch
_DNS_LABEL = "[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?"
_user_domain = re.compile(rf"{_DNS_LABEL}(?:\.{_DNS_LABEL})*").fullmatch
_bad_user = re.compile(r'["/\\:;|=,+*?<>@\[\]]').search
_dots_or_spaces = re.compile(r"[. ]+").fullmatch
CONTAINER_LISTS = ("initContainers", "containers", "ephemeralContainers")


def each_container(spec: Source, path: str) -> Iterator[tuple[Source, str]]:
    """Every container of a pod spec with its path, in upstream's order of visiting."""
    for field in CONTAINER_LISTS:
        for index, container in enumerate(spec.get(field) or ()):
            yield container, f"{path}.{field}[{index}]"


def check_pod_security_context(errors: Errors, spec: Source, path: str, options: PodOptions) -> None:
    """``path`` is that of the pod spec, where the wire form keeps some of the fields."""
    context, here = spec.get("securityContext"), f"{path}.securityContext"
    if context:
        for field in ("fsGroup", "runAsUser", "runAsGroup"):
            _check_id(errors, f"{here}.{field}", context.get(field))
        for index, group in enumerate(context.get("supplementalGroups") or ()):
            _check_id(errors, f"{here}.supplementalGroups[{index}]", group)
    if spec.get("shareProcessNamespace") and spec.get("hostPID"):
        problem = "ShareProcessNamespace and HostPID cannot both be enabled"
        errors.append(invalid(f"{here}.shareProcessNamespace", True, problem))
    if not context:
        return
    if sysctls := context.get("sysctls"):
        _check_sysctls(errors, sysctls, spec, f"{here}.sysctls", options)
    _check_choice(errors, context, here, "fsGroupChangePolicy", ("Always", "OnRootMismatch"))
    check_profiles(errors, context, here)
    _check_choice(errors, context, here, "supplementalGroupsPolicy", ("Merge", "Strict"))
    _check_choice(errors, context, here, "seLinuxChangePolicy", ("MountOption", "Recursive"))


def check_profiles(errors: Errors, context: Source, path: str) -> None:
    """The seccomp, Windows and AppArmor parts, which pods and containers share."""
    if context.get("seccompProfile") is not None:
        _check_seccomp(errors, context["seccompProfile"], f"{path}.seccompProfile")
    if context.get("windowsOptions") is not None:
        _check_windows_options(errors, context["windowsOptions"], f"{path}.windowsOptions")
    if context.get("appArmorProfile") is not None:
        _check_app_armor(errors, context["appArmorProfile"], f"{path}.appArmorProfile")


def check_security_context(errors: Errors, context: Source, path: str, host_users: bool) -> None:
    """A container's."""
    for field in ("runAsUser", "runAsGroup"):
        _check_id(errors, f"{path}.{field}", context.get(field))
    mount = context.get("procMount")
    if mount is not None:
        supported(errors, f"{path}.procMount", mount, ("Default", "Unmasked"))
        if host_users and mount == "Unmasked":
            errors.append(invalid(f"{path}.procMount", mount, "`hostUsers` must be false to use `Unmasked`"))
    if context.get("seccompProfile") is not None:
        _check_seccomp(errors, context["seccompProfile"], f"{path}.seccompProfile")
    if context.get("allowPrivilegeEscalation") is False:
        _check_no_escalation(errors, context, path)
    if context.get("windowsOptions") is not None:
        _check_windows_options(errors, context["windowsOptions"], f"{path}.windowsOptions")
    if context.get("appArmorProfile") is not None:
        _check_app_armor(errors, context["appArmorProfile"], f"{path}.appArmorProfile")


def _check_no_escalation(errors: Errors, context: Source, path: str) -> None:
    if context.get("privileged"):
        problem = "cannot set `allowPrivilegeEscalation` to false and `privileged` to true"
        errors.append(invalid(path, context, problem))
    added = (context.get("capabilities") or {}).get("add") or ()
    problem = "cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN"
    errors.extend([invalid(path, context, problem)] * added.count("CAP_SYS_ADMIN"))


def _check_id(errors: Errors, path: str, value: int | None) -> None:
    if value is not None and not 0 <= value < 1 << 31:
        flag(errors, path, value, is_user_or_group_id(value))


def _check_choice(errors: Errors, context: Source, path: str, field: str, allowed: Sequence[str]) -> None:
    value = context.get(field)
    if value is not None:
        supported(errors, f"{path}.{field}", value, allowed)


def _check_sysctls(errors: Errors, sysctls: Sequence[Source], spec: Source, path: str, options: PodOptions) -> None:
    seen: set[str] = set()
    for index, sysctl in enumerate(sysctls):
        name, here = sysctl.get("name") or "", f"{path}[{index}].name"
        if not name:
            errors.append(required(here))
        elif len(name) > 253 or not _sysctl(name):
            problem = f"must have at most 253 characters and match regex ^{_SYSCTL}$"
            errors.append(invalid(here, name, problem))
        elif name in seen:
            errors.append(duplicate(here, name))
        if not options.any_host_sysctl:
            errors.extend(invalid(here, name, problem) for problem in host_sysctl_problems(name, spec))
        seen.add(name)


def host_sysctl_problems(name: str, spec: Source) -> list[str]:
    """A namespaced sysctl means nothing where the namespace is the host's."""
    name = _normalise_sysctl(name).partition("*")[0]
    if name.startswith("net."):
        return ["may not be specified when 'hostNetwork' is true"] if spec.get("hostNetwork") else []
    if name in _IPC_SYSCTLS or name.startswith("fs.mqueue."):
        return ["may not be specified when 'hostIPC' is true"] if spec.get("hostIPC") else []
    return []


def _normalise_sysctl(name: str) -> str:
    """With dots between the parts: the first separator decides which of ``.`` and ``/`` is which."""
    first = min((place for place in (name.find("."), name.find("/")) if place >= 0), default=-1)
    return name if first < 0 or name[first] == "." else name.translate(str.maketrans("./", "/."))


def _check_seccomp(errors: Errors, profile: Source, path: str) -> None:
    kind, local = profile.get("type") or "", profile.get("localhostProfile")
    if not kind:
        errors.append(required(f"{path}.type", "type is required when seccompProfile is set"))
    elif kind not in _PROFILE_TYPES:
        errors.append(not_supported(f"{path}.type", kind, _PROFILE_TYPES))
    if kind != "Localhost":
        if local is not None:
            problem = "can only be set when seccomp type is Localhost"
            errors.append(invalid(f"{path}.localhostProfile", profile, problem))
    elif local is None:
        errors.append(required(f"{path}.localhostProfile", "must be set when seccomp type is Localhost"))
    else:
        check_descending(errors, f"{path}.localhostProfile", local)


def _check_app_armor(errors: Errors, profile: Source, path: str) -> None:
    kind, local = profile.get("type") or "", profile.get("localhostProfile")
    if kind == "Localhost":
        _check_local_app_armor(errors, local, f"{path}.localhostProfile")
    elif not kind:
        errors.append(required(f"{path}.type", "type is required when appArmorProfile is set"))
    elif kind not in _PROFILE_TYPES:
        errors.append(not_supported(f"{path}.type", kind, _PROFILE_TYPES))
    elif local is not None:
        problem = "can only be set when AppArmor type is Localhost"
        errors.append(invalid(f"{path}.localhostProfile", local, problem))


def _check_local_app_armor(errors: Errors, local: str | None, path: str) -> None:
    if not local:
        errors.append(required(path, "must be set when AppArmor type is Localhost"))
    elif local != local.strip():
        errors.append(invalid(path, local, "must not be padded with whitespace"))
    if local and len(local) > 4095:
        errors.append(too_long(path, 4095))


def _check_windows_options(errors: Errors, options: Source, path: str) -> None:
    name, spec, user = (
        options.get("gmsaCredentialSpecName"),
        options.get("gmsaCredentialSpec"),
        options.get("runAsUserName"),
    )
    if name is not None:
        flag(errors, f"{path}.gmsaCredentialSpecName", name, dns_subdomain(name))
    if spec is not None:
        if not spec:
            problem = "gmsaCredentialSpec cannot be an empty string"
            errors.append(invalid(f"{path}.gmsaCredentialSpec", spec, problem))
        elif len(spec) > 64 * 1024:
            problem = "gmsaCredentialSpec size must be under 64 KiB"
            errors.append(invalid(f"{path}.gmsaCredentialSpec", spec, problem))
    if user is not None:
        errors.extend(invalid(f"{path}.runAsUserName", user, problem) for problem in _user_name_problems(user))


def _user_name_problems(name: str) -> Iterator[str]:
    """``DOMAIN\\user``; the domain may be missing."""
    domain, backslash, user = name.partition("\\")
    if not name:
        yield "runAsUserName cannot be an empty string"
    elif _control(name):
        yield "runAsUserName cannot contain control characters"
    elif "\\" in user:
        yield "runAsUserName cannot contain more than one backslash"
    elif not backslash:
        yield from _user_problems(name)
    else:
        if len(domain) >= 256:
            yield "runAsUserName's Domain length must be under 256 characters"
        if not _netbios(domain) and not _user_domain(domain):
            yield "runAsUserName's Domain doesn't match the NetBios nor the DNS format"
        yield from _user_problems(user)


def _user_problems(user: str) -> Iterator[str]:
    if not user:
        yield "runAsUserName's User cannot be empty"
    elif len(user) > 104:
        yield "runAsUserName's User length must not be longer than 104 characters"
    if _dots_or_spaces(user):
        yield "runAsUserName's User cannot contain only periods or spaces"
    if _bad_user(user):
        yield "runAsUserName's User cannot contain the following characters: \"/\\:;|=,+*?<>@[]"
