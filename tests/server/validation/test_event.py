"""Events: leniently as core/v1, strictly as events.k8s.io/v1."""

from __future__ import annotations

import pytest

from server.validation.event import EVENTS_EVENT
from tests.server.validation.table import KEY, SUBDOMAIN, Case, Table, all_of, cases, drop, put, same

LENIENT = Table(
    {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {"name": "e", "namespace": "shop"},
        "involvedObject": {"kind": "Pod", "name": "p", "namespace": "shop"},
        "reason": "R",
        "message": "m",
        "type": "Normal",
    },
    create=(
        (put("metadata.name", "a/b"), ["metadata.name: Invalid value: \"a/b\": may not contain '/'"]),
        (
            put("involvedObject.namespace", "other"),
            ['involvedObject.namespace: Invalid value: "other": does not match event.namespace'],
        ),
        (put("involvedObject", {}), ['involvedObject.namespace: Invalid value: "": does not match event.namespace']),
        (
            put("metadata.namespace", "A"),
            [
                'involvedObject.namespace: Invalid value: "shop": does not match event.namespace',
                f'namespace: Invalid value: "A": {SUBDOMAIN}',
            ],
        ),
        (put("type", "Any"), []),
    ),
    update=(
        (
            same,
            put("involvedObject.namespace", "other"),
            ['involvedObject.namespace: Invalid value: "other": does not match event.namespace'],
        ),
        (same, put("reason", "other"), []),
    ),
)

LENIENT_NEW = Table(
    {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {"name": "e", "namespace": "shop"},
        "involvedObject": {"kind": "Pod", "name": "p", "namespace": "shop"},
        "reason": "R",
        "message": "m",
        "type": "Normal",
        "eventTime": "2026-01-01T00:00:00.000000Z",
        "reportingComponent": "a.io/c",
        "reportingInstance": "c-1",
        "action": "Act",
    },
    create=(
        (
            put("reportingComponent", ""),
            [
                "reportingComponent: Required value",
                'reportingComponent: Invalid value: "": name part must be non-empty',
                f'reportingComponent: Invalid value: "": {KEY}',
            ],
        ),
        (
            put("reportingInstance", "x" * 129),
            ['reportingInstance: Invalid value: "": can have at most 128 characters'],
        ),
        (all_of(drop("action"), drop("reason")), ["action: Required value", "reason: Required value"]),
        (put("message", "x" * 1025), ['message: Invalid value: "": can have at most 1024 characters']),
        (put("involvedObject", {}), ['involvedObject.namespace: Invalid value: "": does not match event.namespace']),
    ),
)

STRICT = Table(
    {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {"name": "e", "namespace": "shop"},
        "involvedObject": {"kind": "Pod", "name": "p", "namespace": "shop"},
        "reason": "R",
        "message": "m",
        "type": "Normal",
        "eventTime": "2026-01-01T00:00:00.000000Z",
        "reportingComponent": "a.io/c",
        "reportingInstance": "c-1",
        "action": "Act",
    },
    create=(
        (drop("eventTime"), ["eventTime: Required value"]),
        (put("type", "Any"), ['type: Invalid value: "": has invalid value: Any']),
        (put("firstTimestamp", "2026-01-01T00:00:00Z"), ['firstTimestamp: Invalid value: "": needs to be unset']),
        (put("count", 1), ['count: Invalid value: "": needs to be unset']),
        (put("source", {"component": "c"}), ['source: Invalid value: "": needs to be unset']),
        (
            put("series", {"count": 1}),
            ['series.count: Invalid value: "": should be at least 2', "series.lastObservedTime: Required value"],
        ),
        (put("reportingComponent", "a b"), [f'reportingController: Invalid value: "a b": {KEY}']),
        (put("metadata.name", "A"), [f'metadata.name: Invalid value: "A": {SUBDOMAIN}']),
    ),
    update=(
        (same, put("reason", "other"), ['reason: Invalid value: "other": field is immutable']),
        (
            same,
            put("involvedObject.name", "other"),
            ['involvedObject: Invalid value: {"kind":"Pod","namespace":"shop","name":"other"}: field is immutable'],
        ),
        (
            same,
            put("reportingComponent", "a.io/d"),
            ['reportingController: Invalid value: "a.io/d": field is immutable'],
        ),
        (
            same,
            put("series", {"count": 1}),
            ['series.count: Invalid value: "": should be at least 2', "series.lastObservedTime: Required value"],
        ),
        (put("series", {"count": 1}), put("series", {"count": 1}), []),
        (
            same,
            put("eventTime", "2026-01-01T00:00:01.000000Z"),
            ['eventTime: Invalid value: "2026-01-01T00:00:01.000000Z": field is immutable'],
        ),
        (same, put("related", {"kind": "Pod"}), ['related: Invalid value: {"kind":"Pod"}: field is immutable']),
    ),
    validator=EVENTS_EVENT,
)


@pytest.mark.parametrize("case", cases(LENIENT, LENIENT_NEW, STRICT))
def test_rules(case: Case) -> None:
    case.check()
