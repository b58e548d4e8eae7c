"""kubectl get: every way to print, to choose, to follow."""

from __future__ import annotations

import subprocess

import pytest

from tests.kubectl.kubectl import Kubectl, eventually
from tests.kubectl.objects import config_map, deployment, pod

covers = pytest.mark.covers


@covers("get")
def test_get_prints_a_table(kubectl: Kubectl) -> None:
    kubectl.apply(config_map("one", a="1", b="2"))
    head, row = kubectl("get", "configmap", "one").rows
    assert head == ["NAME", "DATA", "AGE"]
    assert row[:2] == ["one", "2"]
    assert kubectl("get", "cm/one", "--no-headers").rows[0][:2] == ["one", "2"]


@covers("get -o wide")
def test_wide_adds_columns(kubectl: Kubectl) -> None:
    kubectl.apply(deployment("web"))
    head, row = kubectl("get", "deploy", "web", "-o", "wide").rows
    assert head == ["NAME", "READY", "UP-TO-DATE", "AVAILABLE", "AGE", "CONTAINERS", "IMAGES", "SELECTOR"]
    assert row[-3:] == [
        "main",
        kubectl.stored("deployments.apps", "web")["spec"]["template"]["spec"]["containers"][0]["image"],
        "app=web",
    ]


@covers("get -o json", "get -o yaml", "get -o name")
def test_objects_are_printed_as_they_are_stored(kubectl: Kubectl) -> None:
    kubectl.apply(config_map("one", a="1"))
    stored = kubectl.stored("configmaps", "one")
    stored["metadata"].pop("managedFields")
    assert kubectl("get", "cm", "one", "-o", "json").json == stored
    assert kubectl("get", "cm", "one", "-o", "yaml").yaml == stored
    assert kubectl("get", "cm", "one", "-o", "name").out == "configmap/one\n"
    shown = kubectl("get", "cm", "one", "-o", "yaml", "--show-managed-fields").yaml
    assert shown["metadata"]["managedFields"][0]["manager"] == "kubectl-client-side-apply"
    listed = kubectl("get", "cm", "-o", "json").json
    assert {item["metadata"]["name"] for item in listed["items"]} == {"one", "kube-root-ca.crt"}


@covers("get -o jsonpath", "get -o jsonpath-as-json", "get -o jsonpath-file", "get -o go-template")
def test_templates_choose_fields(kubectl: Kubectl) -> None:
    kubectl.apply(config_map("one", a="1"), config_map("two", a="2"))
    names = "{range .items[*]}{.metadata.name}={.data.a} {end}"
    assert "one=1 two=2" in kubectl("get", "cm", "-o", f"jsonpath={names}").out
    assert kubectl("get", "cm", "one", "-o", "jsonpath-as-json={.data}").json == [{"a": "1"}]
    (kubectl.home / "path").write_text("{.data.a}")
    assert kubectl("get", "cm", "two", "-o", f"jsonpath-file={kubectl.home / 'path'}").out == "2"
    assert kubectl("get", "cm", "two", "-o", "go-template={{.data.a}}").out == "2"


@covers("get -o custom-columns", "get -o custom-columns-file")
def test_columns_of_ones_own(kubectl: Kubectl) -> None:
    kubectl.apply(config_map("one", a="1"))
    columns = "NAME:.metadata.name,VALUE:.data.a"
    assert kubectl("get", "cm", "one", "-o", f"custom-columns={columns}").rows == [["NAME", "VALUE"], ["one", "1"]]
    (kubectl.home / "columns").write_text("NAME VALUE\nmetadata.name data.a\n")
    path = kubectl.home / "columns"
    assert kubectl("get", "cm", "one", "-o", f"custom-columns-file={path}").rows[1] == ["one", "1"]


@covers("get --show-labels", "get -L", "get --show-kind")
def test_labels_and_kinds_as_columns(kubectl: Kubectl) -> None:
    kubectl.apply(config_map("one", {"tier": "web"}))
    assert kubectl("get", "cm", "one", "--show-labels").rows[1][-1] == "tier=web"
    head, row = kubectl("get", "cm", "one", "-L", "tier").rows
    assert (head[-1], row[-1]) == ("TIER", "web")
    assert kubectl("get", "cm", "one", "--show-kind").rows[1][0] == "configmap/one"


@covers("get -l", "get --field-selector", "get --sort-by")
def test_selectors_and_order(kubectl: Kubectl) -> None:
    kubectl.apply(*(config_map(name, {"tier": name}, rank=rank) for name, rank in (("a", "2"), ("b", "3"), ("c", "1"))))
    names = ("get", "cm", "-o", "name")
    assert kubectl(*names, "-l", "tier").out.split() == ["configmap/a", "configmap/b", "configmap/c"]
    assert kubectl(*names, "-l", "tier in (a,b),tier!=a").out.split() == ["configmap/b"]
    assert kubectl(*names, "-l", "tier notin (a,b),tier").out.split() == ["configmap/c"]
    assert kubectl(*names, "-l", "!tier").out.split() == ["configmap/kube-root-ca.crt"]
    assert kubectl(*names, "--field-selector", "metadata.name=b").out.split() == ["configmap/b"]
    by_rank = kubectl("get", "cm", "-l", "tier", "--sort-by={.data.rank}", "--no-headers").rows
    assert [row[0] for row in by_rank] == ["c", "a", "b"]
    refused = kubectl("get", "cm", "--field-selector", "data.rank=1", code=1)
    assert '"data.rank" is not a known field selector' in refused.err


@covers("get -A", "get all", "get type/name type/name", "get -f")
def test_several_kinds_and_all_namespaces(kubectl: Kubectl) -> None:
    kubectl.apply(config_map("one"), deployment("web", 0))
    rows = kubectl("get", "cm", "-A", "--no-headers").rows
    assert [kubectl.namespace, "one"] in [row[:2] for row in rows]
    assert "deployment.apps/web" in kubectl("get", "all", "-o", "name").out.split()
    assert kubectl("get", "cm/one", "deploy/web", "-o", "name").out.split() == ["configmap/one", "deployment.apps/web"]
    document = kubectl("get", "cm", "one", "-o", "yaml").out
    assert kubectl("get", "-f", "-", "-o", "name", stdin=document).out == "configmap/one\n"


@covers("get --chunk-size", "get --server-print=false", "get --ignore-not-found")
def test_pages_client_side_printing_and_what_is_not_there(kubectl: Kubectl) -> None:
    kubectl.apply(*(config_map(f"c-{n}") for n in range(7)))
    assert len(kubectl("get", "cm", "--chunk-size=2", "-o", "name").lines) == 8
    head = kubectl("get", "cm", "--server-print=false").rows[0]
    assert head == ["NAME", "AGE"]
    missing = kubectl("get", "cm", "nothing", code=1)
    assert missing.err == 'Error from server (NotFound): configmaps "nothing" not found\n'
    assert kubectl("get", "cm", "nothing", "--ignore-not-found").out == ""
    assert kubectl("get", "secrets").err == f"No resources found in {kubectl.namespace} namespace.\n"


@covers("get --raw")
def test_raw_paths(kubectl: Kubectl) -> None:
    kubectl.apply(config_map("one", a="1"))
    path = f"/api/v1/namespaces/{kubectl.namespace}/configmaps/one"
    assert kubectl("get", "--raw", path).json["data"] == {"a": "1"}
    assert kubectl("get", "--raw", "/readyz").out == "ok"
    kubectl("delete", "--raw", path)
    assert kubectl.find("configmaps", "one") is None


@covers("get --subresource")
def test_subresources(kubectl: Kubectl) -> None:
    kubectl.apply(deployment("web", 0))
    scale = kubectl("get", "deploy", "web", "--subresource=scale", "-o", "json").json
    assert (scale["kind"], scale["spec"]) == ("Scale", {})
    assert kubectl("get", "deploy", "web", "--subresource=status", "-o", "name").out == "deployment.apps/web\n"


def _until(process: subprocess.Popen[str], count: int) -> list[str]:
    assert process.stdout is not None
    lines = [process.stdout.readline().rstrip("\n") for _ in range(count)]
    process.kill()
    process.wait()
    process.stdout.close()
    return lines


@covers("get -w", "get -w --output-watch-events")
def test_watching_shows_what_happens(kubectl: Kubectl) -> None:
    kubectl.apply(config_map("one", {"mine": "yes"}))
    watching = kubectl.start("get", "cm", "-l", "mine", "-w", "--output-watch-events", "--no-headers")
    assert watching.stdout is not None
    assert watching.stdout.readline().split()[:2] == ["ADDED", "one"]
    kubectl.api.create(f"/api/v1/namespaces/{kubectl.namespace}/configmaps", config_map("two", {"mine": "yes"}))
    assert watching.stdout.readline().split()[:2] == ["ADDED", "two"]
    kubectl.api.request("DELETE", f"/api/v1/namespaces/{kubectl.namespace}/configmaps/one")
    assert _until(watching, 1)[0].split()[:2] == ["DELETED", "one"]


@covers("get --watch-only")
def test_watching_only_what_comes(kubectl: Kubectl) -> None:
    kubectl.apply(config_map("one"))
    watching = kubectl.start("get", "cm", "--watch-only", "-o", "name", "-v=0")
    posted: list[str] = []

    def post() -> list[str]:
        """It takes a moment until it watches: what was made before that does not show."""
        name = f"later-{len(posted)}"
        kubectl.api.create(f"/api/v1/namespaces/{kubectl.namespace}/configmaps", config_map(name))
        posted.append(f"configmap/{name}")
        return posted

    eventually(post, lambda made: watching.poll() is None and len(made) > 40)
    assert _until(watching, 1)[0] in posted


@covers("get pods")
def test_pods_show_their_life(kubectl: Kubectl) -> None:
    kubectl.apply(pod("runs"))
    eventually(lambda: kubectl.stored("pods", "runs")["status"]["phase"], lambda phase: phase == "Running")
    head, row = kubectl("get", "pod", "runs", "-o", "wide").rows
    assert head[:8] == ["NAME", "READY", "STATUS", "RESTARTS", "AGE", "IP", "NODE", "NOMINATED"]
    assert row[:4] == ["runs", "1/1", "Running", "0"]
    assert row[6] == kubectl.stored("pods", "runs")["spec"]["nodeName"]
