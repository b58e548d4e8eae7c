"""kubectl against the cluster of a check: the one on PATH, with settings of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

from conformance.check import Case, Failed

_PATIENCE = 60.0


def kubectl(case: Case, *arguments: str, stdin: str | None = None, codes: tuple[int, ...] = (0,)) -> str:
    """Standard output. Fails unless the exit code is one of ``codes``."""
    done = _run(case, arguments, stdin)
    case.true(done.returncode in codes, f"kubectl {arguments[0]} exits with {done.returncode}: {done.stderr.strip()}")
    return done.stdout


def refused(case: Case, *arguments: str, says: tuple[str, ...], stdin: str | None = None) -> None:
    """kubectl fails and prints one of ``says`` on standard error."""
    done = _run(case, arguments, stdin)
    case.true(done.returncode != 0, f"kubectl {' '.join(arguments)} should fail, but prints {done.stdout.strip()}")
    case.true(any(text in done.stderr for text in says), f"the error should say {says[0]!r}: {done.stderr.strip()}")


@contextmanager
def running(case: Case, *arguments: str) -> Iterator[str]:
    """kubectl in the background; its first line of standard output. Ended when the block is left."""
    with tempfile.TemporaryDirectory() as home:
        process = subprocess.Popen(
            _command(case, arguments),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env=_environment(home),
        )
        assert process.stdout is not None
        try:
            yield process.stdout.readline()
        finally:
            process.kill()
            process.wait()
            process.stdout.close()


def _run(case: Case, arguments: tuple[str, ...], stdin: str | None) -> subprocess.CompletedProcess[str]:
    with tempfile.TemporaryDirectory() as home:
        return subprocess.run(
            _command(case, arguments),
            input=stdin or "",
            capture_output=True,
            text=True,
            timeout=_PATIENCE,
            check=False,
            env=_environment(home),
        )


def _command(case: Case, arguments: tuple[str, ...]) -> list[str]:
    program = shutil.which("kubectl")
    if program is None:
        raise Failed("there is no kubectl on PATH")
    return [program, *(("--kubeconfig", str(case.kubeconfig)) if case.kubeconfig else ()), *arguments]


def _environment(home: str) -> dict[str, str]:
    """The user's own settings are left aside."""
    return {**os.environ, "HOME": home, "KUBECTL_EXTERNAL_DIFF": "diff -u -N"}
