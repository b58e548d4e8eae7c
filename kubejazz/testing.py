"""A kubejazz process for tests: started, asked, stopped or killed."""

from __future__ import annotations

import importlib
import os
import select
import shutil
import signal
import subprocess
import time
from functools import cached_property
from pathlib import Path
from typing import Any

from kubejazz.children import command_line
from kubejazz.parent import environment_of_child

START_TIMEOUT = 30.0
STOP_TIMEOUT = 5.0


class StartError(Exception):
    """The process ended, or was not ready in time; the message holds what it wrote."""


class Kubejazz:
    """A running server; with ``nodes`` also controllers, scheduler and so many hollow nodes."""

    def __init__(self, process: subprocess.Popen[bytes], url: str, data_dir: Path, log: Path) -> None:
        self.process = process
        self.url = url
        self.data_dir = data_dir
        self.log = log
        """What it writes to standard output and error."""

    @property
    def kubeconfig(self) -> Path:
        """The administrator's."""
        return self.data_dir / "kubeconfig"

    def kubeconfig_of(self, user: str) -> Path:
        """That of another identity: ``controller-manager``, ``scheduler``, ``bootstrap-kubelet``."""
        return self.data_dir / "kubeconfigs" / f"{user}.kubeconfig"

    @cached_property
    def client(self) -> Any:
        """A ready ``kubernetes.client.ApiClient``. Imported here and now: that takes up to a second."""
        config = importlib.import_module("kubernetes.config")
        return config.new_client_from_config(str(self.kubeconfig))

    def kubectl(self, *arguments: str, stdin: str | None = None, check: bool = True, timeout: float = 60.0) -> str:
        """Run the kubectl of this machine; its standard output. Raises CalledProcessError, FileNotFoundError."""
        program = shutil.which("kubectl")
        if program is None:
            raise FileNotFoundError("kubectl is not installed on this machine")
        done = subprocess.run(
            [program, "--kubeconfig", str(self.kubeconfig), *arguments],
            input=stdin,
            stdin=subprocess.DEVNULL if stdin is None else None,
            capture_output=True,
            text=True,
            timeout=timeout,
            env={**os.environ, "HOME": str(self.data_dir)},
            check=False,
        )
        if check and done.returncode:
            raise subprocess.CalledProcessError(done.returncode, done.args, done.stdout, done.stderr)
        return done.stdout

    def stop(self) -> int:
        """SIGTERM; the exit code. May be called again."""
        self.process.terminate()
        try:
            return self.process.wait(STOP_TIMEOUT)
        except subprocess.TimeoutExpired:
            self.kill()
            raise

    def kill(self) -> None:
        """SIGKILL, as a crash would."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()


def start(data_dir: Path, *, nodes: int | None = None, **options: str | int) -> Kubejazz:
    """Start ``serve``, or ``up`` if ``nodes`` is given, and wait until it answers. Raises StartError.

    ``options`` are those of the command (``database="…"``, True for one without a value); the port is a free one unless
    given. ``serve`` has no controllers that would make service accounts, so pods need none.
    """
    command = "serve" if nodes is None else "up"
    flags: dict[str, str | int] = {"data-dir": str(data_dir), "kubeconfig": str(data_dir / "kubeconfig"), "port": "0"}
    flags |= {"disable-admission-plugins": "ServiceAccount"} if nodes is None else {"nodes": str(nodes)}
    flags.update({name.replace("_", "-"): value for name, value in options.items()})
    data_dir.mkdir(parents=True, exist_ok=True)
    log = data_dir / f"{command}.log"
    reader, writer = os.pipe()
    try:
        arguments = [part for name, value in flags.items() for part in _option(name, value)]
        with log.open("ab") as output:
            process = subprocess.Popen(
                command_line(command, *arguments, "--ready-fd", str(writer)),
                pass_fds=[writer],
                env=_environment(),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        os.close(writer)
        url = _ready(process, reader, log)
    finally:
        os.close(reader)
    return Kubejazz(process, url, data_dir, log)


def _option(name: str, value: str | int) -> tuple[str, ...]:
    return (f"--{name}",) if value is True else (f"--{name}", str(value))


def _environment() -> dict[str, str]:
    """Without settings of whoever runs the tests."""
    ours = environment_of_child()
    kept = {"KUBEJAZZ_PARENT"}
    return {name: value for name, value in ours.items() if name in kept or not name.startswith("KUBEJAZZ_")}


def _ready(process: subprocess.Popen[bytes], reader: int, log: Path) -> str:
    """The URL it writes when it serves."""
    deadline = time.monotonic() + START_TIMEOUT
    readable, _, _ = select.select([reader], [], [], deadline - time.monotonic())
    url = os.read(reader, 4096).decode().strip() if readable else ""
    if url:
        return url
    process.kill()
    code = process.wait()
    why = f"ended with code {code}" if readable else f"was not ready within {START_TIMEOUT:.0f} s"
    raise StartError(f"kubejazz {why}: {log.read_text(errors='replace').strip()}")
