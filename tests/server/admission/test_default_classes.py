from __future__ import annotations

from typing import Any

import pytest

from server.admission.default_class import default_name
from tests.server.harness import Server

STORAGE = "storageclass.kubernetes.io/is-default-class"
INGRESS = "ingressclass.kubernetes.io/is-default-class"
CLASSES = "/apis/storage.k8s.io/v1/storageclasses"
INGRESS_CLASSES = "/apis/networking.k8s.io/v1/ingressclasses"
CLAIMS = "/api/v1/namespaces/default/persistentvolumeclaims"
INGRESSES = "/apis/networking.k8s.io/v1/namespaces/default/ingresses"
BACKEND = {"defaultBackend": {"service": {"name": "s", "port": {"number": 80}}}}


def _class(name: str, created: str, *annotations: str) -> dict[str, Any]:
    return {"metadata": {"name": name, "creationTimestamp": created, "annotations": dict.fromkeys(annotations, "true")}}


CHOICES: dict[str, tuple[list[dict[str, Any]], str | None]] = {
    "none": ([_class("a", "2026-01-01T00:00:00Z")], None),
    "the only one": ([_class("a", "2026-01-01T00:00:00Z"), _class("b", "2025-01-01T00:00:00Z", "x")], "b"),
    "the newest": ([_class("a", "2025-01-01T00:00:00Z", "x"), _class("b", "2026-01-01T00:00:00Z", "x")], "b"),
    "by name": ([_class("b", "2026-01-01T00:00:00Z", "x"), _class("a", "2026-01-01T00:00:00Z", "x")], "a"),
    "another annotation": ([_class("a", "2026-01-01T00:00:00Z", "y")], "a"),
}


@pytest.mark.parametrize(("classes", "name"), CHOICES.values(), ids=CHOICES)
def test_the_newest_default_is_chosen(classes: list[dict[str, Any]], name: str | None) -> None:
    assert default_name(classes, "x", "y") == name


def _storage_class(server: Server, name: str, **more: Any) -> None:
    body = {"metadata": {"name": name, "annotations": {STORAGE: "true"}}, "provisioner": "x", **more}
    assert server.post(CLASSES, body).status == 201


def _claim(**spec: Any) -> dict[str, Any]:
    spec = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}, **spec}
    return {"metadata": {"name": "c"}, "spec": spec}


@pytest.mark.parametrize(
    ("spec", "name"), [({}, "gold"), ({"storageClassName": ""}, ""), ({"storageClassName": "x"}, "x")]
)
def test_a_claim_without_a_class_gets_the_default(server: Server, spec: dict[str, str], name: str) -> None:
    _storage_class(server, "gold")
    assert server.post(CLAIMS, _claim(**spec)).json["spec"]["storageClassName"] == name


def test_without_a_default_class_a_claim_has_none(server: Server) -> None:
    assert "storageClassName" not in server.post(CLAIMS, _claim()).json["spec"]


def test_an_ingress_without_a_class_gets_the_default(server: Server) -> None:
    server.post(
        INGRESS_CLASSES,
        {"metadata": {"name": "web", "annotations": {INGRESS: "true"}}, "spec": {"controller": "example.com/c"}},
    )
    made = server.post(INGRESSES, {"metadata": {"name": "a"}, "spec": BACKEND})
    assert made.json["spec"]["ingressClassName"] == "web"
    old = {"name": "b", "annotations": {"kubernetes.io/ingress.class": "x"}}
    assert "ingressClassName" not in server.post(INGRESSES, {"metadata": old, "spec": BACKEND}).json["spec"]


_UNBOUND = "spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims"
_RIGID = (
    'persistentvolumeclaims "c" is forbidden: only dynamically provisioned pvc can be resized '
    "and the storageclass that provisions the pvc must support resize"
)


@pytest.mark.parametrize(
    ("bound", "expandable", "status", "why"),
    [(False, True, 422, _UNBOUND), (True, False, 403, _RIGID), (True, True, 200, "")],
)
def test_a_claim_grows_when_it_is_bound_and_its_class_can(
    server: Server, bound: bool, expandable: bool, status: int, why: str
) -> None:
    _storage_class(server, "gold", allowVolumeExpansion=expandable)
    server.post(CLAIMS, _claim())
    if bound:
        assert server.patch(f"{CLAIMS}/c/status", {"status": {"phase": "Bound"}}).status == 200
    grown = server.patch(f"{CLAIMS}/c", {"spec": {"resources": {"requests": {"storage": "2Gi"}}}})
    assert grown.status == status
    assert why in grown.json.get("message", "")
