"""The data directory: what lies where, made when missing, used by one server at a time.

DIR/kubejazz.db          the store, unless a database URL says otherwise
DIR/kubeconfig           the administrator's kubeconfig, unless --kubeconfig says otherwise
DIR/pki/                 ca, apiserver, sa and one client certificate per identity (*.crt, *.key), bootstrap-token
DIR/kubelet/             one client certificate with its key per node, asked for by the node (*.pem)
DIR/tokens.csv           bearer tokens, one per identity
DIR/kubeconfigs/         one kubeconfig per identity
DIR/volumes/             a folder for each volume that was made for a claim
DIR/lock                 held by the server that runs here
"""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from kubejazz.errors import UserError


class DataDirError(UserError):
    """The data directory cannot be used; the message is one line."""


class DataDir:
    def __init__(self, path: Path) -> None:
        self.path = path.expanduser().absolute()
        self.pki = self.path / "pki"
        self.tokens = self.path / "tokens.csv"
        self.kubeconfigs = self.path / "kubeconfigs"
        self.kubeconfig = self.path / "kubeconfig"
        self.kubelet = self.path / "kubelet"
        self.bootstrap_kubeconfig = self.kubeconfig_of("bootstrap-kubelet")
        self.database = self.path / "kubejazz.db"
        self.volumes = self.path / "volumes"
        self._lock = -1

    def create(self) -> None:
        """Raises DataDirError."""
        for folder in (self.path, self.pki, self.kubeconfigs):
            try:
                folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            except OSError as error:
                raise DataDirError(f"cannot create data directory {folder}: {error.strerror}") from error

    def lock(self) -> None:
        """Hold the directory until the process ends or ``unlock``. Raises DataDirError if another server has it."""
        path = self.path / "lock"
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise DataDirError(f"cannot open {path}: {error.strerror}") from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            holder = os.read(descriptor, 20).decode(errors="replace").strip() or "unknown"
            os.close(descriptor)
            raise DataDirError(
                f"data directory {self.path} is in use by another kubejazz server (process {holder})"
            ) from error
        self._lock = descriptor
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, str(os.getpid()).encode(), 0)

    def unlock(self) -> None:
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1

    def kubeconfig_of(self, file: str) -> Path:
        return self.kubeconfigs / f"{file}.kubeconfig"
