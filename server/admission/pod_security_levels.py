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


def standards(labels: Mapping[str, str]) -> Standards:
    """A level that makes no sense enforces the strictest, and tells of none."""
    enforced = labels.get(f"{PREFIX}enforce", "privileged")
    known = enforced in LEVELS
    strict = Standard(enforced if known else "restricted", _version(labels, "enforce"))
    level, version = labels.get(f"{PREFIX}warn"), _version(labels, "warn")
    if level is None and known and enforced != "privileged":
        level = enforced
        if f"{PREFIX}warn-version" not in labels:
            version = strict.version
    audit = labels.get(f"{PREFIX}audit")
    return Standards(
        strict,
        Standard(audit if audit in LEVELS else "privileged", _version(labels, "audit")),
        Standard(level if level in LEVELS else "privileged", version),
    )


def _version(labels: Mapping[str, str], mode: str) -> str:
    version = labels.get(f"{PREFIX}{mode}-version", "")
    return version if _is_version(version) else "latest"


def label_errors(labels: Mapping[str, str]) -> list[FieldError]:
    errors = []
    for mode in ("enforce", "audit", "warn"):
        level, version = labels.get(PREFIX + mode), labels.get(f"{PREFIX}{mode}-version")
        if level is not None and level not in LEVELS:
            path = f"metadata.labels[{PREFIX}{mode}]"
            errors.append(invalid(path, level, f"must be one of {', '.join(LEVELS)}"))
        if version is not None and not _is_version(version):
            errors.append(invalid(f"metadata.labels[{PREFIX}{mode}-version]", version, 'must be "latest" or "v1.x"'))
    return errors


def _is_version(text: str) -> bool:
    return text == "latest" or _VERSION.fullmatch(text) is not None
