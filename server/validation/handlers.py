"""Ports, probes and lifecycle hooks of containers. Source: k8s.io/kubernetes/pkg/apis/core/validation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from apimachinery.fielderrors import duplicate, forbidden, invalid, not_supported, required
from apimachinery.names import is_http_header_name, is_port_name, is_port_number
from server.validation.checks import NEGATIVE, Errors, flag, required_choice, supported

Source = Mapping[str, Any]

PROTOCOLS = ("SCTP", "TCP", "UDP")
_SCHEMES = ("HTTP", "HTTPS")
_SIGNALS = (
    "ABRT ALRM BUS CHLD CLD CONT FPE HUP ILL INT IO IOT KILL PIPE POLL PROF PWR QUIT RTMAX "
    + " ".join(f"RTMAX-{n}" for n in range(1, 15))
    + " RTMIN "
    + " ".join(f"RTMIN+{n}" for n in range(1, 16))
    + " SEGV STKFLT STOP SYS TERM TRAP TSTP TTIN TTOU URG USR1 USR2 VTALRM WINCH XCPU XFSZ"
)
_STOP_SIGNALS = {
    "linux": tuple(sorted(f"SIG{name}" for name in _SIGNALS.split())),
    "windows": ("SIGKILL", "SIGTERM"),
}
_PROBE_HANDLERS = ("exec", "httpGet", "tcpSocket", "grpc")
_HOOK_HANDLERS = ("exec", "httpGet", "tcpSocket", "sleep")
_SECONDS = ("initialDelaySeconds", "timeoutSeconds", "periodSeconds", "successThreshold", "failureThreshold")


def check_container_ports(errors: Errors, ports: Sequence[Source], path: str) -> None:
    names: set[str] = set()
    for index, port in enumerate(ports):
        name, number, host = port.get("name"), port.get("containerPort") or 0, port.get("hostPort") or 0
        if name:
            if problems := is_port_name(name):
                flag(errors, f"{path}[{index}].name", name, problems)
            elif name in names:
                errors.append(duplicate(f"{path}[{index}].name", name))
            names.add(name)
        if not number:
            errors.append(required(f"{path}[{index}].containerPort"))
        elif not 0 < number < 65536:
            flag(errors, f"{path}[{index}].containerPort", number, is_port_number(number))
        if host and not 0 < host < 65536:
            flag(errors, f"{path}[{index}].hostPort", host, is_port_number(host))
        if port.get("protocol") not in PROTOCOLS:
            required_choice(errors, f"{path}[{index}].protocol", port.get("protocol"), PROTOCOLS)


def check_host_ports(errors: Errors, containers: Sequence[Source], path: str) -> None:
    """No two containers that run together may want the same port of the host."""
    taken: set[str] = set()
    for index, container in enumerate(containers):
        for place, port in enumerate(container.get("ports") or ()):
            number = port.get("hostPort")
            if not number:
                continue
            key = f"{port.get('protocol', '')}/{port.get('hostIP', '')}/{number}"
            if key in taken:
                errors.append(duplicate(f"{path}[{index}].ports[{place}].hostPort", key))
            taken.add(key)


def check_port(errors: Errors, path: str, port: int | str | None) -> None:
    """A port by number or by name."""
    if isinstance(port, str):
        flag(errors, path, port, is_port_name(port))
    elif not 0 < (port or 0) < 65536:
        flag(errors, path, port or 0, is_port_number(port or 0))


def check_liveness(errors: Errors, probe: Source, path: str) -> None:
    """Also the startup probe: one success is enough, and no more may be asked."""
    check_probe(errors, probe, path)
    success = probe.get("successThreshold") or 0
    if success != 1:
        errors.append(invalid(f"{path}.successThreshold", success, "must be 1"))


def check_readiness(errors: Errors, probe: Source, path: str) -> None:
    check_probe(errors, probe, path)
    grace = probe.get("terminationGracePeriodSeconds")
    if grace is not None:
        errors.append(invalid(f"{path}.terminationGracePeriodSeconds", grace, "must not be set for readinessProbes"))


def check_probe(errors: Errors, probe: Source, path: str) -> None:
    _check_handler(errors, probe, _PROBE_HANDLERS, path, None)
    for field in _SECONDS:
        if (probe.get(field) or 0) < 0:
            errors.append(invalid(f"{path}.{field}", probe[field], NEGATIVE))
    grace = probe.get("terminationGracePeriodSeconds")
    if grace is not None and grace <= 0:
        errors.append(invalid(f"{path}.terminationGracePeriodSeconds", grace, "must be greater than 0"))


def check_lifecycle(errors: Errors, lifecycle: Source, grace: int | None, os: str | None, path: str) -> None:
    """``grace``: the pod's grace period in seconds; ``os``: the pod's, or None."""
    for hook in ("postStart", "preStop"):
        if lifecycle.get(hook) is not None:
            _check_handler(errors, lifecycle[hook], _HOOK_HANDLERS, f"{path}.{hook}", grace)
    signal = lifecycle.get("stopSignal")
    if signal is None:
        return
    if os is None:
        problem = "may not be set for containers with empty `spec.os.name`"
        errors.append(forbidden(f"{path}.stopSignal", problem))
    elif os in _STOP_SIGNALS:
        supported(errors, f"{path}.stopSignal", signal, _STOP_SIGNALS[os])


def _check_handler(errors: Errors, handler: Source, kinds: Sequence[str], path: str, grace: int | None) -> None:
    found = False
    for kind in kinds:
        action = handler.get(kind)
        if action is None:
            continue
        if found:
            errors.append(forbidden(f"{path}.{kind}", "may not specify more than 1 handler type"))
        else:
            found = True
            _check_action(errors, kind, action, f"{path}.{kind}", grace)
    if not found:
        errors.append(required(path, "must specify a handler type"))


def _check_action(errors: Errors, kind: str, action: Source, path: str, grace: int | None) -> None:
    if kind == "exec":
        if not action.get("command"):
            errors.append(required(f"{path}.command"))
    elif kind == "httpGet":
        _check_http_get(errors, action, path)
    elif kind == "sleep":
        seconds = action.get("seconds") or 0
        if grace is not None and not 0 <= seconds <= grace:
            problem = f"must be non-negative and less than terminationGracePeriodSeconds ({grace})"
            errors.append(invalid(path, seconds, problem))
    else:
        check_port(errors, f"{path}.port", action.get("port"))


def _check_http_get(errors: Errors, action: Source, path: str) -> None:
    if not action.get("path"):
        errors.append(required(f"{path}.path"))
    check_port(errors, f"{path}.port", action.get("port"))
    scheme = action.get("scheme") or ""
    if scheme not in _SCHEMES:
        errors.append(not_supported(f"{path}.scheme", scheme, _SCHEMES))
    for header in action.get("httpHeaders") or ():
        name = header.get("name") or ""
        flag(errors, f"{path}.httpHeaders", name, is_http_header_name(name))
