"""An operator as people write them with kopf, on built-in kinds; its progress is kept in annotations."""

from __future__ import annotations

import asyncio
import contextlib
import threading

import kopf
from report import Context, eventually, run, signal

MANAGED = {"operated": "yes"}
done = threading.Event()
said: list[str] = []


@kopf.on.startup()
def configure(settings: kopf.OperatorSettings, **_):
    settings.persistence.finalizer = "example.com/operator"
    settings.posting.enabled = True
    settings.execution.max_workers = 2


@kopf.on.create("configmaps", labels=MANAGED)
def created(name, retry, patch, **_):
    if retry == 0:
        raise kopf.TemporaryError("not yet", delay=0.1)
    said.append(f"created {name} in try {retry + 1}")
    patch.setdefault("data", {})["state"] = "created"


@kopf.on.update("configmaps", labels=MANAGED, field="data.wanted")
def wanted(old, new, patch, body, **_):
    said.append(f"wanted {old} {new}")
    patch.setdefault("data", {})["granted"] = new
    kopf.info(body, reason="Granted", message=f"granted {new}")


@kopf.timer("configmaps", labels=MANAGED, interval=0.1)
def tick(body, patch, **_):
    ticks = int(body.get("data", {}).get("ticks", "0"))
    if ticks < 3:
        patch.setdefault("data", {})["ticks"] = str(ticks + 1)


@kopf.on.delete("configmaps", labels=MANAGED)
def deleted(name, **_):
    said.append(f"deleted {name}")


@kopf.on.event("pods", labels=MANAGED)
def pod_seen(status, patch, **_):
    if status.get("message") != "seen by the operator":
        patch.status["message"] = "seen by the operator"


@kopf.on.event("configmaps", labels={"operated": "stop"})
def stop(**_):
    done.set()


def operator(context: Context):
    ready, stopping = threading.Event(), threading.Event()
    running = kopf.operator(
        standalone=True, namespaces=[context.namespace], ready_flag=ready, stop_flag=stopping, clusterwide=False
    )

    def operate():
        with contextlib.suppress(asyncio.CancelledError):
            asyncio.run(running)

    thread = threading.Thread(target=operate)
    thread.start()
    eventually(ready.is_set)
    signal("ready")
    assert done.wait(30)
    stopping.set()
    thread.join(30)
    return said


if __name__ == "__main__":
    run("kopf", operator)
