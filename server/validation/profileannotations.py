"""Seccomp and AppArmor profiles given by annotation, as before there were fields for them.

Source: k8s.io/kubernetes/pkg/apis/core/validation.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from apimachinery.fielderrors import FieldError, forbidden, invalid
from server.validation.checks import Errors
from server.validation.filepaths import check_descending
from server.validation.securitycontext import each_container

Source = Mapping[str, Any]

SECCOMP_POD = "seccomp.security.alpha.kubernetes.io/pod"
SECCOMP_CONTAINER = "container.seccomp.security.alpha.kubernetes.io/"
APP_ARMOR = "container.apparmor.security.beta.kubernetes.io/"


def check_seccomp_annotations(errors: Errors, annotations: Mapping[str, str], path: str) -> None:
    """The annotations of before the fields, in their own form."""
    pod = annotations.get(SECCOMP_POD)
    if pod is not None:
        errors.extend(_seccomp_text_errors(pod, f"{path}.{SECCOMP_POD}"))
    for key, text in annotations.items():
        if key.startswith(SECCOMP_CONTAINER):
            errors.extend(_seccomp_text_errors(text, f"{path}.{key}"))


def _seccomp_text_errors(text: str, path: str) -> list[FieldError]:
    if text in ("runtime/default", "docker/default", "unconfined"):
        return []
    if not text.startswith("localhost/"):
        return [invalid(path, text, "must be a valid seccomp profile")]
    errors: list[FieldError] = []
    check_descending(errors, path, text.removeprefix("localhost/"))
    return errors


def check_app_armor_annotations(errors: Errors, annotations: Mapping[str, str], spec: Source, path: str) -> None:
    for key, text in annotations.items():
        if not key.startswith(APP_ARMOR):
            continue
        name = key.removeprefix(APP_ARMOR)
        if all(container.get("name") != name for container, _ in each_container(spec, "spec")):
            errors.append(invalid(f"{path}[{key}]", name, "container not found"))
        if text not in ("", "runtime/default", "unconfined") and not text.startswith("localhost/"):
            problem = f'invalid AppArmor profile name: "{text}"'
            errors.append(invalid(f"{path}[{key}]", text, problem))


def check_profile_annotations_match(errors: Errors, annotations: Mapping[str, str], spec: Source, path: str) -> None:
    """Where a profile is given by annotation and by field, both must say the same."""
    of_pod = spec.get("securityContext") or {}
    profile = of_pod.get("seccompProfile")
    if profile is not None and SECCOMP_POD in annotations:
        here = f"{path}.securityContext.seccompProfile"
        _check_match(errors, annotations[SECCOMP_POD], profile, here, "seccomp")
    for container, here in each_container(spec, path):
        profile = (container.get("securityContext") or {}).get("seccompProfile")
        text = annotations.get(f"{SECCOMP_CONTAINER}{container.get('name', '')}")
        if profile is not None and text is not None:
            _check_match(errors, text, profile, f"{here}.securityContext.seccompProfile", "seccomp")
    if (spec.get("os") or {}).get("name") == "windows":
        return
    for container, here in each_container(spec, path):
        profile = (container.get("securityContext") or {}).get("appArmorProfile") or of_pod.get("appArmorProfile")
        text = annotations.get(f"{APP_ARMOR}{container.get('name', '')}")
        if profile is not None and text is not None:
            _check_match(errors, text, profile, f"{here}.securityContext.appArmorProfile", "apparmor")


def _check_match(errors: Errors, text: str, profile: Source, path: str, what: str) -> None:
    kind = profile.get("type")
    default = ("runtime/default", "docker/default") if what == "seccomp" else ("runtime/default",)
    if (
        (kind == "Unconfined" and text != "unconfined")
        or (kind == "RuntimeDefault" and text not in default)
        or (kind == "Localhost" and not text.startswith("localhost/"))
    ):
        errors.append(forbidden(f"{path}.type", f"{what} type in annotation and field must match"))
    elif kind == "Localhost" and text.removeprefix("localhost/") != profile.get("localhostProfile"):
        problem = f"{what} profile in annotation and field must match"
        errors.append(forbidden(f"{path}.localhostProfile", problem))
