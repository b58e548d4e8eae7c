"""lightkube's watch with on_error_retry, its informer of sorts, while the server is restarted and restored."""

from __future__ import annotations

import lightkube
from lightkube.models.meta_v1 import ObjectMeta
from lightkube.resources.core_v1 import ConfigMap
from lightkube.types import OnErrorAction, OnErrorResult
from report import Context, run, signal


def config_map(name):
    return ConfigMap(metadata=ObjectMeta(name=name, labels={"seen": "by-watch"}))


def names_from(client, revision, count):
    names = []
    for kind, item in client.watch(ConfigMap, labels={"seen": "by-watch"}, resource_version=revision):
        names.append(f"{kind} {item.metadata.name}")
        if len(names) == count:
            return names, item.metadata.resourceVersion
    raise AssertionError(names)


FIRST = []


def watch(context: Context):
    with lightkube.Client(namespace=context.namespace) as client:
        listed = client.list(ConfigMap)
        list(listed)
        FIRST.append(listed.resourceVersion)
        for name in ("w-1", "w-2"):
            client.create(config_map(name))
        client.delete(ConfigMap, "w-1")
        names, last = names_from(client, listed.resourceVersion, 1)
        more, _ = names_from(client, last, 2)
        return names + more


def again(error, count):
    return OnErrorResult(OnErrorAction.RETRY, sleep=0.05)


def informer(context: Context):
    seen = {}
    with lightkube.Client(namespace=context.namespace) as client:
        for kind, item in client.watch(ConfigMap, labels={"told": "informer"}, on_error=again):
            seen.pop(item.metadata.name, None)
            if kind != "DELETED":
                seen[item.metadata.name] = item
            if item.metadata.name in ("before", "after-restart") and kind == "ADDED" and len(seen) < 3:
                signal("ready")
            if item.metadata.name == "after-restore":
                return sorted(seen)


def expired(context: Context):
    with lightkube.Client(namespace=context.namespace) as client:
        try:
            names_from(client, FIRST[0], 1)
        except lightkube.ApiError as error:
            return [error.status.code, error.status.reason]
    raise AssertionError("not expired")


if __name__ == "__main__":
    run("lightkube", watch, informer, expired)
