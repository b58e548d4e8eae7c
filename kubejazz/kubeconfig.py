"""Kubeconfig files: one of our own, or our entries merged into somebody's.

A merge keeps every other cluster, user and context. It takes the same lock file as client-go (``FILE.lock``), so a
kubectl that writes at the same time loses nothing.
"""

from __future__ import annotations

import base64
import contextlib
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from kubejazz.errors import UserError
from kubejazz.files import write_atomically

NAME = "kubejazz"
"""Of cluster and context."""
LOCK_PATIENCE = 3.0
_Dumper: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class KubeconfigError(UserError):
    """A kubeconfig cannot be read or written; the message is one line."""


@dataclass(frozen=True, slots=True)
class Access:
    """How one identity reaches one server. PEM bytes."""

    server: str
    authority: bytes
    user: str
    certificate: bytes
    key: bytes


def merged(config: dict[str, Any], access: Access) -> dict[str, Any]:
    """``config`` with cluster, user and context of ``access`` put in and made current; the rest as it was."""
    user = f"{NAME}-{access.user}"
    result = {"apiVersion": "v1", "kind": "Config", "preferences": {}, **config}
    cluster = {"server": access.server, "certificate-authority-data": _base64(access.authority)}
    credentials = {
        "client-certificate-data": _base64(access.certificate),
        "client-key-data": _base64(access.key),
    }
    result["clusters"] = _with(config.get("clusters"), {"name": NAME, "cluster": cluster})
    result["users"] = _with(config.get("users"), {"name": user, "user": credentials})
    context = {"cluster": NAME, "user": user, **_kept_context(config)}
    result["contexts"] = _with(config.get("contexts"), {"name": NAME, "context": context})
    result["current-context"] = NAME
    return result


def write(path: Path, access: Access) -> None:
    """Write or merge into ``path``. Raises KubeconfigError."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        target = path.resolve()  # a link stays a link
        with _locked(target):
            before = target.read_bytes() if target.exists() else b""
            content = yaml.dump(merged(_parse(before, path), access), Dumper=_Dumper, sort_keys=False).encode()
            if content != before:
                write_atomically(target, content)
    except OSError as error:
        raise KubeconfigError(f"cannot write kubeconfig {path}: {error.strerror}") from error


def _parse(content: bytes, path: Path) -> dict[str, Any]:
    try:
        config = yaml.load(content, Loader=_Loader)
    except yaml.YAMLError as error:
        raise KubeconfigError(f"cannot merge into kubeconfig {path}: it is not YAML") from error
    if config is None:
        return {}
    if not isinstance(config, dict):
        raise KubeconfigError(f"cannot merge into kubeconfig {path}: it is not a mapping")
    return config


def _kept_context(config: dict[str, Any]) -> dict[str, Any]:
    """What somebody added to our context: the namespace they work in."""
    for entry in config.get("contexts") or ():
        if isinstance(entry, dict) and entry.get("name") == NAME and isinstance(entry.get("context"), dict):
            return {key: value for key, value in entry["context"].items() if key not in ("cluster", "user")}
    return {}


def _with(entries: Any, entry: dict[str, Any]) -> list[Any]:
    """The list with the entry of the same name replaced, or the entry at its end."""
    kept = list(entries or ())
    for index, other in enumerate(kept):
        if isinstance(other, dict) and other.get("name") == entry["name"]:
            kept[index] = entry
            return kept
    return [*kept, entry]


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    lock = path.with_name(path.name + ".lock")
    deadline = time.monotonic() + LOCK_PATIENCE
    while True:
        try:
            os.close(os.open(lock, os.O_CREAT | os.O_EXCL, 0o600))
            break
        except FileExistsError as error:
            if time.monotonic() > deadline:
                raise KubeconfigError(
                    f"kubeconfig {path} is locked by another program: remove {lock} if none runs"
                ) from error
            time.sleep(0.02)
    try:
        yield
    finally:
        with contextlib.suppress(FileNotFoundError):
            lock.unlink()
