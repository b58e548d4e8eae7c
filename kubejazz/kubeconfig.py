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
    """How one identity reaches one server. PEM bytes; with a ``token`` instead of certificate and key."""

    server: str
    authority: bytes
    user: str
    certificate: bytes = b""
    key: bytes = b""
    token: str = ""


def of(access: Access) -> dict[str, Any]:
    """A kubeconfig with one cluster, user and context."""
    user = f"{NAME}-{access.user}"
    credentials = {"client-certificate-data": _base64(access.certificate), "client-key-data": _base64(access.key)}
    if access.token:
        credentials = {"token": access.token}
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "preferences": {},
        "clusters": [{"name": NAME, "cluster": _cluster(access.server, access.authority)}],
        "users": [{"name": user, "user": credentials}],
        "contexts": [{"name": NAME, "context": {"cluster": NAME, "user": user}}],
        "current-context": NAME,
    }


def _cluster(server: str, authority: bytes) -> dict[str, str]:
    return {"server": server, "certificate-authority-data": _base64(authority)}


def description(server: str, authority: bytes) -> str:
    """A kubeconfig that says where a server is and how to know it, and nothing of any user: ``cluster-info``'s."""
    config: dict[str, Any] = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "", "cluster": _cluster(server, authority)}],
        "contexts": None,
        "current-context": "",
        "preferences": {},
        "users": None,
    }
    text: str = yaml.dump(config, Dumper=_Dumper, sort_keys=False)
    return text


def merged(config: dict[str, Any], ours: dict[str, Any]) -> dict[str, Any]:
    """``config`` with the entries of ``ours`` put in and its context made current; the rest as it was."""
    result = {**ours, **config, "current-context": ours["current-context"]}
    for section in ("clusters", "users", "contexts"):
        entries = list(config.get(section) or ())
        for entry in ours[section]:
            _put(entries, entry)
        result[section] = entries
    return result


def _put(entries: list[Any], entry: dict[str, Any]) -> None:
    """Replace the entry of the same name, or add this one. A context keeps what somebody added: their namespace."""
    for index, other in enumerate(entries):
        if isinstance(other, dict) and other.get("name") == entry["name"]:
            if isinstance(other.get("context"), dict):
                entry = {**entry, "context": {**other["context"], **entry["context"]}}
            entries[index] = entry
            return
    entries.append(entry)


def write(path: Path, access: Access) -> None:
    """Write or merge into ``path``. Raises KubeconfigError."""
    merge(path, of(access))


def merge_text(path: Path, text: str) -> None:
    """Merge a kubeconfig of ours, as text, into ``path``. Raises KubeconfigError."""
    merge(path, _parse(text.encode(), path))


def merge(path: Path, ours: dict[str, Any]) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        target = path.resolve()  # a link stays a link
        with _locked(target):
            before = target.read_bytes() if target.exists() else b""
            content = yaml.dump(merged(_parse(before, path), ours), Dumper=_Dumper, sort_keys=False).encode()
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
