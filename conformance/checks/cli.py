"""kubectl against the cluster: the one on PATH. A check fails where there is none."""

from __future__ import annotations

import http.client
import json
import re
import socket
import tempfile
from pathlib import Path

from conformance.api import Object
from conformance.bodies import pod, replication_controller, workload
from conformance.check import Case, Check
from conformance.kinds import PODS, REPLICATION_CONTROLLERS
from conformance.kubectl import kubectl
from conformance.kubectl import running as kubectl_running
from conformance.waiting import ready_pods, running
from conformance.workloads import name_of

_OTHER = "registry.k8s.io/pause:3.10"


def _namespaced(case: Case, *arguments: str, stdin: str | None = None, codes: tuple[int, ...] = (0,)) -> str:
    return kubectl(case, *arguments, "--namespace", case.namespace, stdin=stdin, codes=codes)


def _json(kind: str, version: str, body: Object) -> str:
    return json.dumps({"apiVersion": version, "kind": kind, **body})


def api_versions(case: Case) -> None:
    case.true("v1" in kubectl(case, "api-versions").split(), "kubectl api-versions lists v1")


def cluster_info(case: Case) -> None:
    out = kubectl(case, "cluster-info")
    case.true("Kubernetes control plane" in out and "is running at" in out, f"cluster-info: {out}")


def version(case: Case) -> None:
    out = kubectl(case, "version")
    for side in ("Client Version: ", "Server Version: "):
        case.true(re.search(side + r"v\d\.\d+\.[\w\-.+]+", out), f"{side}in the output of kubectl version: {out}")


def run_never(case: Case) -> None:
    _namespaced(case, "run", "e2e-test-pod", "--restart=Never", "--image=registry.k8s.io/pause:3.10.1")
    found = case.get(PODS, "e2e-test-pod")
    case.equal(found["spec"]["containers"][0]["image"], "registry.k8s.io/pause:3.10.1", "the image")
    case.equal(found["spec"]["restartPolicy"], "Never", "the restart policy")


def label(case: Case) -> None:
    case.create(PODS, pod("labelled"))
    running(case, "labelled")
    _namespaced(case, "label", "pods", "labelled", "testing-label=testing-label-value")
    out = _namespaced(case, "get", "pod", "labelled", "-L", "testing-label")
    case.true("testing-label-value" in out, f"the label is printed: {out}")
    _namespaced(case, "label", "pods", "labelled", "testing-label-")
    out = _namespaced(case, "get", "pod", "labelled", "-L", "testing-label")
    case.true("testing-label-value" not in out, f"the label is gone: {out}")


def patch(case: Case) -> None:
    made = case.create(REPLICATION_CONTROLLERS, replication_controller(case, "agnhost", 1))
    name = name_of(ready_pods(case, 1, labelSelector=f"app={name_of(made)}")[0])
    _namespaced(case, "patch", "pod", name, "-p", '{"metadata":{"annotations":{"x":"y"}}}')
    case.contains(case.get(PODS, name)["metadata"].get("annotations"), {"x": "y"}, "the annotations")


def replace(case: Case) -> None:
    _namespaced(case, "run", "e2e-test-pod", "--image=registry.k8s.io/pause:3.10.1", "--labels=run=e2e-test-pod")
    running(case, "e2e-test-pod")
    text = _namespaced(case, "get", "pod", "e2e-test-pod", "-o", "json")
    _namespaced(case, "replace", "-f", "-", stdin=text.replace("registry.k8s.io/pause:3.10.1", _OTHER))
    image = case.get(PODS, "e2e-test-pod")["spec"]["containers"][0]["image"]
    case.equal(image, _OTHER, "the image after the replacement")


def dry_run(case: Case) -> None:
    _namespaced(case, "run", "e2e-test-pod", "--image=registry.k8s.io/pause:3.10.1", "--labels=run=e2e-test-pod")
    running(case, "e2e-test-pod")
    body = json.dumps({"spec": {"containers": [{"name": "e2e-test-pod", "image": _OTHER}]}})
    _namespaced(case, "patch", "pod", "e2e-test-pod", "-p", body, "--dry-run=server")
    image = case.get(PODS, "e2e-test-pod")["spec"]["containers"][0]["image"]
    case.equal(image, "registry.k8s.io/pause:3.10.1", "the image after a dry run")


def diff(case: Case) -> None:
    body = workload(case, "httpd", 1)
    _namespaced(case, "apply", "-f", "-", stdin=_json("Deployment", "apps/v1", body))
    body["spec"]["template"]["spec"]["containers"][0]["image"] = _OTHER
    out = _namespaced(case, "diff", "-f", "-", stdin=_json("Deployment", "apps/v1", body), codes=(1,))
    for sign, image in (("-", "registry.k8s.io/pause:3.10.1"), ("+", _OTHER)):
        found = [line for line in out.splitlines() if line.startswith(sign) and line.endswith(image)]
        case.true(found, f"the difference shows {sign} {image}: {out}")


def _prints(case: Case, out: str, what: str, *wanted: str) -> None:
    for text in wanted:
        case.true(text in out, f"kubectl describe {what} prints {text!r}: {out}")


def describe(case: Case) -> None:
    made = case.create(REPLICATION_CONTROLLERS, replication_controller(case, "agnhost-primary", 1))
    name = name_of(made)
    found = ready_pods(case, 1, labelSelector=f"app={name}")[0]
    out = _namespaced(case, "describe", "pod", name_of(found))
    _prints(case, out, "pod", "Controlled By:", f"ReplicationController/{name}", "Status:", "Running", "Node:", "IP:")
    out = _namespaced(case, "describe", "rc", name)
    _prints(
        case,
        out,
        "rc",
        "Name:",
        name,
        "Namespace:",
        case.namespace,
        "Selector:",
        "1 current",
        "1 desired",
        "Pods Status:",
        "Image:",
    )
    out = kubectl(case, "describe", "node", found["spec"]["nodeName"])
    _prints(
        case,
        out,
        "node",
        "Labels:",
        "Annotations:",
        "CreationTimestamp:",
        "Conditions:",
        "Type",
        "Capacity",
        "Version",
        "Kubelet Version",
        "Pods",
    )
    out = kubectl(case, "describe", "namespace", case.namespace)
    _prints(case, out, "namespace", "Name:", case.namespace, "Annotations:", "Status:", "Active")


def proxy_port(case: Case) -> None:
    with kubectl_running(case, "proxy", "-p", "0", "--disable-filter") as line:
        found = re.search(r"Starting to serve on 127\.0\.0\.1:([0-9]+)", line)
        case.true(found, f"kubectl proxy prints its port: {line}")
        assert found is not None
        connection = http.client.HTTPConnection("localhost", int(found[1]), timeout=30)
        _has_versions(case, connection, "/api/")


def proxy_socket(case: Case) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "test")
        with kubectl_running(case, "proxy", f"--unix-socket={path}") as line:
            case.true(line, "kubectl proxy prints where it serves")
            connection = http.client.HTTPConnection("localhost", timeout=30)
            connection.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            connection.sock.settimeout(30)
            connection.sock.connect(path)
            _has_versions(case, connection, "/api")


def _has_versions(case: Case, connection: http.client.HTTPConnection, path: str) -> None:
    try:
        connection.request("GET", path)
        answer = json.loads(connection.getresponse().read())
    finally:
        connection.close()
    case.true(answer.get("versions"), f"{path} through the proxy lists versions: {answer}")


_CLI = "[sig-cli] Kubectl client "
_END = " [Conformance]"
CHECKS = (
    Check(_CLI + "Kubectl api-versions should check if v1 is in available api versions" + _END, api_versions),
    Check(
        _CLI
        + "Kubectl cluster-info should check if Kubernetes control plane services is included in cluster-info"
        + _END,
        cluster_info,
    ),
    Check(_CLI + "Kubectl version should check is all data is printed" + _END, version),
    Check(_CLI + "Kubectl run pod should create a pod from an image when restart is Never" + _END, run_never),
    Check(_CLI + "Kubectl label should update the label on a resource" + _END, label),
    Check(_CLI + "Kubectl patch should add annotations for pods in rc" + _END, patch),
    Check(_CLI + "Kubectl replace should update a single-container pod's image" + _END, replace),
    Check(_CLI + "Kubectl server-side dry-run should check if kubectl can dry-run update Pods" + _END, dry_run),
    Check(_CLI + "Kubectl diff should check if kubectl diff finds a difference for Deployments" + _END, diff),
    Check(
        _CLI + "Kubectl describe should check if kubectl describe prints relevant information for rc and pods" + _END,
        describe,
    ),
    Check(_CLI + "Proxy server should support proxy with --port 0" + _END, proxy_port),
    Check(_CLI + "Proxy server should support --unix-socket=/path" + _END, proxy_socket),
)
