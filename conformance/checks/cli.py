"""kubectl against the cluster: the one on PATH. A check fails where there is none."""

from __future__ import annotations

import http.client
import json
import re
import socket
import tempfile
from pathlib import Path

from conformance.api import Object
from conformance.bodies import AGNHOST, pod, workload
from conformance.check import Case, Check
from conformance.kinds import NODES, PODS, REPLICATION_CONTROLLERS
from conformance.kubectl import kubectl
from conformance.kubectl import running as kubectl_running
from conformance.waiting import ready_pods, running, until
from conformance.workloads import all_ready, name_of

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
    name = _agnhost(case)
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
    _namespaced(case, "create", "-f", "-", stdin=_json("Deployment", "apps/v1", body))
    body["spec"]["template"]["spec"]["containers"][0]["image"] = _OTHER
    out = _namespaced(case, "diff", "-f", "-", stdin=_json("Deployment", "apps/v1", body), codes=(1,))
    for sign, image in (("-", "registry.k8s.io/pause:3.10.1"), ("+", _OTHER)):
        found = [line for line in out.splitlines() if line.startswith(sign) and line.endswith(image)]
        case.true(found, f"the difference shows {sign} {image}: {out}")


_AGNHOST = {"app": "agnhost", "role": "primary"}


def _prints(case: Case, out: str, what: str, *lines: tuple[str, ...]) -> None:
    """For each of the lines there is one in the output that holds all its words, in that order of lines."""
    rest = iter(out.splitlines())
    for words in lines:
        case.true(
            any(all(word in line for word in words) for line in rest),
            f"kubectl describe {what} prints {words} after what it has to print before: {out}",
        )


def _agnhost(case: Case) -> str:
    """A ReplicationController and a Service, made by kubectl; the name of the pod when it is ready."""
    container = {
        "name": "agnhost-primary",
        "image": AGNHOST,
        "ports": [{"name": "agnhost-server", "containerPort": 6379}],
    }
    template = {"metadata": {"labels": _AGNHOST}, "spec": {"containers": [container]}}
    metadata = {"name": "agnhost-primary", "labels": _AGNHOST}
    controller = {"metadata": metadata, "spec": {"replicas": 1, "selector": _AGNHOST, "template": template}}
    ports = [{"port": 6379, "targetPort": "agnhost-server"}]
    service = {"metadata": metadata, "spec": {"ports": ports, "selector": _AGNHOST}}
    for kind, body in (("ReplicationController", controller), ("Service", service)):
        _namespaced(case, "create", "-f", "-", stdin=_json(kind, "v1", body))
    return name_of(ready_pods(case, 1, labelSelector="app=agnhost")[0])


def describe(case: Case) -> None:
    pod_name, space, labels = _agnhost(case), case.namespace, (("Labels:", "app=agnhost"), ("role=primary",))
    head = (("Name:", "agnhost-primary"), ("Namespace:", space))
    out = _namespaced(case, "describe", "pod", pod_name)
    owner = ("Controlled By:", "ReplicationController/agnhost-primary")
    end = (("Status:", "Running"), ("IP:",), owner, ("Image:", AGNHOST), ("State:", "Running"))
    _prints(case, out, "pod", *head, ("Node:",), *labels, ("Annotations:",), *end, ("QoS Class:", "BestEffort"))
    until(case, REPLICATION_CONTROLLERS, "agnhost-primary", all_ready, "to be ready")
    out = _namespaced(case, "describe", "rc", "agnhost-primary")
    counts = ("Pods Status:", "1 Running", "0 Waiting", "0 Succeeded", "0 Failed")
    rest = (("Replicas:", "1 current", "1 desired"), counts, ("Pod Template:",), ("Image:", AGNHOST), ("Events:",))
    _prints(case, out, "rc", *head, ("Selector:", "app=agnhost,role=primary"), *labels, ("Annotations:",), *rest)
    out = _namespaced(case, "describe", "service", "agnhost-primary")
    selector = ("Selector:", "app=agnhost", "role=primary")
    ports = (("Port:", "<unset>", "6379/TCP"), ("Endpoints:",), ("Session Affinity:", "None"))
    _prints(case, out, "service", *head, *labels, ("Annotations:",), selector, ("Type:", "ClusterIP"), ("IP:",), *ports)
    node = name_of(case.api.items(NODES, fieldSelector="spec.unschedulable=false")[0])
    titles = ("Type", "Status", "LastHeartbeatTime", "LastTransitionTime", "Reason", "Message")
    words = ("Labels:", "Annotations:", "CreationTimestamp:", "Conditions:", titles, "Addresses:", "Capacity:")
    system = ("Kernel Version:", "OS Image:", "Container Runtime Version:", "Kubelet Version:", "Pods:")
    told = [(one,) if isinstance(one, str) else one for one in (*words, *system)]
    _prints(case, kubectl(case, "describe", "node", node), "node", ("Name:", node), *told)
    out = kubectl(case, "describe", "namespace", space)
    _prints(case, out, "namespace", ("Name:", space), ("Labels:",), ("Annotations:",), ("Status:", "Active"))


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
