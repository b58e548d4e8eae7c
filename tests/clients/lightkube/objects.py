"""lightkube: reading and writing."""

from __future__ import annotations

import json

import httpx2
import lightkube
import yaml as pyyaml
from lightkube import codecs, operators
from lightkube.config.kubeconfig import KubeConfig
from lightkube.models import apps_v1 as apps
from lightkube.models import coordination_v1 as coordination
from lightkube.models import core_v1 as core
from lightkube.models.meta_v1 import LabelSelector, ObjectMeta
from lightkube.resources.apps_v1 import Deployment
from lightkube.resources.authentication_v1 import SelfSubjectReview
from lightkube.resources.coordination_v1 import Lease
from lightkube.resources.core_v1 import ConfigMap, Event, Pod, Service, ServiceAccountToken
from lightkube.types import PatchType
from report import Context, run


def of(context):
    return lightkube.Client(namespace=context.namespace, field_manager="driver")


def config_map(name, data=None, **labels):
    return ConfigMap(metadata=ObjectMeta(name=name, labels=labels), data=data)


def deployment(name):
    labels = {"app": name}
    template = core.PodTemplateSpec(
        metadata=ObjectMeta(labels=labels),
        spec=core.PodSpec(containers=[core.Container(name="c", image="nginx:1.27")]),
    )
    spec = apps.DeploymentSpec(replicas=1, selector=LabelSelector(matchLabels=labels), template=template)
    return Deployment(metadata=ObjectMeta(name=name), spec=spec)


def raised(call, *arguments, **options):
    try:
        call(*arguments, **options)
    except lightkube.ApiError as error:
        return [error.status.code, error.status.reason]
    raise AssertionError("no error")


def crud(context: Context):
    with of(context) as client:
        made = client.create(config_map("crud", {"a": "1"}))
        assert client.get(ConfigMap, "crud") == made and made.metadata.creationTimestamp.tzinfo is not None
        made.data = {"a": "2"}
        client.replace(made)
        client.create(config_map("gone"))
        client.delete(ConfigMap, "gone")
        return raised(client.get, ConfigMap, "gone")


def pages(context: Context):
    with of(context) as client:
        for number in range(7):
            client.create(config_map(f"page-{number}", kind="page", odd=str(number % 2)))

        def names(**options):
            return [item.metadata.name for item in client.list(ConfigMap, **options)]

        assert names(labels={"kind": "page"}, chunk_size=3) == [f"page-{number}" for number in range(7)]
        assert names(labels={"kind": ["page", "leaf"], "odd": "1"}) == ["page-1", "page-3", "page-5"]
        assert names(fields={"metadata.name": "page-4"}) == ["page-4"]
        return names(labels={"kind": "page"}, fields={"metadata.name": operators.not_equal("page-0")})


def patches(context: Context):
    with of(context) as client:
        client.create(deployment("patched"))
        add = [{"op": "add", "path": "/metadata/labels", "value": {"by": "json"}}]
        patched = client.patch(Deployment, "patched", add, patch_type=PatchType.JSON)
        assert patched.metadata.labels == {"by": "json"}
        merged = client.set(Deployment, "patched", labels={"by": None, "too": "merge"})
        assert merged.metadata.labels == {"too": "merge"}
        second = {"spec": {"template": {"spec": {"containers": [{"name": "d", "image": "busybox"}]}}}}
        return [c.name for c in client.patch(Deployment, "patched", second).spec.template.spec.containers]


def apply(context: Context):
    with of(context) as client:

        def by(manager, value, force=False):
            body = config_map("applied", {"a": value})
            body.apiVersion, body.kind = "v1", "ConfigMap"
            return client.apply(body, field_manager=manager, force=force)

        by("one", "1")
        conflict = raised(by, "two", "2")
        return [conflict, by("two", "2", force=True).data]


def subresources(context: Context):
    with of(context) as client:
        client.create(deployment("scaled"))
        scale = client.get(Deployment.Scale, "scaled")
        assert (scale.spec.replicas, scale.status.selector) == (1, "app=scaled")
        scale.spec.replicas = 3
        scale.metadata.resourceVersion = None  # the controller writes the status meanwhile
        assert client.replace(scale, "scaled").spec.replicas == 3
        client.patch(Deployment.Scale, "scaled", {"spec": {"replicas": 2}})
        spec = core.PodSpec(
            containers=[core.Container(name="c", image="nginx")],
            schedulingGates=[core.PodSchedulingGate("example.com/wait")],
        )
        client.create(Pod(metadata=ObjectMeta(name="with-status"), spec=spec))
        return client.patch(Pod.Status, "with-status", {"status": {"message": "from the client"}}).status.message


def errors(context: Context):
    with of(context) as client:
        stale = client.create(config_map("twice"))
        stale.metadata.resourceVersion = "1"
        return [
            raised(client.get, ConfigMap, "absent"),
            raised(client.create, config_map("twice")),
            raised(client.replace, stale),
            raised(client.create, config_map("Not_A_Name")),
            raised(client.create, Service(metadata=ObjectMeta(name="s"), spec=core.ServiceSpec())),
        ]


def auth(context: Context):
    with of(context) as client:
        body = ServiceAccountToken.from_dict({"metadata": {}, "spec": {"audiences": []}})
        token = client.create(body, "default").status.token
        by_certificate = client.create(SelfSubjectReview(metadata=ObjectMeta()))
    with open(context.kubeconfig) as file:
        config = pyyaml.safe_load(file)
    config["users"][0]["user"] = {"token": token}
    with lightkube.Client(KubeConfig.from_dict(config)) as client:
        by_token = client.create(SelfSubjectReview(metadata=ObjectMeta()))
    return [by_certificate.status.userInfo.username, by_token.status.userInfo.username]


def events(context: Context):
    with of(context) as client:
        regarding = core.ObjectReference(kind="ConfigMap", name="crud", namespace=context.namespace)
        metadata = ObjectMeta(generateName="said.")
        client.create(Event(metadata=metadata, involvedObject=regarding, reason="Said", type="Normal"))
        return [item.reason for item in client.list(Event, fields={"reason": "Said"})]


def leases(context: Context):
    with of(context) as client:
        body = {"metadata": {"name": "held"}, "spec": {"renewTime": "2026-01-02T03:04:05.678901Z"}}
        made = client.create(Lease.from_dict(body))
        assert made.spec.renewTime.microsecond == 678901
        made.spec = coordination.LeaseSpec(holderIdentity="you", renewTime=made.spec.renewTime)
        return client.replace(made).spec.holderIdentity


def streams(context: Context):
    with of(context) as client:
        saw = []
        for name in ("absent", "with-status"):
            try:
                client.exec(name, command=["true"], stdout=True)
            except httpx2.websockets.WebSocketUpgradeError as error:
                saw.append(error.response.status_code)
        return [raised(lambda: list(client.log("absent"))), *saw]


def yaml(context: Context):
    with of(context) as client:
        text = "\n---\n".join(
            json.dumps({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": f"from-yaml-{n}"}})
            for n in (1, 2)
        )
        return [client.create(item).metadata.name for item in codecs.load_all_yaml(text)]


if __name__ == "__main__":
    run("lightkube", crud, pages, patches, apply, subresources, errors, auth, events, leases, streams, yaml)
