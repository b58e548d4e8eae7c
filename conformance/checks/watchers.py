"""Watches: what they deliver, from where, in which order."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from conformance.api import Object
from conformance.check import Case, Check, Failed
from conformance.kinds import CONFIG_MAPS

_LABEL = "watch-this-configmap"


@contextmanager
def _watch(case: Case, *values: str, revision: str = "", timeout: int = 30) -> Iterator[Iterator[Object]]:
    query: dict[str, Any] = {"labelSelector": f"{_LABEL} in ({','.join(values)})"}
    if revision:
        query["resourceVersion"] = revision
    with case.api.watch(CONFIG_MAPS, case.namespace, timeout=timeout, **query) as events:
        yield events


def _create(case: Case, label: str) -> Object:
    return case.create(CONFIG_MAPS, {"metadata": {"name": case.unique("watched"), "labels": {_LABEL: label}}})


def _mutate(case: Case, obj: Object, number: int) -> Object:
    return case.changed(CONFIG_MAPS, obj["metadata"]["name"], lambda one: one.update(data={"mutation": str(number)}))


def _label(case: Case, obj: Object, value: str) -> Object:
    name = obj["metadata"]["name"]
    return case.changed(CONFIG_MAPS, name, lambda one: one["metadata"]["labels"].update({_LABEL: value}))


def _delete(case: Case, obj: Object) -> None:
    case.api.delete(CONFIG_MAPS, case.namespace, obj["metadata"]["name"])


def _next(case: Case, events: Iterator[Object], type_: str, expected: Object | None = None) -> Object:
    """The very next event: nothing may come in between."""
    event = next(events, None)
    if event is None:
        raise Failed(f"the watch ended before a {type_} event")
    case.equal(event["type"], type_, "the type of the next event")
    if expected is not None:
        case.equal(event["object"], expected, f"the object of the {type_} event")
    return dict(event["object"])


def add_update_delete(case: Case) -> None:
    with _watch(case, "a") as only_a, _watch(case, "b") as only_b, _watch(case, "a", "b") as both:
        a = _create(case, "a")
        changes = [("ADDED", a), ("MODIFIED", _mutate(case, a, 1)), ("MODIFIED", _mutate(case, a, 2))]
        _delete(case, a)
        for events in (only_a, both):
            for type_, expected in changes:
                _next(case, events, type_, expected)
            _next(case, events, "DELETED")
        b = _create(case, "b")
        _delete(case, b)
        last = _create(case, "a")
        for events in (only_b, both):
            _next(case, events, "ADDED", b)
            _next(case, events, "DELETED")
        _next(case, only_a, "ADDED", last)  # and nothing of b before it


def from_revision(case: Case) -> None:
    made = _create(case, "from-revision")
    first, second = _mutate(case, made, 1), _mutate(case, made, 2)
    _delete(case, made)
    with _watch(case, "from-revision", revision=first["metadata"]["resourceVersion"]) as events:
        _next(case, events, "MODIFIED", second)
        _next(case, events, "DELETED")


def restart(case: Case) -> None:
    with _watch(case, "restarted") as events:
        made = _create(case, "restarted")
        _mutate(case, made, 1)
        _next(case, events, "ADDED", made)
        last = _next(case, events, "MODIFIED")
    second = _mutate(case, made, 2)
    with _watch(case, "restarted", revision=last["metadata"]["resourceVersion"]) as events:
        _delete(case, made)
        _next(case, events, "MODIFIED", second)
        _next(case, events, "DELETED")


def label_changed(case: Case) -> None:
    with _watch(case, "to-be-changed") as events:
        made = _create(case, "to-be-changed")
        first = _mutate(case, made, 1)
        _label(case, made, "wrong")
        _next(case, events, "ADDED", made)
        _next(case, events, "MODIFIED", first)
        _next(case, events, "DELETED")
        _mutate(case, made, 2)  # not seen
        restored = _label(case, made, "to-be-changed")
        third = _mutate(case, made, 3)
        _delete(case, made)
        _next(case, events, "ADDED", restored)
        _next(case, events, "MODIFIED", third)
        _next(case, events, "DELETED")


def same_order(case: Case) -> None:
    """Each watch starts at the revision of an event of the first, and sees what the first sees from there on."""
    revision = case.api.list(CONFIG_MAPS, case.namespace)["metadata"]["resourceVersion"]
    stop = threading.Event()
    writer = threading.Thread(target=_produce, args=(case, stop), daemon=True)
    writer.start()
    try:
        with ExitStack() as stack:
            watches: list[Iterator[Object]] = []
            for _ in range(30):
                watch = case.api.watch(CONFIG_MAPS, case.namespace, resourceVersion=revision, timeout=60)
                watches.append(stack.enter_context(watch))
                revisions = [_revision(events) for events in watches]
                revision = revisions[0]
                case.equal(set(revisions), {revision}, "the revision that all watches deliver next")
    finally:
        stop.set()
        writer.join(30)


def _revision(events: Iterator[Object]) -> str:
    event = next(events, None)
    if event is None or event["type"] == "ERROR":
        raise Failed(f"the watch ended: {event}")
    return str(event["object"]["metadata"]["resourceVersion"])


def _produce(case: Case, stop: threading.Event) -> None:
    number = 0
    while not stop.wait(0.01):
        name = f"cm-{number}"
        number += 1
        made = case.api.create(CONFIG_MAPS, case.namespace, {"metadata": {"name": name}})
        case.api.update(CONFIG_MAPS, case.namespace, {**made, "data": {"a": "1"}})
        if number % 2:
            case.api.delete(CONFIG_MAPS, case.namespace, name)


_PREFIX = "[sig-api-machinery] Watchers should "
CHECKS = (
    Check(
        _PREFIX + "observe add, update, and delete watch notifications on configmaps [Conformance]", add_update_delete
    ),
    Check(_PREFIX + "be able to start watching from a specific resource version [Conformance]", from_revision),
    Check(
        _PREFIX
        + "be able to restart watching from the last resource version observed by the previous watch [Conformance]",
        restart,
    ),
    Check(
        _PREFIX + "observe an object deletion if it stops meeting the requirements of the selector [Conformance]",
        label_changed,
    ),
    Check(_PREFIX + "receive events on concurrent watches in same order [Conformance]", same_order),
)
