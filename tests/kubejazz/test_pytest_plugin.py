"""The plugin as another project's tests see it."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

from kubernetes.client import ApiClient, CoreV1Api

from kubejazz.pytest_plugin import StartKubejazz
from kubejazz.testing import Kubejazz, StartError
from tests.kubejazz.processes import environment


def run_tests(folder: Path, source: str, *arguments: str) -> str:
    """Run a test file in a process of its own; what pytest printed."""
    (folder / "test_theirs.py").write_text(source)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-q", *arguments, "test_theirs.py"],
        cwd=folder,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_a_server_takes_less_than_a_second_of_work_to_start(start_kubejazz: StartKubejazz) -> None:
    """CPU time, because the clock on the wall belongs to whatever else runs here; bench/startup.py has that."""
    seconds = []
    for _ in range(3):
        stat = Path("/proc", str(start_kubejazz().process.pid), "stat").read_text().rpartition(")")[2].split()
        seconds.append((int(stat[11]) + int(stat[12])) / os.sysconf("SC_CLK_TCK"))
    assert min(seconds) < 1.0, seconds


def test_the_client_is_the_official_one_and_ready(kubejazz_server: Kubejazz) -> None:
    assert isinstance(kubejazz_server.client, ApiClient)
    names = {item.metadata.name for item in CoreV1Api(kubejazz_server.client).list_namespace().items}
    assert {"default", "kube-system"} <= names


def test_kubectl_works(kubejazz_server: Kubejazz) -> None:
    assert "kube-system" in kubejazz_server.kubectl("get", "namespaces", "-o", "name")
    made = kubejazz_server.kubectl("create", "-f", "-", stdin="apiVersion: v1\nkind: Namespace\nmetadata: {name: in}\n")
    assert made == "namespace/in created\n"


def test_a_server_that_cannot_start_says_why(start_kubejazz: StartKubejazz) -> None:
    try:
        start_kubejazz(database="nonsense")
    except StartError as error:
        assert "ended with code 1" in str(error)
        assert "kubejazz serve: error: " in str(error)
    else:
        raise AssertionError("it started")


SERVERS = """
import pytest
from pathlib import Path

seen = Path({log!r})

@pytest.mark.parametrize("n", range(4))
def test_shared(kubejazz_server, n):
    kubejazz_server.kubectl("create", "namespace", f"n-{{n}}")
    with seen.open("a") as file:
        file.write(f"{{kubejazz_server.url}} {{kubejazz_server.process.pid}}\\n")

def test_lean(kubejazz_server):
    import sys
    assert "kubernetes" not in sys.modules
    assert not {{"server", "storage", "openapi", "apimachinery"}} & set(sys.modules)
"""


def test_workers_of_xdist_have_servers_of_their_own_which_end_with_them(tmp_path: Path) -> None:
    log = tmp_path / "seen"
    out = run_tests(tmp_path, SERVERS.format(log=str(log)), "-n", "2")
    assert "5 passed" in out
    seen = set(log.read_text().splitlines())
    assert len(seen) == 2
    for line in seen:
        assert not Path("/proc", line.split()[1], "cmdline").exists()


FACTORY = """
def test_two(start_kubejazz):
    one, two = start_kubejazz(), start_kubejazz()
    one.kubectl("create", "namespace", "only-here")
    assert "only-here" not in two.kubectl("get", "namespaces")
    assert one.url != two.url
    two.kill()
    assert one.stop() == 0

def test_again(start_kubejazz, tmp_path):
    start_kubejazz(data_dir=tmp_path).kubectl("create", "namespace", "kept")
    # still running: its data directory is its own
"""


def test_servers_can_be_started_at_will(tmp_path: Path) -> None:
    assert "2 passed" in run_tests(tmp_path, FACTORY)


ABANDONED = """
import os

def test_it(start_kubejazz):
    server = start_kubejazz()
    open("pid", "w").write(str(server.process.pid))
    os.kill(os.getpid(), 9)
"""


def test_a_server_does_not_outlive_a_killed_test_run(tmp_path: Path) -> None:
    (tmp_path / "test_theirs.py").write_text(ABANDONED)
    command = [sys.executable, "-m", "pytest", "-q", "test_theirs.py"]
    subprocess.run(command, cwd=tmp_path, env=environment(), capture_output=True, timeout=60, check=False)
    process = Path("/proc", (tmp_path / "pid").read_text(), "stat")
    deadline = time.monotonic() + 5
    while _alive(process) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not _alive(process)


def _alive(stat: Path) -> bool:
    try:
        return stat.read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False
