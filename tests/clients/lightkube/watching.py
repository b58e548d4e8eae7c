"""lightkube's watch, while the server is restarted and restored."""

from __future__ import annotations

import contextlib
import time

import httpx2
import lightkube
from lightkube.models.meta_v1 import ObjectMeta
from lightkube.resources.core_v1 import ConfigMap
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


def watch(context: Context):
    with lightkube.Client(namespace=context.namespace) as client:
        listed = client.list(ConfigMap)
        list(listed)
        for name in ("w-1", "w-2"):
            client.create(config_map(name))
        client.delete(ConfigMap, "w-1")
        names, last = names_from(client, listed.resourceVersion, 1)
        more, _ = names_from(client, last, 2)
        return names + more


def informer(context: Context):
    """The watch begun anew whenever it ends: ``on_error`` is not asked about a connection that is refused."""
    seen, told = {}, []
    with lightkube.Client(namespace=context.namespace) as client:
        while "after-restore" not in seen:
            with contextlib.suppress(httpx2.HTTPError):
                follow(client, seen, told)
            time.sleep(0.05)
    return sorted(seen)


def follow(client, seen, told):
    seen.clear()
    for _, item in client.watch(ConfigMap, labels={"told": "informer"}):
        name = item.metadata.name
        seen[name] = item
        if name in ("before", "after-restart") and name not in told:
            told.append(name)
            signal("ready")
        if len(seen) == 3:
            return


def expired(context: Context):
    with lightkube.Client(namespace=context.namespace) as client:
        try:
            names_from(client, "1", 1)
        except lightkube.ApiError as error:
            return [error.status.code, error.status.reason]
    raise AssertionError("not expired")


if __name__ == "__main__":
    run("lightkube", watch, informer, expired)
