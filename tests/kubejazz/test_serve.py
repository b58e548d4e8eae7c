"""The API server as a process: what it says when it cannot start, and how it ends."""

from __future__ import annotations

import contextlib
import csv
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from kubejazz.children import command_line
from kubejazz.pytest_plugin import StartKubejazz
from kubejazz.testing import Kubejazz
from tests.kubejazz.connection import Api
from tests.kubejazz.processes import environment, kubejazz, the_line


@pytest.fixture
def api() -> Iterator[Any]:
    """Makes connections and closes them."""
    with contextlib.ExitStack() as stack:

        def connect(server: Kubejazz, user: str = "", token: str = "") -> Api:
            return stack.enter_context(contextlib.closing(Api(server, user, token)))

        yield connect


def config_map(name: str) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": {"a": "b"}}


CONFIG_MAPS = "/api/v1/namespaces/default/configmaps"


def test_each_identity_is_known_by_certificate_and_by_token(kubejazz_server: Kubejazz, api: Any) -> None:
    with (kubejazz_server.data_dir / "tokens.csv").open(newline="") as file:
        tokens = {record[1]: record[0] for record in csv.reader(file)}
    for user, name, groups in (
        ("admin", "kubernetes-admin", ["system:masters", "system:authenticated"]),
        ("controller-manager", "system:kube-controller-manager", ["system:authenticated"]),
        ("scheduler", "system:kube-scheduler", ["system:authenticated"]),
    ):
        review = {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"}
        for connection in (api(kubejazz_server, user=user), api(kubejazz_server, token=tokens[name])):
            status, answer = connection.ask("POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews", review)
            assert status == 201
            info = answer["status"]["userInfo"]
            assert (info["username"], info["groups"]) == (name, groups)


def test_nobody_sees_the_version_and_nothing_more_and_a_bad_token_not_even_that(
    kubejazz_server: Kubejazz, api: Any
) -> None:
    assert api(kubejazz_server).ask("GET", "/version")[0] == 200
    status, answer = api(kubejazz_server).ask("GET", CONFIG_MAPS)
    assert (status, answer["reason"]) == (403, "Forbidden")
    status, answer = api(kubejazz_server, token="wrong").ask("GET", "/version")
    assert (status, answer["reason"]) == (401, "Unauthorized")


def test_the_kubeconfigs_reach_the_server(kubejazz_server: Kubejazz) -> None:
    for path in (kubejazz_server.kubeconfig, kubejazz_server.kubeconfig_of("scheduler")):
        config = yaml.safe_load(path.read_text())
        assert config["clusters"][0]["cluster"]["server"] == kubejazz_server.url
        assert config["current-context"] == "kubejazz"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_within_two_seconds_with_watches_open(
    start_kubejazz: StartKubejazz, api: Any, number: signal.Signals
) -> None:
    server = start_kubejazz()
    watch = api(server, user="admin").watch(f"{CONFIG_MAPS}?watch=true")
    idle = api(server, user="admin")
    assert idle.ask("GET", "/version")[0] == 200
    started = time.monotonic()
    server.process.send_signal(number)
    assert watch.read() == b""  # a proper end, no broken chunk
    assert server.process.wait(2) == 0
    assert time.monotonic() - started < 2
    assert "Traceback" not in server.log.read_text()


def test_the_next_start_finds_all_objects_again(start_kubejazz: StartKubejazz, api: Any, tmp_path: Path) -> None:
    server = start_kubejazz(data_dir=tmp_path)
    status, made = api(server, user="admin").ask("POST", CONFIG_MAPS, config_map("kept"))
    assert status == 201
    assert server.stop() == 0
    server = start_kubejazz(data_dir=tmp_path)
    assert api(server, user="admin").ask("GET", f"{CONFIG_MAPS}/kept") == (200, made)


def test_a_killed_server_has_lost_nothing_it_acknowledged(
    start_kubejazz: StartKubejazz, api: Any, tmp_path: Path
) -> None:
    server = start_kubejazz(data_dir=tmp_path)
    connection = api(server, user="admin")
    made = [connection.ask("POST", CONFIG_MAPS, config_map(f"c-{n}")) for n in range(20)]
    server.kill()
    assert {status for status, _ in made} == {201}
    server = start_kubejazz(data_dir=tmp_path)
    connection = api(server, user="admin")
    assert [connection.ask("GET", f"{CONFIG_MAPS}/c-{n}")[1] for n in range(20)] == [obj for _, obj in made]


def test_a_token_somebody_added_works_after_a_restart(start_kubejazz: StartKubejazz, api: Any, tmp_path: Path) -> None:
    start_kubejazz(data_dir=tmp_path).stop()
    with (tmp_path / "tokens.csv").open("a") as file:
        file.write('alices-token,alice,u-1,"dev,ops"\n')
    status, answer = api(start_kubejazz(data_dir=tmp_path), token="alices-token").ask("GET", CONFIG_MAPS)
    assert status == 403  # known, but not allowed
    assert answer["message"].startswith('configmaps is forbidden: User "alice" cannot list resource "configmaps"')


def test_a_kubeconfig_of_somebody_is_merged_into(start_kubejazz: StartKubejazz, tmp_path: Path) -> None:
    path = tmp_path / "config"
    path.write_text("apiVersion: v1\nkind: Config\nclusters: [{name: prod, cluster: {server: 'https://prod'}}]\n")
    server = start_kubejazz(data_dir=tmp_path / "data", kubeconfig=str(path))
    config = yaml.safe_load(path.read_text())
    assert [entry["name"] for entry in config["clusters"]] == ["prod", "kubejazz"]
    assert config["clusters"][1]["cluster"]["server"] == server.url


def test_the_kubeconfig_command_prints_and_merges(kubejazz_server: Kubejazz, tmp_path: Path) -> None:
    folder = str(kubejazz_server.data_dir)
    printed = kubejazz("kubeconfig", "--data-dir", folder, "--user", "scheduler")
    assert printed.returncode == 0
    assert printed.stdout == kubejazz_server.kubeconfig_of("scheduler").read_text()
    merged = kubejazz("kubeconfig", "--data-dir", folder, "--output", str(tmp_path / "config"))
    assert (merged.returncode, merged.stdout) == (0, "")
    assert yaml.safe_load((tmp_path / "config").read_text())["users"][0]["name"] == "kubejazz-admin"


def serve(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return kubejazz("serve", "--data-dir", str(folder), "--port", "0", *arguments)


def test_a_port_that_is_taken_is_told_in_one_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        line = the_line(serve(tmp_path, "--port", str(port)))
    assert line == (
        f"kubejazz serve: error: port {port} on 127.0.0.1 is in use by another program (--port 0 picks a free one)"
    )


def test_a_data_directory_in_use_is_told_in_one_line(kubejazz_server: Kubejazz) -> None:
    line = the_line(serve(kubejazz_server.data_dir))
    assert line == (
        f"kubejazz serve: error: data directory {kubejazz_server.data_dir} is in use by another kubejazz server"
        f" (process {kubejazz_server.process.pid})"
    )


@pytest.mark.parametrize("url", ["mysql://localhost/x", "nonsense", "sqlite:////dev/null/x.db"])
def test_a_bad_database_url_is_told_in_one_line(tmp_path: Path, url: str) -> None:
    line = the_line(serve(tmp_path, "--database", url))
    assert line.startswith("kubejazz serve: error: ")


@pytest.mark.parametrize("name", ["ca.crt", "apiserver.crt", "apiserver.key", "sa.key"])
def test_an_unreadable_certificate_is_told_in_one_line(
    start_kubejazz: StartKubejazz, tmp_path: Path, name: str
) -> None:
    start_kubejazz(data_dir=tmp_path).stop()
    (tmp_path / "pki" / name).write_text("nonsense")
    assert str(tmp_path / "pki") in the_line(serve(tmp_path))


def test_a_damaged_token_file_is_told_in_one_line(start_kubejazz: StartKubejazz, tmp_path: Path) -> None:
    start_kubejazz(data_dir=tmp_path).stop()
    with (tmp_path / "tokens.csv").open("a") as file:
        file.write("lonely\n")
    assert "must have at least 3 columns" in the_line(serve(tmp_path))


def test_a_data_directory_that_cannot_be_made_is_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert "cannot create data directory" in the_line(serve(tmp_path / "file"))


def test_an_address_that_is_not_ours_is_told_in_one_line(tmp_path: Path) -> None:
    assert "cannot listen on 192.0.2.1 port 0" in the_line(serve(tmp_path, "--bind", "192.0.2.1"))


def test_sigterm_while_it_starts_is_no_failure(tmp_path: Path) -> None:
    """Other tests may hold both cores just then: of three times, it must end within two seconds once."""
    took = []
    for attempt in range(3):
        took.append(_end_while_starting(tmp_path / str(attempt)))
        if took[-1] < 2:
            return
    raise AssertionError(took)


def _end_while_starting(data_dir: Path) -> float:
    """Seconds from SIGTERM to the end, which must be a success."""
    process = subprocess.Popen(
        command_line("serve", "--data-dir", str(data_dir), "--port", "0"),
        env=environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    with process:
        time.sleep(0.15)
        begin = time.monotonic()
        process.terminate()
        assert process.wait(10) == 0
        return time.monotonic() - begin


def test_it_loads_neither_the_client_nor_what_the_players_are_made_of() -> None:
    program = (
        "import sys; import kubejazz.commands.serve;"
        "names = {name.partition('.')[0] for name in sys.modules};"
        "print(sorted(names & {'kubernetes', 'client', 'controllers', 'scheduler', 'kubelet', 'urllib3', 'pydantic'}))"
    )
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run([sys.executable, "-c", program], cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
