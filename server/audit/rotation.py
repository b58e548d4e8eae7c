"""A file that is put aside when it has grown too large, and forgotten when it is too old or there are too many.

Backups are named as upstream's writer names them: ``audit-2026-11-24T13-05-09.123.log``, in UTC.
Source: gopkg.in/natefinch/lumberjack.v2.
"""

from __future__ import annotations

import gzip
import os
import shutil
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import BinaryIO

from apimachinery.clock import Clock

MEGABYTE = 1024 * 1024
_STAMP = "%Y-%m-%dT%H-%M-%S"
_PACKED = ".gz"


class RotatingFile:
    """One thread's. ``max_size`` in bytes; ``max_age`` in days, ``max_backups`` a number: 0 keeps all of them."""

    def __init__(
        self, path: Path, clock: Clock, *, max_size: int, max_age: int, max_backups: int, compress: bool
    ) -> None:
        self._path = path
        self._clock = clock
        self._max_size = max_size
        self._max_age = max_age
        self._max_backups = max_backups
        self._compress = compress
        self._file: BinaryIO | None = None
        self._size = 0

    def open(self) -> None:
        """Raises OSError."""
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        self._file = os.fdopen(descriptor, "wb", buffering=0)
        self._size = os.fstat(descriptor).st_size

    def write(self, lines: Sequence[bytes]) -> None:
        """Whole lines: none is ever split over two files. Raises OSError."""
        pending: list[bytes] = []
        for line in lines:
            if self._max_size and self._size and self._size + len(line) > self._max_size:
                self._flush(pending)
                pending = []
                self._rotate()
            pending.append(line)
            self._size += len(line)
        self._flush(pending)

    def _flush(self, lines: Sequence[bytes]) -> None:
        if self._file is None:
            self.open()
        assert self._file is not None
        data = memoryview(b"".join(lines))
        while data:
            data = data[self._file.write(data) :]

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    def _rotate(self) -> None:
        self.close()
        backup = self._backup_path(self._clock.now())
        self._path.rename(backup)
        self.open()
        if self._compress:
            _pack(backup)
        self._forget()

    def _backup_path(self, now: datetime) -> Path:
        while True:
            now = now.astimezone(UTC)
            stamp = f"{now.strftime(_STAMP)}.{now.microsecond // 1000:03d}"
            path = self._path.with_name(f"{self._path.stem}-{stamp}{self._path.suffix}")
            if not path.exists() and not path.with_name(path.name + _PACKED).exists():
                return path
            now += timedelta(milliseconds=1)

    def _forget(self) -> None:
        newest_first = sorted(self._backups(), reverse=True)
        kept = newest_first[: self._max_backups] if self._max_backups else newest_first
        oldest = self._clock.now() - timedelta(days=self._max_age) if self._max_age else None
        for made, path in newest_first:
            if (made, path) not in kept or (oldest is not None and made < oldest):
                path.unlink(missing_ok=True)

    def _backups(self) -> list[tuple[datetime, Path]]:
        found = []
        for path in self._path.parent.glob(f"{self._path.stem}-*"):
            made = self._made(path.name.removesuffix(_PACKED))
            if made is not None:
                found.append((made, path))
        return found

    def _made(self, name: str) -> datetime | None:
        stamp = name.removeprefix(f"{self._path.stem}-").removesuffix(self._path.suffix)
        try:
            return datetime.strptime(stamp, f"{_STAMP}.%f").replace(tzinfo=UTC)
        except ValueError:
            return None


def _pack(path: Path) -> None:
    packed = path.with_name(path.name + _PACKED)
    descriptor = os.open(packed, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with path.open("rb") as source, os.fdopen(descriptor, "wb") as raw, gzip.open(raw, "wb") as target:
        shutil.copyfileobj(source, target)
    path.unlink()
