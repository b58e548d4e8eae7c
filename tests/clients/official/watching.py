"""The official client's Watch and SharedInformer, while the server is restarted and restored."""

from __future__ import annotations

from kubernetes import client, config, watch
from kubernetes.client.exceptions import ApiException
from kubernetes.informer import ADDED, SharedInformer
from report import Context, eventually, run, signal


def config_map(name):
    return client.V1ConfigMap(metadata=client.V1ObjectMeta(name=name, labels={"seen": "by-watch"}))


def names_from(core, context, revision, count):
    """The names of ``count`` events after a revision, and the revision of the last."""
    names, watcher = [], watch.Watch()
    for event in watcher.stream(
        core.list_namespaced_config_map,
        context.namespace,
        label_selector="seen=by-watch",
        resource_version=revision,
        timeout_seconds=20,
    ):
        names.append(f"{event['type']} {event['object'].metadata.name}")
        if len(names) == count:
            watcher.stop()
    return names, watcher.resource_version


def watch_(context: Context):
    core = client.CoreV1Api()
    listed = core.list_namespaced_config_map(context.namespace).metadata.resource_version
    for name in ("w-1", "w-2"):
        core.create_namespaced_config_map(context.namespace, config_map(name))
    core.delete_namespaced_config_map("w-1", context.namespace)
    names, last = names_from(core, context, listed, 1)
    more, _ = names_from(core, context, last, 2)
    return names + more


def informer(context: Context):
    core = client.CoreV1Api()
    informer = SharedInformer(core.list_namespaced_config_map, context.namespace, label_selector="told=informer")
    added = []
    informer.add_event_handler(ADDED, lambda item: added.append(item.metadata.name))
    informer.start()
    eventually(lambda: "before" in added)
    signal("ready")
    eventually(lambda: "after-restart" in added)
    signal("ready")
    eventually(lambda: "after-restore" in added)
    return sorted(item.metadata.name for item in informer.cache.list())


def expired(context: Context):
    try:
        names_from(client.CoreV1Api(), context, "1", 1)
    except ApiException as error:
        return [error.status, error.reason.partition(":")[0]]
    raise AssertionError("not expired")


if __name__ == "__main__":
    config.load_kube_config()
    run("kubernetes", watch_, informer, expired)
