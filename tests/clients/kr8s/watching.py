"""kr8s's watch, while the server is restarted and restored: it ends with the connection, and is begun anew."""

from __future__ import annotations

import asyncio
import contextlib

import httpx
import kr8s
from kr8s.asyncio.objects import ConfigMap
from report import Context, run, signal

LOST = (httpx.HTTPError, kr8s.APITimeoutError, kr8s.ServerError, kr8s.ConnectionClosedError)


def config_map(name, context):
    metadata = {"name": name, "namespace": context.namespace, "labels": {"seen": "by-watch"}}
    return ConfigMap({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata})


async def names_from(context, revision, count):
    api = await kr8s.asyncio.api()
    names = []
    async with contextlib.aclosing(
        api.watch("configmaps", namespace=context.namespace, label_selector="seen=by-watch", since=revision)
    ) as events:
        async for kind, item in events:
            names.append(f"{kind} {item.name}")
            if len(names) == count:
                return names, item.metadata.resourceVersion
    raise AssertionError(names)


async def watch(context: Context):
    api = await kr8s.asyncio.api()
    async with api.call_api("GET", url="configmaps", namespace=context.namespace) as answer:
        listed = answer.json()["metadata"]["resourceVersion"]
    for name in ("w-1", "w-2"):
        await (await config_map(name, context)).create()
    await (await config_map("w-1", context)).delete()
    names, last = await names_from(context, listed, 1)
    more, _ = await names_from(context, last, 2)
    return names + more


async def informer(context: Context):
    seen = {}

    async def follow():
        while True:
            with contextlib.suppress(*LOST):
                api = await kr8s.asyncio.api()
                async for kind, item in api.watch(
                    "configmaps", namespace=context.namespace, label_selector="told=informer"
                ):
                    seen.pop(item.name, None)
                    if kind != "DELETED":
                        seen[item.name] = item
            await asyncio.sleep(0.05)

    async def until(name):
        while name not in seen:
            await asyncio.sleep(0.02)

    following = asyncio.create_task(follow())
    await until("before")
    signal("ready")
    await until("after-restart")
    signal("ready")
    await until("after-restore")
    following.cancel()
    return sorted(seen)


if __name__ == "__main__":
    run("kr8s", watch, informer)
