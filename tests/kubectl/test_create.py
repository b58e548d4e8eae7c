"""kubectl create with every generator, and what its flags do."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from tests.kubectl.kubectl import Kubectl, manifest
from tests.kubectl.objects import PAUSE, config_map, job

covers = pytest.mark.covers


def the(obj: Any, path: str) -> Any:
    """What is at a dotted path; a number is an index."""
    for part in path.split("."):
        obj = obj[int(part)] if part.isdigit() else obj[part]
    return obj


GENERATED: dict[str, tuple[list[str], str, str, dict[str, Any]]] = {
    "create configmap": (
        ["configmap", "made", "--from-literal=a=1", "--from-literal=b=2"],
        "configmaps",
        "configmap/made created",
        {"data": {"a": "1", "b": "2"}},
    ),
    "create secret generic": (
        ["secret", "generic", "made", "--from-literal=a=1", "--type=example.com/mine"],
        "secrets",
        "secret/made created",
        {"data": {"a": "MQ=="}, "type": "example.com/mine"},
    ),
    "create secret docker-registry": (
        ["secret", "docker-registry", "made", "--docker-server=r", "--docker-username=u", "--docker-password=p"],
        "secrets",
        "secret/made created",
        {"type": "kubernetes.io/dockerconfigjson"},
    ),
    "create serviceaccount": (
        ["sa", "made"],
        "serviceaccounts",
        "serviceaccount/made created",
        {"kind": "ServiceAccount"},
    ),
    "create role": (
        ["role", "made", "--verb=get,list", "--resource=pods,deployments.apps", "--resource-name=one"],
        "roles.rbac.authorization.k8s.io",
        "role.rbac.authorization.k8s.io/made created",
        {
            "rules": [
                {"verbs": ["get", "list"], "apiGroups": [""], "resources": ["pods"], "resourceNames": ["one"]},
                {
                    "verbs": ["get", "list"],
                    "apiGroups": ["apps"],
                    "resources": ["deployments"],
                    "resourceNames": ["one"],
                },
            ]
        },
    ),
    "create rolebinding": (
        ["rolebinding", "made", "--clusterrole=view", "--user=jane", "--serviceaccount=a:b", "--group=g"],
        "rolebindings.rbac.authorization.k8s.io",
        "rolebinding.rbac.authorization.k8s.io/made created",
        {"roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "view"}},
    ),
    "create deployment": (
        ["deployment", "made", f"--image={PAUSE}", "--replicas=0", "--port=80"],
        "deployments.apps",
        "deployment.apps/made created",
        {"spec.replicas": 0, "spec.template.spec.containers.0.ports": [{"containerPort": 80, "protocol": "TCP"}]},
    ),
    "create job": (
        ["job", "made", f"--image={PAUSE}", "--", "date"],
        "jobs.batch",
        "job.batch/made created",
        {"spec.template.spec.containers.0.command": ["date"], "spec.template.spec.restartPolicy": "Never"},
    ),
    "create cronjob": (
        ["cronjob", "made", f"--image={PAUSE}", "--schedule=0 4 * * 1", "--restart=OnFailure"],
        "cronjobs.batch",
        "cronjob.batch/made created",
        {"spec.schedule": "0 4 * * 1", "spec.jobTemplate.spec.template.spec.restartPolicy": "OnFailure"},
    ),
    "create ingress": (
        ["ingress", "made", "--rule=foo.com/bar*=svc:8080,tls=cert", "--class=main", "--annotation=a=b"],
        "ingresses.networking.k8s.io",
        "ingress.networking.k8s.io/made created",
        {
            "spec.ingressClassName": "main",
            "spec.rules.0.http.paths.0": {
                "path": "/bar",
                "pathType": "Prefix",
                "backend": {"service": {"name": "svc", "port": {"number": 8080}}},
            },
            "spec.tls": [{"hosts": ["foo.com"], "secretName": "cert"}],
        },
    ),
    "create poddisruptionbudget": (
        ["pdb", "made", "--selector=app=web", "--min-available=50%"],
        "poddisruptionbudgets.policy",
        "poddisruptionbudget.policy/made created",
        {"spec.minAvailable": "50%", "spec.selector": {"matchLabels": {"app": "web"}}},
    ),
    "create service clusterip": (
        ["service", "clusterip", "made", "--tcp=5678:8080"],
        "services",
        "service/made created",
        {"spec.type": "ClusterIP", "spec.ports.0.targetPort": 8080, "spec.ports.0.name": "5678-8080"},
    ),
    "create service nodeport": (
        ["service", "nodeport", "made", "--tcp=80:80"],
        "services",
        "service/made created",
        {"spec.type": "NodePort"},
    ),
    "create service loadbalancer": (
        ["service", "loadbalancer", "made", "--tcp=80:80"],
        "services",
        "service/made created",
        {"spec.type": "LoadBalancer"},
    ),
    "create service externalname": (
        ["service", "externalname", "made", "--external-name=example.com"],
        "services",
        "service/made created",
        {"spec.type": "ExternalName", "spec.externalName": "example.com"},
    ),
}


@covers(*GENERATED)
def test_generators_store_what_their_flags_say(kubectl: Kubectl) -> None:
    for command, (arguments, resource, said, fields) in GENERATED.items():
        assert kubectl("create", *arguments).out == f"{said}\n"
        stored = kubectl.stored(resource, "made")
        for path, value in fields.items():
            assert the(stored, path) == value, (command, path)
        again = kubectl("create", *arguments, code=1)
        assert "AlreadyExists" in again.err or "already exists" in again.err, command
        kubectl.api.request("DELETE", _path(kubectl, resource))


def _path(kubectl: Kubectl, resource: str) -> str:
    plural, _, group = resource.partition(".")
    root = f"/apis/{group}/v1" if group else "/api/v1"
    return f"{root}/namespaces/{kubectl.namespace}/{plural}/made"


@covers("create quota")
def test_a_quota_is_stored(kubectl: Kubectl) -> None:
    kubectl("create", "quota", "made", "--hard=pods=2,requests.cpu=1")
    assert kubectl.stored("resourcequotas", "made")["spec"]["hard"] == {"pods": "2", "requests.cpu": "1"}
    refused = kubectl("create", "quota", "other", "--hard=cpu=1", "--scopes=BestEffort", code=1)
    assert "unsupported scope applied to resource" in refused.err


@covers("create secret tls")
def test_a_tls_secret_holds_the_pair(kubectl: Kubectl) -> None:
    import_pair(kubectl)
    certificate, key = kubectl.home / "tls.crt", kubectl.home / "tls.key"
    kubectl("create", "secret", "tls", "made", f"--cert={certificate}", f"--key={key}")
    stored = kubectl.stored("secrets", "made")
    assert stored["type"] == "kubernetes.io/tls"
    assert set(stored["data"]) == {"tls.crt", "tls.key"}


def import_pair(kubectl: Kubectl) -> None:
    """A certificate and its key, in the home directory."""
    user = kubectl("config", "view", "--raw", "--minify", "-o", "jsonpath={.users[0].user}").json
    (kubectl.home / "tls.crt").write_bytes(base64.b64decode(user["client-certificate-data"]))
    (kubectl.home / "tls.key").write_bytes(base64.b64decode(user["client-key-data"]))


@covers("create namespace", "create clusterrole", "create clusterrolebinding", "create priorityclass")
def test_generators_of_cluster_wide_objects(kubectl: Kubectl) -> None:
    name = f"{kubectl.namespace}-x"
    kubectl("create", "namespace", name)
    kubectl("create", "clusterrole", name, "--verb=get", "--non-resource-url=/logs/*")
    kubectl("create", "clusterrolebinding", name, f"--clusterrole={name}", "--group=everybody")
    kubectl("create", "priorityclass", name, "--value=1000", "--description=high", "--preemption-policy=Never")
    try:
        assert kubectl.api.find("namespaces", name)["status"] == {"phase": "Active"}
        role = kubectl.api.find("clusterroles.rbac.authorization.k8s.io", name)
        assert role["rules"] == [{"verbs": ["get"], "nonResourceURLs": ["/logs/*"]}]
        binding = kubectl.api.find("clusterrolebindings.rbac.authorization.k8s.io", name)
        assert binding["subjects"][0]["name"] == "everybody"
        priority = kubectl.api.find("priorityclasses.scheduling.k8s.io", name)
        assert (priority["value"], priority["preemptionPolicy"]) == (1000, "Never")
    finally:
        for kind in ("namespace", "clusterrole", "clusterrolebinding", "priorityclass"):
            kubectl("delete", kind, name, "--wait=false")


@covers("create job --from")
def test_a_job_from_a_cron_job(kubectl: Kubectl) -> None:
    kubectl("create", "cronjob", "nightly", f"--image={PAUSE}", "--schedule=0 4 1 1 *")
    kubectl("create", "job", "now", "--from=cronjob/nightly")
    made = kubectl.stored("jobs.batch", "now")
    assert made["metadata"]["annotations"] == {"cronjob.kubernetes.io/instantiate": "manual"}
    assert made["metadata"]["ownerReferences"][0]["name"] == "nightly"


@covers("create token")
def test_a_token_is_good(kubectl: Kubectl) -> None:
    kubectl("create", "sa", "robot")
    token = kubectl("create", "token", "robot", "--duration=1h").out.strip()
    review = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenReview", "spec": {"token": token}}
    status = kubectl.api.request("POST", "/apis/authentication.k8s.io/v1/tokenreviews", review).json()["status"]
    assert status["user"]["username"] == f"system:serviceaccount:{kubectl.namespace}:robot"
    asked = kubectl("create", "token", "robot", "--audience=vault", "-o", "json").json
    assert asked["spec"]["audiences"] == ["vault"]
    refused = kubectl("create", "token", "nobody", code=1).err
    assert refused == 'error: failed to create token: serviceaccounts "nobody" not found\n'


@covers("create -f", "create -f --save-config", "create --raw")
def test_creating_from_files(kubectl: Kubectl) -> None:
    (kubectl.home / "two.yaml").write_text(manifest(config_map("one", a="1"), config_map("two", a="2")))
    done = kubectl("create", "-f", str(kubectl.home / "two.yaml"), "--save-config")
    assert done.lines == ["configmap/one created", "configmap/two created"]
    assert (
        "kubectl.kubernetes.io/last-applied-configuration"
        in kubectl.stored("configmaps", "one")["metadata"]["annotations"]
    )
    path = f"/api/v1/namespaces/{kubectl.namespace}/configmaps"
    kubectl("create", "--raw", path, "-f", "-", stdin='{"metadata":{"name":"raw"},"data":{"x":"y"}}')
    assert kubectl.stored("configmaps", "raw")["data"] == {"x": "y"}


@covers("create --validate=strict", "create --validate=warn", "create --validate=ignore")
def test_unknown_and_duplicate_fields(kubectl: Kubectl) -> None:
    wrong = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: %s\n  nome: x\ndata: {}\n"
    strict = kubectl("create", "-f", "-", "--validate=strict", stdin=wrong % "strict", code=1)
    assert 'unknown field "metadata.nome"' in strict.err
    assert kubectl.find("configmaps", "strict") is None
    warned = kubectl("create", "-f", "-", "--validate=warn", stdin=wrong % "warn")
    assert 'Warning: unknown field "metadata.nome"' in warned.err
    assert kubectl.stored("configmaps", "warn")
    ignored = kubectl("create", "-f", "-", "--validate=ignore", stdin=wrong % "ignore")
    assert ignored.err == ""


@covers("create --dry-run=client", "create --dry-run=server", "create -o yaml")
def test_dry_runs_store_nothing(kubectl: Kubectl) -> None:
    command = ("create", "deployment", "web", f"--image={PAUSE}")
    assert kubectl(*command, "--dry-run=client", "-o", "yaml").yaml["kind"] == "Deployment"
    tried = kubectl(*command, "--dry-run=server", "-o", "json").json
    assert tried["spec"]["progressDeadlineSeconds"] == 600
    assert kubectl(*command, "--dry-run=server").out == "deployment.apps/web created (server dry run)\n"
    assert kubectl.find("deployments.apps", "web") is None


@covers("create --edit")
def test_editing_before_creating(kubectl: Kubectl) -> None:
    script = kubectl.home / "append"
    script.write_text('#!/bin/sh\nsed -i "s/before/after/" "$1"\n')
    script.chmod(0o755)
    document = manifest(config_map("one", a="before"))
    kubectl("create", "--edit", "-f", "-", stdin=document, env={"EDITOR": str(script)})
    assert kubectl.stored("configmaps", "one")["data"] == {"a": "after"}


@covers("create configmap --from-file", "create configmap --from-env-file", "create --append-hash")
def test_config_maps_from_files(kubectl: Kubectl) -> None:
    (kubectl.home / "settings.env").write_text("A=1\nB=2\n")
    (kubectl.home / "binary").write_bytes(b"\xff\x00")
    path = kubectl.home / "settings.env"
    kubectl("create", "cm", "env", f"--from-env-file={path}")
    assert kubectl.stored("configmaps", "env")["data"] == {"A": "1", "B": "2"}
    kubectl("create", "cm", "files", f"--from-file=text={path}", f"--from-file={kubectl.home / 'binary'}")
    stored = kubectl.stored("configmaps", "files")
    assert (stored["data"], stored["binaryData"]) == ({"text": "A=1\nB=2\n"}, {"binary": "/wA="})
    named = kubectl("create", "cm", "hashed", "--from-literal=a=1", "--append-hash", "-o", "name").out.strip()
    assert kubectl.find("configmaps", named.removeprefix("configmap/"))


@covers("create -f (invalid)")
def test_all_errors_are_told(kubectl: Kubectl) -> None:
    wrong = job("Bad_Name", completions=-1, backoffLimit=-2)
    refused = kubectl("create", "-f", "-", stdin=manifest(wrong), code=1).err
    for part in ("metadata.name: Invalid value", "spec.completions: Invalid value", "spec.backoffLimit: Invalid value"):
        assert part in refused
