"""The story of a cluster, told while its server runs, and exact reads of its past."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from apimachinery.status import StatusError
from client.api import Client
from client.resources import CONFIGMAPS
from kubejazz.children import command_line
from kubejazz.pytest_plugin import StartKubejazz
from kubejazz.testing import Kubejazz, start
from tests.kubejazz.processes import environment, kubejazz, the_line
from tests.storage.cluster import Cluster
from tests.storage.cluster_fixtures import running_cluster

__all__ = ["running_cluster"]


def connected(server: Kubejazz, agent: str = "story/1 (test)") -> closing[Client]:
    return closing(Client.from_kubeconfig(str(server.kubeconfig), user_agent=agent))


def config_map(name: str, **data: str) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": data}


class Teller(NamedTuple):
    """A server, and what ``kubejazz log`` is told about its store."""

    server: Kubejazz
    store: tuple[str, str]


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def teller(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Teller]:
    """Servers that forget nothing, however long the tests beside these take."""
    folder = tmp_path_factory.mktemp("log")
    if request.param == "sqlite":
        server, store = start(folder, history="forever"), ("--data-dir", str(folder))
    else:
        cluster: Cluster = request.getfixturevalue("running_cluster")
        if not cluster.running:
            cluster.start()
        url = cluster.url(cluster.schema())
        server, store = start(folder, database=url, history="forever"), ("--database", url)
    yield Teller(server, store)
    server.stop()


@pytest.fixture(scope="module")
def story(teller: Teller) -> dict[str, Any]:
    """A config map made by one, changed by another, and removed; beside one of the same name elsewhere."""
    with connected(teller.server) as admin, connected(teller.server, "worker/2") as other:
        made = admin.create(CONFIGMAPS, "default", config_map("told", a="1"))
        changed = other.update(CONFIGMAPS, "default", "told", {**made, "data": {"a": "2"}})
        admin.delete(CONFIGMAPS, "default", "told")
        admin.create(CONFIGMAPS, "kube-system", config_map("told"))
    return {"made": made["metadata"]["resourceVersion"], "changed": changed["metadata"]["resourceVersion"]}


def told(teller: Teller, *arguments: str) -> list[str]:
    finished = kubejazz("log", *arguments, *teller.store)
    assert finished.returncode == 0, finished
    return finished.stdout.splitlines()


@pytest.mark.parametrize("kind", ["cm", "configmap", "ConfigMap", "configmaps"])
def test_the_story_of_an_object_names_who_wrote_what_in_order(teller: Teller, story: dict[str, Any], kind: str) -> None:
    lines = [line.split("  ") for line in told(teller, f"{kind}/told", "-n", "default")]
    assert [line[2:] for line in lines] == [
        ["created", "configmaps default/told", "by kubernetes-admin (story: create)"],
        ["updated", "configmaps default/told", "by kubernetes-admin (worker: update)"],
        ["deleted", "configmaps default/told", "by kubernetes-admin (story: delete)"],
    ]
    assert [line[1] for line in lines[:2]] == [story["made"], story["changed"]]
    assert [line[0] for line in lines] == sorted(line[0] for line in lines)


def test_without_a_namespace_and_without_an_object_more_is_told(teller: Teller, story: Any) -> None:
    assert len(told(teller, "cm/told")) == 4
    everything = told(teller)
    revisions = [int(line.split("  ")[1]) for line in everything]
    assert revisions == list(range(2, revisions[-1] + 1)), "the whole log, in order, without a gap"
    assert "namespaces default" in everything[0] or any("namespaces default" in line for line in everything)


def test_a_diff_shows_the_fields_each_write_changed(teller: Teller, story: Any) -> None:
    lines = told(teller, "cm/told", "-n", "default", "--diff")
    assert '    + data.a: "1"' in lines
    assert '    ~ data.a: "1" → "2"' in lines
    assert not any("managedFields" in line for line in lines)


def test_json_has_everything(teller: Teller, story: dict[str, Any]) -> None:
    records = [json.loads(line) for line in told(teller, "cm/told", "-n", "default", "--diff", "-o", "json")]
    changed = records[1]
    assert changed["revision"] == int(story["changed"])
    assert changed["previousRevision"] == int(story["made"])
    assert changed["by"] == {
        "user": "kubernetes-admin",
        "manager": "worker",
        "agent": "worker/2",
        "verb": "update",
    }
    assert changed["diff"] == [{"mark": "~", "path": "data.a", "old": "1", "new": "2"}]


def test_since_leaves_out_what_is_older(teller: Teller, story: Any) -> None:
    records = [json.loads(line) for line in told(teller, "cm/told", "-o", "json")]
    assert len(told(teller, "cm/told", "--since", records[1]["time"])) == 3
    assert len(told(teller, "cm/told", "--since", "1h")) == 4
    assert told(teller, "cm/told", "--since", "2999-01-01T00:00:00Z") == []


def test_a_kind_nobody_knows_is_refused(teller: Teller) -> None:
    line = the_line(kubejazz("log", "nonsense/x", *teller.store))
    assert "nothing is known of 'nonsense'" in line


def test_following_tells_what_happens_from_now_on(teller: Teller) -> None:
    arguments = command_line("log", "cm/followed", "-f", *teller.store)
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True, env=environment()) as process:
        try:
            with connected(teller.server) as client:
                made = client.create(CONFIGMAPS, "default", config_map("followed"))
            assert process.stdout is not None
            line = process.stdout.readline().split("  ")
            assert line[1:4] == [made["metadata"]["resourceVersion"], "created", "configmaps default/followed"]
        finally:
            process.terminate()
        assert process.wait(5) == 0


def test_kubectl_reads_the_past_exactly(teller: Teller, story: dict[str, Any]) -> None:
    path = "/api/v1/namespaces/default/configmaps?fieldSelector=metadata.name=told&resourceVersionMatch=Exact"
    kubectl = ("kubectl", "--kubeconfig", str(teller.server.kubeconfig), "get", "--raw")
    for revision, data in ((story["made"], {"a": "1"}), (story["changed"], {"a": "2"})):
        finished = subprocess.run([*kubectl, f"{path}&resourceVersion={revision}"], capture_output=True, check=True)
        listed = json.loads(finished.stdout)
        assert listed["metadata"]["resourceVersion"] == revision
        assert [item["data"] for item in listed["items"]] == [data]


def test_the_past_is_read_exactly_as_far_back_as_history_is_kept(start_kubejazz: StartKubejazz, tmp_path: Path) -> None:
    server = start_kubejazz(data_dir=tmp_path, history="forever")
    states: dict[str, dict[str, str]] = {}
    with connected(server) as client:
        current = client.create(CONFIGMAPS, "default", config_map("past", n="0"))
        for n in range(1, 5):
            states[current["metadata"]["resourceVersion"]] = current["data"]
            current = client.update(CONFIGMAPS, "default", "past", {**current, "data": {"n": str(n)}})
        client.delete(CONFIGMAPS, "default", "past")
    server.stop()
    server = start_kubejazz(data_dir=tmp_path, history="24h")
    path = "/api/v1/namespaces/default/configmaps"
    with connected(server) as client:
        for revision, data in states.items():
            query = {
                "resourceVersion": revision,
                "resourceVersionMatch": "Exact",
                "fieldSelector": "metadata.name=past",
            }
            listed = json.loads(client.raw_request("GET", path, query).body)
            assert listed["metadata"]["resourceVersion"] == revision
            assert [item["data"] for item in listed["items"]] == [data]
        with pytest.raises(StatusError) as refused:
            client.raw_request("GET", path, {"resourceVersion": "99999999", "resourceVersionMatch": "Exact"})
        assert refused.value.code == 504


@pytest.mark.parametrize("text", ["yesterday", "-5m", "0"])
def test_a_history_that_is_none_is_refused(tmp_path: Path, text: str) -> None:
    finished = kubejazz("serve", "--data-dir", str(tmp_path), f"--history={text}")
    assert finished.returncode == 2
    assert "--history" in finished.stderr.splitlines()[-1]
