"""The Pod Security Standards: what a pod's spec may not have, by level and by version of the standard. Pure.

Source: k8s.io/pod-security-admission/policy, in its order and wording.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from apimachinery.fielderrors import quote
from apimachinery.objects import Object

_USER_NAMESPACES = 35  # from this minor version on, pods in user namespaces of their own are trusted with more
_BUILTIN_CAPABILITIES = frozenset(
    (
        "AUDIT_WRITE",
        "CHOWN",
        "DAC_OVERRIDE",
        "FOWNER",
        "FSETID",
        "KILL",
        "MKNOD",
        "NET_BIND_SERVICE",
        "SETFCAP",
        "SETGID",
        "SETPCAP",
        "SETUID",
        "SYS_CHROOT",
    )
)
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
_SYSCTLS = (
    (0, "kernel.shm_rmid_forced net.ipv4.ip_local_port_range net.ipv4.tcp_syncookies net.ipv4.ping_group_range"),
    (0, "net.ipv4.ip_unprivileged_port_start"),
    (27, "net.ipv4.ip_local_reserved_ports"),
    (29, "net.ipv4.tcp_keepalive_time net.ipv4.tcp_fin_timeout net.ipv4.tcp_keepalive_intvl"),
    (29, "net.ipv4.tcp_keepalive_probes"),
    (32, "net.ipv4.tcp_rmem net.ipv4.tcp_wmem"),
)
_PROFILES = ("RuntimeDefault", "Localhost")
_APPARMOR = "container.apparmor.security.beta.kubernetes.io/"
_SECCOMP_POD = "seccomp.security.alpha.kubernetes.io/pod"
_SECCOMP_CONTAINER = "container.seccomp.security.alpha.kubernetes.io/"


class Pod(NamedTuple):
    """What is looked at: a pod's or a template's."""

    annotations: Mapping[str, str]
    spec: Object
    minor: int

    def containers(self) -> Iterator[tuple[str, Object, Any]]:
        """(name, container, security context) of every container."""
        for field in ("initContainers", "containers", "ephemeralContainers"):
            for container in self.spec.get(field) or ():
                yield container.get("name", ""), container, container.get("securityContext") or {}

    def context(self) -> Any:
        return self.spec.get("securityContext") or {}

    def is_windows(self) -> bool:
        return self.minor >= 25 and (self.spec.get("os") or {}).get("name") == "windows"

    def has_own_users(self) -> bool:
        return self.minor >= _USER_NAMESPACES and self.spec.get("hostUsers") is False


Check = Callable[[Pod], tuple[str, str] | None]
"""None, or (reason, detail)."""


def problems(level: str, minor: int, metadata: Object, spec: Object) -> str:
    """What the standard forbids of the pod, as one text; "" when nothing. ``minor`` is the version's."""
    if level == "privileged":
        return ""
    pod = Pod(metadata.get("annotations") or {}, spec, minor)
    checks = _BASELINE if level == "baseline" else _restricted(minor)
    found = [problem for problem in (check(pod) for check in checks) if problem]
    return ", ".join(f"{reason} ({detail})" if detail else reason for reason, detail in found)


def _restricted(minor: int) -> Sequence[Check]:
    """All of the baseline, except for what a stricter check takes the place of."""
    replaced: set[Check] = {_host_path_volumes}
    stricter: list[Check] = []
    for since, check, instead in _RESTRICTED:
        if minor >= since:
            stricter.append(check)
            replaced |= {instead} if instead else set()
    return [*(check for check in _BASELINE if check not in replaced), *stricter]


def _quoted(items: Iterable[object]) -> str:
    return ", ".join(f'"{item}"' for item in items)


def _some(what: str, items: Sequence[object]) -> str:
    return f"{what}{'' if len(items) == 1 else 's'} {_quoted(items)}"


def _setters(pod_is_bad: bool, names: Sequence[str]) -> str:
    """Who has it: the pod, containers, or both; "" for nobody."""
    return " and ".join([*(["pod"] if pod_is_bad else []), *([_some("container", names)] if names else [])])


# -- baseline ----------------------------------------------------------------------------------------------------------


def _app_armor(pod: Pod) -> tuple[str, str] | None:
    own = (pod.context().get("appArmorProfile") or {}).get("type")
    every = {name: (sc.get("appArmorProfile") or {}).get("type") for name, _, sc in pod.containers()}
    bad: dict[str, str] = {name: type for name, type in every.items() if type is not None and type not in _PROFILES}
    own_bad = own is not None and own not in _PROFILES
    annotations = sorted(
        f"{key}={quote(value)}"
        for key, value in pod.annotations.items()
        if key.startswith(_APPARMOR) and value not in ("", "runtime/default") and not value.startswith("localhost/")
    )
    values = [*sorted({*bad.values(), *([str(own)] if own_bad else [])}), *annotations]
    setters = _setters(own_bad, list(bad))
    if annotations:
        setters = " and ".join(filter(None, (setters, "annotation" if len(annotations) == 1 else "annotations")))
    if not setters:
        return None
    reason = "forbidden AppArmor profile" if len(values) == 1 else "forbidden AppArmor profiles"
    return reason, f"{setters} must not set AppArmor profile type to {_quoted(values)}"


def _capabilities_beyond(pod: Pod, allowed: frozenset[str]) -> str:
    bad: list[str] = []
    added: set[str] = set()
    for name, _, context in pod.containers():
        beyond = set((context.get("capabilities") or {}).get("add") or ()) - allowed
        if beyond:
            bad.append(name)
            added |= beyond
    if not bad:
        return ""
    return f"{_some('container', bad)} must not include {_quoted(sorted(added))} in securityContext.capabilities.add"


def _capabilities(pod: Pod) -> tuple[str, str] | None:
    detail = _capabilities_beyond(pod, _BUILTIN_CAPABILITIES)
    return ("non-default capabilities", detail) if detail else None


def _host_namespaces(pod: Pod) -> tuple[str, str] | None:
    used = [f"{field}=true" for field in ("hostNetwork", "hostPID", "hostIPC") if pod.spec.get(field)]
    return ("host namespaces", ", ".join(used)) if used else None


def _host_path_volumes(pod: Pod) -> tuple[str, str] | None:
    names = [volume.get("name", "") for volume in pod.spec.get("volumes") or () if volume.get("hostPath") is not None]
    return ("hostPath volumes", _some("volume", names)) if names else None


def _host_ports(pod: Pod) -> tuple[str, str] | None:
    ports = {
        name: {str(port["hostPort"]) for port in container.get("ports") or () if port.get("hostPort")}
        for name, container, _ in pod.containers()
    }
    names = [name for name, used in ports.items() if used]
    every = sorted(set().union(*ports.values()))
    uses, plural = "uses" if len(names) == 1 else "use", "" if len(every) == 1 else "s"
    return ("hostPort", f"{_some('container', names)} {uses} hostPort{plural} {', '.join(every)}") if names else None


def _probe_hosts(pod: Pod) -> tuple[str, str] | None:
    if pod.minor < 34:
        return None
    hosts: dict[str, set[str]] = {}
    for name, container, _ in pod.containers():
        lifecycle = container.get("lifecycle") or {}
        probes = [container.get(f"{kind}Probe") for kind in ("liveness", "readiness", "startup")]
        for handler in (*probes, lifecycle.get("postStart"), lifecycle.get("preStop")):
            for how in ("httpGet", "tcpSocket"):
                host = ((handler or {}).get(how) or {}).get("host")
                if host:
                    hosts.setdefault(name, set()).add(host)
    if not hosts:
        return None
    names, every = sorted(hosts), sorted(set().union(*hosts.values()))
    uses = "uses" if len(names) == 1 else "use"
    return "probe or lifecycle host", f"{_some('container', names)} {uses} {_some('probe or lifecycle host', every)}"


def _privileged(pod: Pod) -> tuple[str, str] | None:
    names = [name for name, _, context in pod.containers() if context.get("privileged")]
    return (
        ("privileged", f"{_some('container', names)} must not set securityContext.privileged=true") if names else None
    )


def _proc_mount(pod: Pod) -> tuple[str, str] | None:
    return None if pod.has_own_users() else _proc_mount_of_all(pod)


def _proc_mount_of_all(pod: Pod) -> tuple[str, str] | None:
    bad = {name: sc["procMount"] for name, _, sc in pod.containers() if sc.get("procMount", "Default") != "Default"}
    types = _quoted(sorted(set(bad.values())))
    detail = f"{_some('container', list(bad))} must not set securityContext.procMount to {types}"
    return ("procMount", detail) if bad else None


def _se_linux(pod: Pod) -> tuple[str, str] | None:
    allowed = ["", "container_t", "container_init_t", "container_kvm_t"]
    allowed += ["container_engine_t"] if pod.minor >= 31 else []

    def is_bad(options: Any) -> bool:
        return options.get("type", "") not in allowed or bool(options.get("user")) or bool(options.get("role"))

    own = pod.context().get("seLinuxOptions") or {}
    every = {name: sc.get("seLinuxOptions") or {} for name, _, sc in pod.containers()}
    bad = {name: options for name, options in every.items() if is_bad(options)}
    setters = _setters(is_bad(own), list(bad))
    if not setters:
        return None
    options = [own, *bad.values()]
    types = sorted({each.get("type", "") for each in options} - set(allowed))
    data = [_some("type", types)] if types else []
    data += [f"{field} may not be set" for field in ("user", "role") if any(each.get(field) for each in options)]
    return "seLinuxOptions", f"{setters} set forbidden securityContext.seLinuxOptions: {'; '.join(data)}"


def _seccomp(pod: Pod) -> tuple[str, str] | None:
    if pod.minor >= 19:
        return _seccomp_fields(pod)
    keys = (_SECCOMP_POD, *(_SECCOMP_CONTAINER + name for name, _, _ in pod.containers()))
    given = {key: pod.annotations[key] for key in keys if key in pod.annotations}
    bad = sorted(
        f"{key}={quote(value)}"
        for key, value in given.items()
        if value not in ("runtime/default", "docker/default") and not value.startswith("localhost/")
    )
    plural = "" if len(bad) == 1 else "s"
    return ("seccompProfile", f"forbidden annotation{plural} {', '.join(bad)}") if bad else None


def _seccomp_fields(pod: Pod) -> tuple[str, str] | None:
    own = (pod.context().get("seccompProfile") or {}).get("type")
    every = {name: (sc.get("seccompProfile") or {}).get("type") for name, _, sc in pod.containers()}
    bad = {name: type for name, type in every.items() if type is not None and type not in _PROFILES}
    own_bad = own is not None and own not in _PROFILES
    values = _quoted(sorted({*bad.values(), *([own] if own_bad else [])}))
    setters = _setters(own_bad, list(bad))
    return (
        ("seccompProfile", f"{setters} must not set securityContext.seccompProfile.type to {values}")
        if setters
        else None
    )


def _sysctls(pod: Pod) -> tuple[str, str] | None:
    allowed = {name for since, names in _SYSCTLS if pod.minor >= since for name in names.split()}
    used = [sysctl.get("name", "") for sysctl in pod.context().get("sysctls") or ()]
    bad = [name for name in used if name not in allowed]
    return ("forbidden sysctls", ", ".join(bad)) if bad else None


def _host_process(pod: Pod) -> tuple[str, str] | None:
    names = [name for name, _, sc in pod.containers() if (sc.get("windowsOptions") or {}).get("hostProcess")]
    setters = _setters(bool((pod.context().get("windowsOptions") or {}).get("hostProcess")), names)
    return (
        ("hostProcess", f"{setters} must not set securityContext.windowsOptions.hostProcess=true") if setters else None
    )


_BASELINE: tuple[Check, ...] = (
    _app_armor,
    _capabilities,
    _host_namespaces,
    _host_path_volumes,
    _host_ports,
    _probe_hosts,
    _privileged,
    _proc_mount,
    _se_linux,
    _seccomp,
    _sysctls,
    _host_process,
)

# -- restricted --------------------------------------------------------------------------------------------------------


def _privilege_escalation(pod: Pod) -> tuple[str, str] | None:
    names = [name for name, _, sc in pod.containers() if sc.get("allowPrivilegeEscalation") is not False]
    if pod.is_windows() or not names:
        return None
    detail = f"{_some('container', names)} must set securityContext.allowPrivilegeEscalation=false"
    return "allowPrivilegeEscalation != false", detail


def _all_capabilities(pod: Pod) -> tuple[str, str] | None:
    if pod.is_windows():
        return None
    names = [n for n, _, sc in pod.containers() if "ALL" not in ((sc.get("capabilities") or {}).get("drop") or ())]
    details = [f'{_some("container", names)} must set securityContext.capabilities.drop=["ALL"]'] if names else []
    details += filter(None, [_capabilities_beyond(pod, frozenset({"NET_BIND_SERVICE"}))])
    return ("unrestricted capabilities", "; ".join(details)) if details else None


def _volume_types(pod: Pod) -> tuple[str, str] | None:
    bad: list[str] = []
    types: set[str] = set()
    for volume in pod.spec.get("volumes") or ():
        own = {field for field, value in volume.items() if field != "name" and value is not None}
        if not own & _VOLUMES:
            bad.append(volume.get("name", ""))
            types.add(min(own, default="unknown"))
    uses = "uses" if len(bad) == 1 else "use"
    detail = f"{_some('volume', bad)} {uses} {_some('restricted volume type', sorted(types))}"
    return ("restricted volume types", detail) if bad else None


def _non_root(pod: Pod) -> tuple[str, str] | None:
    own = pod.context().get("runAsNonRoot")
    said = {name: sc.get("runAsNonRoot") for name, _, sc in pod.containers()}
    setters = _setters(own is False, [name for name, value in said.items() if value is False])
    silent = [name for name, value in said.items() if value is None and not own]
    if pod.has_own_users() or not (setters or silent):
        return None
    detail = f"{setters} must not set securityContext.runAsNonRoot=false"
    if not setters:
        detail = f"pod or {_some('container', silent)} must set securityContext.runAsNonRoot=true"
    return "runAsNonRoot != true", detail


def _root_user(pod: Pod) -> tuple[str, str] | None:
    names = [name for name, _, sc in pod.containers() if sc.get("runAsUser") == 0]
    setters = _setters(pod.context().get("runAsUser") == 0, names)
    return ("runAsUser=0", f"{setters} must not set runAsUser=0") if setters and not pod.has_own_users() else None


def _seccomp_said(pod: Pod) -> tuple[str, str] | None:
    if pod.is_windows():
        return None
    bad = _seccomp_fields(pod)
    if bad or pod.context().get("seccompProfile"):
        return bad
    silent = [name for name, _, sc in pod.containers() if not sc.get("seccompProfile")]
    profile = 'securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost"'
    return ("seccompProfile", f"pod or {_some('container', silent)} must set {profile}") if silent else None


_RESTRICTED: tuple[tuple[int, Check, Check | None], ...] = (
    (8, _privilege_escalation, None),
    (22, _all_capabilities, _capabilities),
    (_USER_NAMESPACES, _proc_mount_of_all, _proc_mount),
    (0, _volume_types, _host_path_volumes),
    (0, _non_root, None),
    (23, _root_user, None),
    (19, _seccomp_said, _seccomp),
)
