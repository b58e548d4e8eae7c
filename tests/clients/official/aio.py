"""The official client, asynchronous."""

from __future__ import annotations

import asyncio
import json

from kubernetes.aio import client, config, utils, watch
from kubernetes.aio.client.exceptions import ApiException
from kubernetes.aio.leaderelection import electionconfig, leaderelection
from kubernetes.aio.leaderelection.resourcelock.leaselock import LeaseLock
from report import Context, run


def config_map(name, data=None, **labels):
    return client.V1ConfigMap(metadata=client.V1ObjectMeta(name=name, labels=labels or None), data=data)


def connected(check):
    """The check with a client as its first argument."""

    async def connecting(context: Context):
        await config.load_kube_config(context.kubeconfig)
        async with client.ApiClient() as api:
            return await check(api, context)

    connecting.__name__ = check.__name__
    return connecting


async def raised(awaitable):
    try:
        await awaitable
    except ApiException as error:
        return [error.status, json.loads(error.body)["reason"]]
    raise AssertionError("no error")


@connected
async def crud(api, context):
    core = client.CoreV1Api(api)
    made = await core.create_namespaced_config_map(context.namespace, config_map("aio", {"a": "1"}))
    assert await core.read_namespaced_config_map("aio", context.namespace) == made
    made.data = {"a": "2"}
    await core.replace_namespaced_config_map("aio", context.namespace, made)
    await core.create_namespaced_config_map(context.namespace, config_map("aio-gone"))
    await core.delete_namespaced_config_map("aio-gone", context.namespace)
    return [item.metadata.name for item in (await core.list_namespaced_config_map(context.namespace)).items]


@connected
async def pages(api, context):
    core = client.CoreV1Api(api)
    for number in range(5):
        await core.create_namespaced_config_map(context.namespace, config_map(f"aio-{number}", kind="page"))
    names, token = [], None
    while token != "":
        page = await core.list_namespaced_config_map(
            context.namespace, label_selector="kind=page", limit=2, _continue=token
        )
        names += [item.metadata.name for item in page.items]
        token = page.metadata._continue or ""
    return names


@connected
async def patches(api, context):
    core = client.CoreV1Api(api)
    await core.create_namespaced_config_map(context.namespace, config_map("aio-patched"))
    for kind, body in (
        ("json-patch", [{"op": "add", "path": "/data", "value": {"a": "json"}}]),
        ("merge-patch", {"data": {"b": "merge"}}),
        ("strategic-merge-patch", {"data": {"c": "strategic"}}),
    ):
        patched = await core.patch_namespaced_config_map(
            "aio-patched", context.namespace, body, _content_type=f"application/{kind}+json"
        )
    return patched.data


@connected
async def apply(api, context):
    core = client.CoreV1Api(api)

    async def by(manager, value, **options):
        body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "aio-applied"}, "data": {"a": value}}
        return await core.patch_namespaced_config_map(
            "aio-applied",
            context.namespace,
            body,
            field_manager=manager,
            _content_type="application/apply-patch+yaml",
            **options,
        )

    await by("one", "1")
    conflict = await raised(by("two", "2"))
    return [conflict, (await by("two", "2", force=True)).data]


@connected
async def watch_(api, context):
    core = client.CoreV1Api(api)
    revision = (await core.list_namespaced_config_map(context.namespace)).metadata.resource_version
    for number in range(3):
        await core.create_namespaced_config_map(context.namespace, config_map(f"aio-watched-{number}"))
    names = []
    for count in (1, 2):  # the second from where the first stopped
        async with watch.Watch() as watcher:
            async for event in watcher.stream(
                core.list_namespaced_config_map, context.namespace, resource_version=revision
            ):
                names.append(event["object"].metadata.name)
                revision = event["object"].metadata.resource_version
                count -= 1
                if count == 0:
                    break
    return names


@connected
async def errors(api, context):
    core = client.CoreV1Api(api)
    stale = await core.create_namespaced_config_map(context.namespace, config_map("aio-twice"))
    stale.metadata.resource_version = "1"
    return [
        await raised(core.read_namespaced_config_map("absent", context.namespace)),
        await raised(core.create_namespaced_config_map(context.namespace, config_map("aio-twice"))),
        await raised(core.replace_namespaced_config_map("aio-twice", context.namespace, stale)),
        await raised(core.create_namespaced_config_map(context.namespace, config_map("Not_A_Name"))),
    ]


@connected
async def leases(api, context):
    body = {"metadata": {"name": "aio-held"}, "spec": {"renewTime": "2026-01-02T03:04:05.678901Z"}}
    made = await client.CoordinationV1Api(api).create_namespaced_lease(context.namespace, body)
    return made.spec.renew_time.microsecond


@connected
async def election(api, context):
    """On a lease that is there: LeaseLock.create of 37.0.2 passes pretty=True, which its own client refuses."""
    body = {"metadata": {"name": "aio-election"}, "spec": {}}
    await client.CoordinationV1Api(api).create_namespaced_lease(context.namespace, body)
    leaders: asyncio.Queue[str] = asyncio.Queue()

    def candidate(name):
        async def lead():
            await leaders.put(name)
            await asyncio.Event().wait()

        lock = LeaseLock("aio-election", context.namespace, name, api)
        return leaderelection.LeaderElection(
            electionconfig.Config(
                lock,
                lease_duration=3,
                renew_deadline=2,
                retry_period=1,
                onstarted_leading=lead,
                onstopped_leading=None,
            )
        ).run()

    first = asyncio.create_task(candidate("first"))
    seen = [await asyncio.wait_for(leaders.get(), 20)]
    second = asyncio.create_task(candidate("second"))
    first.cancel()
    seen.append(await asyncio.wait_for(leaders.get(), 20))
    second.cancel()
    return seen


@connected
async def yaml(api, context):
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "aio-from-dict"}}
    await utils.create_from_dict(api, body, namespace=context.namespace)
    return (await client.CoreV1Api(api).read_namespaced_config_map("aio-from-dict", context.namespace)).metadata.name


if __name__ == "__main__":
    run("kubernetes", crud, pages, patches, apply, watch_, errors, leases, election, yaml)
