"""Whom the load is for: a server named by a kubeconfig, or any HTTPS server; and what its process costs."""

from __future__ import annotations

import base64
import os
import ssl
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml

_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True, slots=True)
class Target:
    """``authority``: PEM; ``headers`` go with every request; ``pid`` is 0 where the process is not on this machine."""

    host: str
    port: int
    authority: bytes
    certificate: bytes = b""
    key: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()
    pid: int = 0

    def context(self, protocol: str) -> ssl.SSLContext:
        """For connections that speak ``protocol`` ("http/1.1" or "h2")."""
        context = ssl.create_default_context(cadata=self.authority.decode() or None)
        context.set_alpn_protocols([protocol])
        if self.certificate:
            with tempfile.NamedTemporaryFile() as pair:  # readable by its owner alone
                pair.write(self.certificate + b"\n" + self.key)
                pair.flush()
                context.load_cert_chain(pair.name)
        return context

    def cpu(self) -> float:
        """CPU seconds the process has used, all threads, in steps of 10 ms."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS

    def memory(self) -> float:
        """Resident MB."""
        return int(Path(f"/proc/{self.pid}/statm").read_text().split()[1]) * _PAGE / 1e6


class Machine:
    """How busy others keep the machine: what they take, no figure of time can be trusted to be free of."""

    def __init__(self) -> None:
        self._busy, self._total = _machine()

    def others(self, known: float) -> float:
        """Their share of all CPU time since this was made; ``known``: CPU seconds that were not theirs."""
        busy, total = (now - then for now, then in zip(_machine(), (self._busy, self._total), strict=True))
        return max(0.0, busy - known) / total if total else 0.0


def _machine() -> tuple[float, float]:
    """CPU seconds of all cores since the boot: busy, and altogether."""
    user, nice, system, idle, waiting, *rest = (
        int(n) for n in Path("/proc/stat").read_text().split("\n")[0].split()[1:9]
    )
    busy = user + nice + system + sum(rest)
    return busy / _TICKS, (busy + idle + waiting) / _TICKS


def from_kubeconfig(path: Path, pid: int = 0) -> Target:
    """The current context: certificates or a token, inline or in files; no exec plugins.

    Raises OSError, KeyError, StopIteration.
    """
    config = yaml.safe_load(path.read_text())
    context = _named(config["contexts"], config["current-context"])["context"]
    cluster = _named(config["clusters"], context["cluster"])["cluster"]
    user = _named(config["users"], context["user"])["user"]
    url = urlsplit(cluster["server"])
    token = user.get("token")
    return Target(
        host=url.hostname or "",
        port=url.port or 443,
        authority=_data(cluster, "certificate-authority", path.parent),
        certificate=_data(user, "client-certificate", path.parent),
        key=_data(user, "client-key", path.parent),
        headers=(("authorization", f"Bearer {token}"),) if token else (),
        pid=pid,
    )


def _named(entries: list[dict[str, Any]], name: str) -> dict[str, Any]:
    return next(entry for entry in entries if entry["name"] == name)


def _data(entry: dict[str, Any], name: str, folder: Path) -> bytes:
    if f"{name}-data" in entry:
        return base64.b64decode(entry[f"{name}-data"])
    return (folder / entry[name]).read_bytes() if name in entry else b""
