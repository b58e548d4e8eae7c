"""What a namespace's labels say of Pod Security Standards: which one is enforced, which are only told of.

Source: k8s.io/pod-security-admission/api (PolicyToEvaluate).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from apimachinery.fielderrors import FieldError, invalid
from apimachinery.objects import Object
from server.admission.pod_standards.pod import Problem
from server.admission.pod_standards.policy import problems

LEVELS = ("privileged", "baseline", "restricted")
"""The stricter, the later."""
PREFIX = "pod-security.kubernetes.io/"
_VERSION = re.compile(r"v1\.([0-9]{1,9})")
_LATEST = 10**9


class Standard(NamedTuple):
    level: str
    version: str

    def problems(self, metadata: Object, spec: Object) -> list[Problem]:
        match = _VERSION.fullmatch(self.version)
        return problems(self.level, int(match[1]) if match else _LATEST, metadata, spec)

    def __str__(self) -> str:
        return f"{self.level}:{self.version}"


class Standards(NamedTuple):
    enforce: Standard
    audit: Standard
    warn: Standard


PRIVILEGED = Standards(*(Standard("privileged", "latest"),) * 3)


def standards(labels: Mapping[str, str], defaults: Standards = PRIVILEGED) -> Standards:
    """A level that makes no sense enforces the strictest, and tells of none."""
    given = labels.get(f"{PREFIX}enforce")
    known = given in LEVELS
    level = defaults.enforce.level if given is None else given if known else "restricted"
    enforce = Standard(level, _version(labels, "enforce", defaults.enforce))
    warn = _told(labels, "warn", defaults.warn)
    if known and f"{PREFIX}warn" not in labels and LEVELS.index(level) > LEVELS.index(warn.level):
        warn = Standard(level, warn.version if f"{PREFIX}warn-version" in labels else enforce.version)
    return Standards(enforce, _told(labels, "audit", defaults.audit), warn)


def _told(labels: Mapping[str, str], mode: str, default: Standard) -> Standard:
    level = labels.get(PREFIX + mode, default.level)
    return Standard(level if level in LEVELS else "privileged", _version(labels, mode, default))


def _version(labels: Mapping[str, str], mode: str, default: Standard) -> str:
    version = labels.get(f"{PREFIX}{mode}-version")
    if version is None:
        return default.version
    return version if is_version(version) else "latest"


def label_errors(labels: Mapping[str, str]) -> list[FieldError]:
    errors = []
    for mode in ("enforce", "audit", "warn"):
        level, version = labels.get(PREFIX + mode), labels.get(f"{PREFIX}{mode}-version")
        if level is not None and level not in LEVELS:
            path = f"metadata.labels[{PREFIX}{mode}]"
            errors.append(invalid(path, level, f"must be one of {', '.join(LEVELS)}"))
        if version is not None and not is_version(version):
            errors.append(invalid(f"metadata.labels[{PREFIX}{mode}-version]", version, 'must be "latest" or "v1.x"'))
    return errors


def is_version(text: str) -> bool:
    return text == "latest" or _VERSION.fullmatch(text) is not None
