"""kr8s, asynchronous: reading and writing."""

from __future__ import annotations

import copy
import json

import kr8s
import yaml as pyyaml
from kr8s.asyncio import objects
from report import Context, run


def config_map(name, data=None, **labels):
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": name, "labels": labels},
        "data": data or {},
    }


def deployment(name):
    template = {
        "metadata": {"labels": {"app": name}},
        "spec": {"containers": [{"name": "c", "image": "nginx:1.27"}]},
    }
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name},
        "spec": {"replicas": 0, "selector": {"matchLabels": {"app": name}}, "template": template},
    }


async def made(cls, body, context):
    body = copy.deepcopy(body)
    body["metadata"]["namespace"] = context.namespace
    item = await cls(body)
    await item.create()
    return item


async def raised(awaitable):
    try:
        await awaitable
    except kr8s.ServerError as error:
        return [error.response.status_code, error.status["reason"]]
    raise AssertionError("no error")


async def crud(context: Context):
    item = await made(objects.ConfigMap, config_map("crud", {"a": "1"}), context)
    assert item.metadata.uid and await item.exists()
    same = await objects.ConfigMap.get("crud", namespace=context.namespace)
    assert same.raw == item.raw
    body = same.to_dict()
    body["data"] = {"a": "2"}
    api = await kr8s.asyncio.api()
    url = "configmaps/crud"
    async with api.call_api("PUT", url=url, namespace=context.namespace, content=json.dumps(body)) as answer:
        assert answer.json()["data"] == {"a": "2"}
    await item.refresh()
    gone = await made(objects.ConfigMap, config_map("gone"), context)
    await gone.delete()
    try:
        await gone.refresh()
    except kr8s.NotFoundError:
        return item.raw["data"].to_dict()
    raise AssertionError("not deleted")


async def pages(context: Context):
    for number in range(105):  # kr8s asks for pages of 100
        await made(objects.ConfigMap, config_map(f"page-{number:03}", kind="page", odd=str(number % 2)), context)
    api = await kr8s.asyncio.api()

    async def names(**selectors):
        return [item.name async for item in api.get("configmaps", namespace=context.namespace, **selectors)]

    everything = await names(label_selector={"kind": "page"})
    assert everything == [f"page-{number:03}" for number in range(105)]
    assert len(await names(label_selector="kind=page,odd in (1)")) == 52
    assert await names(field_selector={"metadata.name": "page-004"}) == ["page-004"]
    return len(everything)


async def patches(context: Context):
    item = await made(objects.Deployment, deployment("patched"), context)
    await item.patch([{"op": "add", "path": "/metadata/labels", "value": {"by": "json"}}], type="json")
    assert dict(item.labels) == {"by": "json"}
    await item.label({"too": "merge"})
    await item.remove_label("by")
    await item.annotate({"note": "kept"})
    return dict(item.labels)


async def apply(context: Context):
    api = await kr8s.asyncio.api()

    async def by(manager, value, force="false"):
        body = pyyaml.safe_dump(config_map("applied", {"a": value}))
        async with api.call_api(
            "PATCH",
            url="configmaps/applied",
            namespace=context.namespace,
            params={"fieldManager": manager, "force": force},
            headers={"Content-Type": "application/apply-patch+yaml"},
            content=body,
        ) as answer:
            return answer.json()

    await by("one", "1")
    conflict = await raised(by("two", "2"))
    return [conflict, (await by("two", "2", force="true"))["data"]]


async def subresources(context: Context):
    item = await made(objects.Deployment, deployment("scaled"), context)
    await item.scale(2)
    await item.wait("condition=Available", timeout=20)
    gated = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "with-status"},
        "spec": {
            "containers": [{"name": "c", "image": "nginx"}],
            "schedulingGates": [{"name": "example.com/wait"}],
        },
    }
    pod = await made(objects.Pod, gated, context)
    await pod.patch({"status": {"message": "from the client"}}, subresource="status")
    return pod.status.message


async def errors(context: Context):
    await made(objects.ConfigMap, config_map("twice"), context)
    missing = objects.ConfigMap.get("absent", namespace=context.namespace, timeout=1)
    try:
        await missing
    except kr8s.NotFoundError as error:
        absent = str(error)
    portless = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "s"}, "spec": {}}
    stale = {"metadata": {"resourceVersion": "1"}}
    item = await objects.ConfigMap.get("twice", namespace=context.namespace)
    return [
        absent,
        await raised(made(objects.ConfigMap, config_map("twice"), context)),
        await raised(item.patch(stale)),
        await raised(made(objects.ConfigMap, config_map("Not_A_Name"), context)),
        await raised(made(objects.Service, portless, context)),
    ]


async def auth(context: Context):
    api = await kr8s.asyncio.api()
    request = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {"audiences": []}}
    async with api.call_api(
        "POST", url="serviceaccounts/default/token", namespace=context.namespace, content=json.dumps(request)
    ) as answer:
        token = answer.json()["status"]["token"]
    with open(context.kubeconfig) as file:
        config = pyyaml.safe_load(file)
    config["users"][0]["user"] = {"token": token}
    other = await kr8s.asyncio.api(kubeconfig=config)
    review = {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"}
    names = []
    for each in (api, other):
        async with each.call_api(
            "POST", version="authentication.k8s.io/v1", url="selfsubjectreviews", content=json.dumps(review)
        ) as answer:
            names.append(answer.json()["status"]["userInfo"]["username"])
    return names


async def discovery(context: Context):
    api = await kr8s.asyncio.api()
    kinds = {resource["kind"] for resource in await api.api_resources()}
    assert {"Pod", "Deployment", "Lease", "FlowSchema", "ResourceClaim"} <= kinds
    assert "apps/v1" in [version async for version in api.api_versions()]
    names = [item.name async for item in api.get("priorityclasses")]  # a kind without a class of its own
    assert "system-node-critical" in names
    return (await api.version())["minor"]


async def events(context: Context):
    event = {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {"generateName": "said."},
        "involvedObject": {"kind": "ConfigMap", "name": "crud", "namespace": context.namespace},
        "reason": "Said",
        "type": "Normal",
    }
    await made(objects.Event, event, context)
    api = await kr8s.asyncio.api()
    selector = {"reason": "Said"}
    found = [item async for item in api.get("events", namespace=context.namespace, field_selector=selector)]
    return [item.raw.reason for item in found]


async def leases(context: Context):
    lease = {
        "apiVersion": "coordination.k8s.io/v1",
        "kind": "Lease",
        "metadata": {"name": "held"},
        "spec": {"holderIdentity": "me", "renewTime": "2026-01-02T03:04:05.678901Z"},
    }
    cls = objects.new_class("Lease", "coordination.k8s.io/v1", namespaced=True, asyncio=True)
    item = await made(cls, lease, context)
    await item.patch({"spec": {"holderIdentity": "you"}})
    return item.spec.renewTime


async def streams(context: Context):
    api = await kr8s.asyncio.api()

    async def log(name):
        async with api.call_api("GET", url=f"pods/{name}/log", namespace=context.namespace):
            return None

    saw = [await raised(log("absent"))]
    for name in ("absent", "with-status"):
        try:
            async with api.open_websocket(
                version="v1",
                url=f"pods/{name}/exec",
                namespace=context.namespace,
                params={"command": "true", "stdout": "1"},
            ):
                pass
        except Exception as error:
            saw.append(error.response.status_code)
    return saw


async def yaml(context: Context):
    text = pyyaml.safe_dump_all([config_map("from-yaml-1"), config_map("from-yaml-2")])
    for body in pyyaml.safe_load_all(text):
        await made(await kr8s_class(body), body, context)
    return [(await objects.ConfigMap.get(f"from-yaml-{n}", namespace=context.namespace)).name for n in (1, 2)]


async def kr8s_class(body):
    return objects.get_class(body["kind"], body["apiVersion"], _asyncio=True)


if __name__ == "__main__":
    run(
        "kr8s",
        crud,
        pages,
        patches,
        apply,
        subresources,
        errors,
        auth,
        discovery,
        events,
        leases,
        streams,
        yaml,
    )
