"""What /metrics tells of priority and fairness, by upstream's names."""

from __future__ import annotations

from collections.abc import Iterator

from server.flowcontrol.controller import FlowController
from server.metrics.exposition import Family, Sample

_PREFIX = "apiserver_flowcontrol_"


def families(controller: FlowController) -> Iterator[Family]:
    levels = list(controller.levels)

    def gauge(name: str, help: str, values: dict[str, int]) -> Family:
        samples = [Sample("", {"priority_level": level}, value) for level, value in values.items()]
        return Family(_PREFIX + name, "gauge", help, samples)

    yield Family(
        f"{_PREFIX}dispatched_requests_total",
        "counter",
        "Number of requests executed by API Priority and Fairness subsystem",
        [
            Sample("", {"flow_schema": schema, "priority_level": level.name}, count)
            for level in levels
            for schema, count in level.dispatched.items()
        ],
    )
    yield Family(
        f"{_PREFIX}rejected_requests_total",
        "counter",
        "Number of requests rejected by API Priority and Fairness subsystem",
        [
            Sample("", {"flow_schema": schema, "priority_level": level.name, "reason": reason}, count)
            for level in levels
            for (schema, reason), count in level.rejected.items()
        ],
    )
    yield gauge(
        "current_inqueue_requests",
        "Number of requests currently pending in queues of the API Priority and Fairness subsystem",
        {level.name: level.queues.waiting for level in levels},
    )
    yield gauge(
        "current_executing_seats",
        "Concurrency (number of seats) occupied by the currently executing requests",
        {level.name: level.executing for level in levels},
    )
    yield gauge(
        "nominal_limit_seats",
        "Nominal number of execution seats configured for each priority level",
        {level.name: level.nominal for level in levels},
    )
