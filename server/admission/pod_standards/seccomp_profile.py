"""Check of seccomp profiles; restricted: one has to be said."""

from __future__ import annotations

from apimachinery.fielderrors import quote
from server.admission.pod_standards.pod import PROFILES, Pod, Problem, quoted, setters_of, some

_SECCOMP_POD = "seccomp.security.alpha.kubernetes.io/pod"
_SECCOMP_CONTAINER = "container.seccomp.security.alpha.kubernetes.io/"


def seccomp(pod: Pod) -> Problem | None:
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
    return Problem("seccompProfile", f"forbidden annotation{plural} {', '.join(bad)}") if bad else None


def _seccomp_fields(pod: Pod) -> Problem | None:
    own = (pod.context().get("seccompProfile") or {}).get("type")
    every = {name: (sc.get("seccompProfile") or {}).get("type") for name, _, sc in pod.containers()}
    bad = {name: type for name, type in every.items() if type is not None and type not in PROFILES}
    own_bad = own is not None and own not in PROFILES
    values = quoted(sorted({*bad.values(), *([own] if own_bad else [])}))
    setters = setters_of(own_bad, list(bad))
    return (
        Problem("seccompProfile", f"{setters} must not set securityContext.seccompProfile.type to {values}")
        if setters
        else None
    )


def seccomp_said(pod: Pod) -> Problem | None:
    if pod.is_windows():
        return None
    bad = _seccomp_fields(pod)
    if bad or pod.context().get("seccompProfile"):
        return bad
    silent = [name for name, _, sc in pod.containers() if not sc.get("seccompProfile")]
    profile = 'securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost"'
    return Problem("seccompProfile", f"pod or {some('container', silent)} must set {profile}") if silent else None
