"""Hashes that people have seen: `kubectl get pods` of upstream's v1.34, as it is printed in many places."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from apimachinery import gostruct
from apimachinery.gostruct import Structs
from apimachinery.names import safe_encode
from apimachinery.objects import Object
from controllers.shared.hashes import fnv_1, fnv_1a, go_json, revision_hash, template_hash

SINCE_1_34 = {
    "v1.ClusterTrustBundleProjection": ["User"],
    "v1.ConfigMapVolumeSource": ["DefaultUser"],
    "v1.DownwardAPIVolumeFile": ["User"],
    "v1.DownwardAPIVolumeSource": ["DefaultUser"],
    "v1.EmptyDirVolumeSource": ["Mode"],
    "v1.GRPCAction": ["Mode"],
    "v1.HTTPGetAction": ["Protocol"],
    "v1.KeyToPath": ["User"],
    "v1.PodCertificateProjection": ["UserAnnotations", "User"],
    "v1.PodSpec": ["SchedulingGroup", "EvictionResponders"],
    "v1.ProjectedVolumeSource": ["DefaultUser"],
    "v1.SecretVolumeSource": ["DefaultUser"],
    "v1.ServiceAccountTokenProjection": ["User"],
    "v1.VolumeMount": ["BindMountOptions"],
}
"""The fields that structs have got since then: without them they are those of v1.34."""

DEFAULTS: Object = {"terminationMessagePath": "/dev/termination-log", "terminationMessagePolicy": "File"}
POD_DEFAULTS: Object = {
    "restartPolicy": "Always",
    "terminationGracePeriodSeconds": 30,
    "dnsPolicy": "ClusterFirst",
    "securityContext": {},
    "schedulerName": "default-scheduler",
}


def template(labels: dict[str, str], container: Object, **spec: Any) -> Object:
    return {"metadata": {"labels": labels}, "spec": {**POD_DEFAULTS, "containers": [{**DEFAULTS, **container}], **spec}}


CREATED = template({"app": "nginx"}, {"name": "nginx", "image": "nginx", "imagePullPolicy": "Always"})
"""kubectl create deployment nginx --image=nginx"""

DOCUMENTED = template(
    {"app": "nginx"},
    {
        "name": "nginx",
        "image": "nginx:1.14.2",
        "imagePullPolicy": "IfNotPresent",
        "ports": [{"containerPort": 80, "protocol": "TCP"}],
    },
)
"""https://k8s.io/examples/controllers/nginx-deployment.yaml"""


def ports(*named: tuple[str, int, str]) -> list[Object]:
    return [{"name": name, "containerPort": port, "protocol": protocol} for name, port, protocol in named]


def probe(path: str, **times: int) -> Object:
    port = {"/health": "liveness-probe", "/ready": "readiness-probe"}[path]
    usual = {"timeoutSeconds": 1, "periodSeconds": 10, "successThreshold": 1, "failureThreshold": 3}
    return {"httpGet": {"path": path, "port": port, "scheme": "HTTP"}, **usual, **times}


AFFINITY = {
    "weight": 100,
    "podAffinityTerm": {
        "labelSelector": {"matchExpressions": [{"key": "k8s-app", "operator": "In", "values": ["kube-dns"]}]},
        "topologyKey": "kubernetes.io/hostname",
    },
}
COREDNS = template(
    {"k8s-app": "kube-dns"},
    {
        "name": "coredns",
        "image": "registry.k8s.io/coredns/coredns:v1.12.1",
        "imagePullPolicy": "IfNotPresent",
        "args": ["-conf", "/etc/coredns/Corefile"],
        "resources": {"limits": {"memory": "170Mi"}, "requests": {"cpu": "100m", "memory": "70Mi"}},
        "volumeMounts": [{"name": "config-volume", "mountPath": "/etc/coredns", "readOnly": True}],
        "ports": ports(
            ("dns", 53, "UDP"),
            ("dns-tcp", 53, "TCP"),
            ("metrics", 9153, "TCP"),
            ("liveness-probe", 8080, "TCP"),
            ("readiness-probe", 8181, "TCP"),
        ),
        "livenessProbe": probe("/health", initialDelaySeconds=60, timeoutSeconds=5, failureThreshold=5),
        "readinessProbe": probe("/ready"),
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "capabilities": {"add": ["NET_BIND_SERVICE"], "drop": ["ALL"]},
            "readOnlyRootFilesystem": True,
        },
    },
    dnsPolicy="Default",
    priorityClassName="system-cluster-critical",
    serviceAccountName="coredns",
    serviceAccount="coredns",
    nodeSelector={"kubernetes.io/os": "linux"},
    tolerations=[
        {"key": "CriticalAddonsOnly", "operator": "Exists"},
        {"key": "node-role.kubernetes.io/control-plane", "effect": "NoSchedule"},
    ],
    affinity={"podAntiAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": [AFFINITY]}},
    volumes=[
        {
            "name": "config-volume",
            "configMap": {"name": "coredns", "items": [{"key": "Corefile", "path": "Corefile"}], "defaultMode": 420},
        }
    ],
)
"""That of kubeadm."""


@pytest.fixture(scope="module")
def of_1_34() -> Structs:
    data = json.loads((Path(gostruct.__file__).parent / "data" / "pod_template.json").read_bytes())
    structs = {
        name: [field for field in fields if field[0] not in SINCE_1_34.get(name, ())]
        for name, fields in data["structs"].items()
    }
    return Structs(structs, data["names"])


@pytest.mark.parametrize(
    ("pods", "expected"),
    [(CREATED, "66686b6766"), (DOCUMENTED, "bf744486c"), (COREDNS, "66bc5c9577")],
    ids=["nginx", "nginx-deployment", "coredns"],
)
def test_templates_have_the_hashes_that_upstream_gives_them(of_1_34: Structs, pods: Object, expected: str) -> None:
    shown = of_1_34.show("v1.PodTemplateSpec", pods)
    assert safe_encode(str(fnv_1a(shown.encode()))) == expected


def test_a_hash_is_that_of_the_newest_structs() -> None:
    shown = gostruct.show_pod_template(CREATED)
    assert shown.startswith("(v1.PodTemplateSpec){ObjectMeta:(v1.ObjectMeta){Name:(string) GenerateName:(string) ")
    assert "Labels:(map[string]string)map[app:nginx] Annotations:(map[string]string)<nil>" in shown
    assert template_hash(CREATED, None) == safe_encode(str(fnv_1a(shown.encode())))


def test_every_number_of_collisions_gives_another_hash() -> None:
    assert len({template_hash(CREATED, count) for count in (None, 0, 1, 2)}) == 4
    assert len({revision_hash({"spec": {}}, count) for count in (None, 0, 1, 2)}) == 4


@pytest.mark.parametrize(
    ("text", "first", "second"),
    # of http://www.isthe.com/chongo/src/fnv/test_fnv.c
    [("", 0x811C9DC5, 0x811C9DC5), ("a", 0x050C5D7E, 0xE40C292C), ("foobar", 0x31F0B262, 0xBF9CF968)],
)
def test_both_kinds_of_fnv_are_those_of_its_authors(text: str, first: int, second: int) -> None:
    assert (fnv_1(text.encode()), fnv_1a(text.encode())) == (first, second)


def test_json_is_written_as_go_does() -> None:
    assert (
        go_json({"b": "<a & ü>", "a": [1, None, True]}) == b'{"a":[1,null,true],"b":"\\u003ca \\u0026 \xc3\xbc\\u003e"}'
    )
