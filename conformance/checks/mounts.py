"""Volumes as far as a pod's status tells of them: what keeps a container from being created, and what does not."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

from conformance.api import Object
from conformance.authorities import authority
from conformance.bodies import AGNHOST, BUSYBOX, PAUSE, condition, pod, template
from conformance.check import Case, Check
from conformance.kinds import CONFIG_MAPS, PODS, REPLICATION_CONTROLLERS, SECRETS, TRUST_BUNDLES
from conformance.nodes import usable_node
from conformance.waiting import pods_exist, running, until
from conformance.workloads import name_of

# Paths within a volume, out of environment variables


def _expanding(case: Case, env: list[Object], mounts: list[Object], **spec: Any) -> Object:
    body = pod(case.unique("var-expansion"), image=BUSYBOX, restartPolicy="Never", **spec)
    body["spec"]["containers"][0].update(name="dapi-container", env=env, volumeMounts=mounts)
    body["spec"]["volumes"] = [{"name": "workdir1", "emptyDir": {}}]
    return body


def _waiting(found: Object) -> str:
    statuses: list[Object] = found["status"].get("containerStatuses") or [{}]
    return str((statuses[0].get("state") or {}).get("waiting", {}).get("reason", ""))


def bad_path(value: str) -> Callable[[Case], None]:
    """A path that leaves the volume: the container is never created, and the pod stays pending."""

    def check(case: Case) -> None:
        mounts = [{"name": "workdir1", "mountPath": "/logscontainer", "subPathExpr": "$(POD_NAME)"}]
        name = name_of(case.create(PODS, _expanding(case, [{"name": "POD_NAME", "value": value}], mounts)))

        def refused(found: Object) -> bool:
            phase = found["status"].get("phase")
            case.true(phase == "Pending", f"the pod is pending, found {phase}")
            return _waiting(found) == "CreateContainerConfigError"

        until(case, PODS, name, refused, "to wait with CreateContainerConfigError")
        case.api.delete(PODS, case.namespace, name)
        case.gone(PODS, name)

    return check


def mended_path(case: Case) -> None:
    """A path that needs an annotation the pod does not have yet; the official test waits 5 minutes before it has."""
    field = {"fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.annotations['mysubpath']"}}
    env: list[Object] = [{"name": "POD_NAME", "value": "foo"}, {"name": "ANNOTATION", "valueFrom": field}]
    mounts = [
        {"name": "workdir1", "mountPath": "/subpath_mount", "subPathExpr": "$(ANNOTATION)/$(POD_NAME)"},
        {"name": "workdir1", "mountPath": "/volume_mount"},
    ]
    body = _expanding(case, env, mounts, command=["sh", "-c", "tail -f /dev/null"])
    body["metadata"]["annotations"] = {"notmysubpath": "mypath"}
    name = name_of(case.create(PODS, body))
    case.steady(lambda: case.get(PODS, name)["status"].get("phase") == "Pending", "the pod is pending", 15)
    case.changed(PODS, name, lambda one: one["metadata"]["annotations"].update(mysubpath="mypath"))
    running(case, name)
    case.api.delete(PODS, case.namespace, name)
    case.gone(PODS, name)


# Secrets and config maps


def no_conflict(case: Case) -> None:
    name = case.unique("emptydir-wrapper-test")
    data = base64.b64encode(b"value-1\n").decode()
    case.create(SECRETS, {"metadata": {"name": name}, "data": {"data-1": data}})
    case.create(CONFIG_MAPS, {"metadata": {"name": name}, "binaryData": {"data-1": data}})
    volumes = [
        {"name": "secret-volume", "secret": {"secretName": name}},
        {"name": "configmap-volume", "configMap": {"name": name}},
    ]
    body = pod(case.unique("pod-secrets"), image=AGNHOST, volumes=volumes)
    body["spec"]["containers"][0].update(
        args=["test-webserver"],
        volumeMounts=[
            {"name": "secret-volume", "mountPath": "/etc/secret-volume", "readOnly": True},
            {"name": "configmap-volume", "mountPath": "/etc/configmap-volume"},
        ],
    )
    running(case, name_of(case.create(PODS, body)))
    for kind in (SECRETS, CONFIG_MAPS):
        case.api.delete(kind, case.namespace, name)
    case.api.delete(PODS, case.namespace, name_of(body), {"gracePeriodSeconds": 0})


_MAPS, _REPLICAS, _ROUNDS = 50, 5, 3


def no_race(case: Case) -> None:
    """Five pods of one controller on one node mount fifty config maps each, three times over."""
    maps = [f"racey-configmap-{number}" for number in range(_MAPS)]
    for name in maps:
        case.create(CONFIG_MAPS, {"metadata": {"name": name}, "data": {"data-1": "value-1"}})
    for _ in range(_ROUNDS):
        _race(case, maps)


def _race(case: Case, maps: list[str]) -> None:
    name = case.unique("wrapped-volume-race")
    labels = {"name": name}
    host = usable_node(case)["metadata"]["labels"]["kubernetes.io/hostname"]
    term = {"matchExpressions": [{"key": "kubernetes.io/hostname", "operator": "In", "values": [host]}]}
    required = {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [term]}}
    items = [{"key": "data-1", "path": "data-1"}]
    volumes = [{"name": one, "configMap": {"name": one, "items": items}} for one in maps]
    mounts = [{"name": one, "mountPath": f"/etc/config-{number}"} for number, one in enumerate(maps)]
    body = template(labels, image=PAUSE, affinity={"nodeAffinity": required}, dnsPolicy="Default", volumes=volumes)
    body["spec"]["containers"][0].update(name="test-container", volumeMounts=mounts)
    spec = {"replicas": _REPLICAS, "selector": labels, "template": body}
    case.create(REPLICATION_CONTROLLERS, {"metadata": {"name": name}, "spec": spec})
    selector = {"labelSelector": f"name={name}"}
    for one in pods_exist(case, _REPLICAS, **selector):
        running(case, name_of(one))
    case.api.delete(REPLICATION_CONTROLLERS, case.namespace, name, {"propagationPolicy": "Background"})
    case.eventually(lambda: not case.api.items(PODS, case.namespace, **selector), "the pods to be collected")


# Certificates


def no_trust_bundle(projection: Callable[[Case], Object]) -> Callable[[Case], None]:
    """A bundle that is asked for and not there keeps the pod from starting."""

    def check(case: Case) -> None:
        signer = f"test.test/signer-one-{case.suffix}"
        for number, alive in ((1, "true"), (6, "false")):
            name = f"test.test:signer-one-{case.suffix}:{number}"
            labels = {"signer.alive": alive}
            spec = {"signerName": signer, "trustBundle": authority(f"root{number}")}
            case.create(TRUST_BUNDLES, {"metadata": {"name": name, "labels": labels}, "spec": spec})
        source = {"clusterTrustBundle": {"optional": False, "path": "trust-bundle.crt", **projection(case)}}
        body = pod(case.unique("pod-projected-ctb"), image=AGNHOST, restartPolicy="Never")
        container = body["spec"]["containers"][0]
        container.update(
            name="projected-ctb-volume-test-0",
            args=["mounttest", "--file_content=/var/run/ctbtest/trust-bundle.crt"],
            volumeMounts=[{"name": "ctb-volume-0", "mountPath": "/var/run/ctbtest"}],
        )
        body["spec"]["volumes"] = [{"name": "ctb-volume-0", "projected": {"sources": [source]}}]
        name = name_of(case.create(PODS, body))
        case.steady(lambda: case.get(PODS, name)["status"].get("phase") != "Running", "the pod does not start", 10)
        ready = condition(case.get(PODS, name), "Ready")
        expected = {
            "status": "False",
            "reason": "ContainersNotReady",
            "message": "containers with unready status: [projected-ctb-volume-test-0]",
        }
        case.contains(ready, expected, "the condition Ready of a pod without its volume")

    return check


def certificate_lifetime(seconds: int, says: str) -> Callable[[Case], None]:
    """A lifetime out of bounds is refused with the pod. The official test starts a signer, which is never asked."""

    def check(case: Case) -> None:
        certificate = {
            "signerName": f"e2e.example.com/spiffe-{case.suffix}",
            "credentialBundlePath": "spiffe-cred-bundle.pem",
            "keyType": "ECDSAP256",
            "maxExpirationSeconds": seconds,
        }
        body = pod(case.unique("duration-pod"), image=AGNHOST, restartPolicy="Never")
        body["spec"]["containers"][0].update(
            command=["/bin/sh", "-c", "cat /run/tls-config/spiffe-cred-bundle.pem && sleep infinity"],
            volumeMounts=[{"name": "tls-config", "mountPath": "/run/tls-config"}],
        )
        sources = [{"podCertificate": certificate}]
        body["spec"]["volumes"] = [{"name": "tls-config", "projected": {"sources": sources}}]
        case.refused(422, case.create, PODS, body, says=says)

    return check


def _unknown_signer(case: Case) -> Object:
    labels = {"matchLabels": {"signer.alive": "unknown"}}
    return {"signerName": f"test.test/signer-one-{case.suffix}", "labelSelector": labels}


_EXPANSION = "[sig-node] Variable Expansion should "
_BUNDLES = "[sig-auth] [FeatureGate:ClusterTrustBundle] [FeatureGate:ClusterTrustBundleProjection] "
_CERTIFICATES = (
    "[sig-auth] Projected PodCertificate [FeatureGate:PodCertificateRequest] [FeatureGate:ClusterTrustBundle]"
    " [FeatureGate:ClusterTrustBundleProjection] MaxExpirationSeconds validations should reject pod creation when"
    " MaxExpirationSeconds "
)
_END, _KUBELET_137 = " [Conformance]", " [MinimumKubeletVersion:1.37] [Conformance]"
CHECKS = (
    Check(_EXPANSION + "fail substituting values in a volume subpath with backticks" + _END, bad_path("..")),
    Check(_EXPANSION + "fail substituting values in a volume subpath with absolute path" + _END, bad_path("/tmp")),
    Check(
        _EXPANSION + "verify that a failing subpath expansion can be modified during the lifecycle of a container"
        " [Conformance] [Slow]",
        mended_path,
    ),
    Check("[sig-storage] EmptyDir wrapper volumes should not conflict" + _END, no_conflict),
    Check(
        "[sig-storage] EmptyDir wrapper volumes should not cause race condition when used for configmaps"
        " [Conformance] [Serial]",
        no_race,
    ),
    Check(
        _BUNDLES
        + "should prevent a pod from starting if: sets optional=false and no trust bundle matches query"
        + _KUBELET_137,
        no_trust_bundle(_unknown_signer),
    ),
    Check(
        _BUNDLES
        + "should prevent a pod from starting if: sets optional=false and the configured CTB does not exist"
        + _KUBELET_137,
        no_trust_bundle(lambda case: {"name": f"does-not-exist-{case.suffix}"}),
    ),
    Check(
        _CERTIFICATES + "exceeds maximum (91d)" + _KUBELET_137,
        certificate_lifetime(91 * 24 * 3600 + 1, "if provided, maxExpirationSeconds must be <= 7862400"),
    ),
    Check(
        _CERTIFICATES + "is less than minimum (1h)" + _KUBELET_137,
        certificate_lifetime(3599, "if provided, maxExpirationSeconds must be >= 3600"),
    ),
)
