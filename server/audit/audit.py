"""The auditor: a policy and where its events go."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from apimachinery.clock import Clock
from server.audit.policy import Policy
from server.audit.policyfile import load_policy
from server.audit.sink import LogOptions, LogSink
from server.metrics.exposition import Family, Sample


@dataclass(frozen=True, slots=True)
class Auditor:
    policy: Policy
    sink: LogSink
    clock: Clock

    def families(self) -> Iterator[Family]:
        """What /metrics tells of the audit log."""
        sink = self.sink
        total = sink.written + sink.failed + sink.dropped
        yield Family(
            "apiserver_audit_event_total",
            "counter",
            "Counter of audit events generated and sent to the audit backend.",
            [Sample("", {}, total)],
        )
        yield Family(
            "apiserver_audit_error_total",
            "counter",
            "Counter of audit events that failed to be audited properly. "
            "Plugin identifies the plugin affected by the error.",
            [Sample("", {"plugin": "log"}, sink.failed), Sample("", {"plugin": "buffered"}, sink.dropped)],
        )


def make_auditor(policy_file: Path | None, options: LogOptions | None, clock: Clock) -> Auditor | None:
    """None unless there are both a policy and a log. Raises PolicyError."""
    policy = load_policy(policy_file) if policy_file is not None else None
    if policy is None or options is None:
        return None
    return Auditor(policy, LogSink(options, clock), clock)
