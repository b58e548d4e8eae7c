"""The official client's dynamic client, which knows only what discovery tells it."""

from __future__ import annotations

import os
import tempfile

from kubernetes import client, config
from kubernetes import dynamic as dynamic_client
from kubernetes.dynamic import exceptions
from report import Context, run


def connect():
    """Without the file in which discovery is kept between programs."""
    file = os.path.join(tempfile.mkdtemp(), "discovered")
    return dynamic_client.DynamicClient(client.ApiClient(), cache_file=file)


def config_map(name, **data):
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": data}


def discovery(context: Context):
    dynamic = connect()
    found = {}
    for kind in ("Pod", "Deployment", "Lease", "CronJob", "NetworkPolicy", "CustomResourceDefinition"):
        found[kind] = dynamic.resources.get(kind=kind, api_version=None if kind != "Pod" else "v1").group_version
    assert dynamic.resources.get(short_names=["deploy"]).kind == "Deployment"
    assert dynamic.resources.get(api_version="v1", singular_name="pod").name == "pods"
    try:
        dynamic.resources.get(kind="Nonesuch")
    except exceptions.ResourceNotFoundError:
        return found
    raise AssertionError("found")


def crud(context: Context):
    maps = connect().resources.get(api_version="v1", kind="ConfigMap")
    made = maps.create(body=config_map("dynamic", a="1"), namespace=context.namespace)
    assert maps.get(name="dynamic", namespace=context.namespace).to_dict() == made.to_dict()
    body = {**made.to_dict(), "data": {"a": "2"}}
    maps.replace(body=body, namespace=context.namespace)
    maps.create(body=config_map("dynamic-gone"), namespace=context.namespace)
    maps.delete(name="dynamic-gone", namespace=context.namespace)
    return [item.metadata.name for item in maps.get(namespace=context.namespace).items]


def patches(context: Context):
    maps = connect().resources.get(api_version="v1", kind="ConfigMap")
    maps.create(body=config_map("dynamic-patched"), namespace=context.namespace)
    for kind, body in (
        ("json-patch", [{"op": "add", "path": "/data", "value": {"a": "json"}}]),
        ("merge-patch", {"data": {"b": "merge"}}),
        ("strategic-merge-patch", {"data": {"c": "strategic"}}),
    ):
        patched = maps.patch(
            name="dynamic-patched",
            namespace=context.namespace,
            body=body,
            content_type=f"application/{kind}+json",
        )
    return patched.data.to_dict()


def apply(context: Context):
    maps = connect().resources.get(api_version="v1", kind="ConfigMap")

    def by(manager, value, **options):
        body = config_map("dynamic-applied", a=value)
        return maps.server_side_apply(body=body, namespace=context.namespace, field_manager=manager, **options)

    by("one", "1")
    try:
        by("two", "2")
    except exceptions.ConflictError as error:
        return [error.status, error.reason, by("two", "2", force_conflicts=True).data.a]
    raise AssertionError("no conflict")


def subresources(context: Context):
    deployments = connect().resources.get(api_version="apps/v1", kind="Deployment")
    template = {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{"name": "c", "image": "nginx"}]}}
    spec = {"replicas": 1, "selector": {"matchLabels": {"a": "b"}}, "template": template}
    body = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "dynamic-scaled"}, "spec": spec}
    deployments.create(body=body, namespace=context.namespace)
    scale = {"spec": {"replicas": 2}}
    merge = "application/merge-patch+json"
    deployments.scale.patch(name="dynamic-scaled", namespace=context.namespace, body=scale, content_type=merge)
    scaled = deployments.scale.get(name="dynamic-scaled", namespace=context.namespace).spec.replicas
    pods = connect().resources.get(api_version="v1", kind="Pod")
    spec = {"containers": [{"name": "c", "image": "nginx"}], "schedulingGates": [{"name": "example.com/wait"}]}
    pods.create(body={"metadata": {"name": "with-status"}, "spec": spec}, namespace=context.namespace)
    body = {"status": {"message": "from the client"}}
    patched = pods.status.patch(name="with-status", namespace=context.namespace, body=body, content_type=merge)
    return [scaled, patched.status.message]


def errors(context: Context):
    maps = connect().resources.get(api_version="v1", kind="ConfigMap")
    maps.create(body=config_map("dynamic-twice"), namespace=context.namespace)
    saw = []
    for expected, call, arguments in (
        (exceptions.NotFoundError, maps.get, {"name": "absent"}),
        (exceptions.ConflictError, maps.create, {"body": config_map("dynamic-twice")}),
        (exceptions.UnprocessibleEntityError, maps.create, {"body": config_map("Not_A_Name")}),
    ):
        try:
            call(namespace=context.namespace, **arguments)
        except expected as error:
            saw.append(error.status)
    return saw


def watch(context: Context):
    maps = connect().resources.get(api_version="v1", kind="ConfigMap")
    revision = maps.get(namespace=context.namespace).metadata.resourceVersion
    for number in range(3):
        maps.create(body=config_map(f"dynamic-watched-{number}"), namespace=context.namespace)
    names = []
    for count in (1, 2):
        for event in maps.watch(namespace=context.namespace, resource_version=revision, timeout=20):
            names.append(event["object"].metadata.name)
            revision = event["object"].metadata.resourceVersion
            count -= 1
            if count == 0:
                break
    return names


if __name__ == "__main__":
    config.load_kube_config()
    run("kubernetes", discovery, crud, patches, apply, subresources, errors, watch)
