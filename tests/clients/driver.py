"""A driver program in its library's environment, as the test sees it from outside."""

from __future__ import annotations

import json
import os
import queue
import shutil
import subprocess
import threading
import time
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
ENVIRONMENTS = HERE.parent.parent / ".clients"
PATIENCE = 60.0


class Driver:
    """Started with ``program``, a file such as "kr8s/objects.py"; ``finish`` answers its report."""

    def __init__(self, program: str, kubeconfig: Path, namespace: str, argument: str, log: Path) -> None:
        self.program = program
        self._log = log
        with log.open("wb") as errors:
            self.process = subprocess.Popen(
                _command(program),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                env=_environment(program, kubeconfig, namespace, argument, log.parent),
            )
        self._lines: queue.Queue[str] = queue.Queue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def wait_for(self, name: str) -> None:
        """Until it has given that signal."""
        said = self._next()
        assert said == {"signal": name}, f"waited for {name}: {said}\n{self.errors}"

    def finish(self) -> dict[str, Any]:
        """The report of a driver none of whose checks failed."""
        report: dict[str, Any] = self._next()
        self.process.wait(PATIENCE)
        return report

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()
        self._reader.join()
        if self.process.stdout is not None:
            self.process.stdout.close()

    @property
    def errors(self) -> str:
        return self._log.read_text(errors="replace")

    def _next(self) -> Any:
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                line = self._lines.get(timeout=max(0.0, deadline - time.monotonic()))
            except queue.Empty:
                raise AssertionError(f"{self.program} was silent for {PATIENCE:.0f} s\n{self.errors}") from None
            if not line:
                raise AssertionError(f"{self.program} ended without a report\n{self.errors}")
            if line.startswith("{"):  # what a library prints is not for us
                return json.loads(line)

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._lines.put(line)
        self._lines.put("")


def _command(program: str) -> list[str]:
    library, _, _ = program.partition("/")
    environment = ENVIRONMENTS / library
    assert environment.is_dir(), f"{environment} is not there: scripts/clients.sh makes it"
    if program.endswith(".js"):
        node = shutil.which("node")
        assert node is not None, "node is not there: scripts/clients.sh installs it or says how"
        return [node, str(HERE / program)]
    return [str(environment / "bin" / "python"), str(HERE / program)]


def _environment(program: str, kubeconfig: Path, namespace: str, argument: str, home: Path) -> dict[str, str]:
    """Without proxies, and without what another cluster's tools may have left there."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("KUBE", "PYTHON")) and not name.lower().endswith("_proxy")
    }
    return {
        **kept,
        "HOME": str(home),
        "PYTHONPATH": str(HERE / "harness"),
        "PYTHONDONTWRITEBYTECODE": "1",
        "CLIENT_MODULES": str(ENVIRONMENTS / program.partition("/")[0] / "node_modules"),
        "KUBECONFIG": str(kubeconfig),
        "CLIENT_NAMESPACE": namespace,
        "CLIENT_ARGUMENT": argument,
    }
