"""Rules for file paths in volumes and mounts. Source: k8s.io/kubernetes/pkg/apis/core/validation."""

from __future__ import annotations

from apimachinery.fielderrors import invalid
from server.validation.checks import Errors

NOT_ABSOLUTE = "must be an absolute path"


def has_backsteps(target: str) -> bool:
    return ".." in target and ".." in target.split("/")


def check_no_backsteps(errors: Errors, path: str, target: str) -> None:
    if has_backsteps(target):
        errors.append(invalid(path, target, "must not contain '..'"))


def check_descending(errors: Errors, path: str, target: str) -> None:
    """Relative, and never upwards."""
    if target.startswith("/"):
        errors.append(invalid(path, target, "must be a relative path"))
    check_no_backsteps(errors, path, target)


def check_local(errors: Errors, path: str, target: str) -> None:
    """Relative, never upwards, and not a name that looks like it."""
    check_descending(errors, path, target)
    if target.startswith("..") and not target.startswith("../"):
        errors.append(invalid(path, target, "must not start with '..'"))
