"""How long to wait before a failed pod is replaced: 10 s, doubled with every failure since the last success.

Source: pkg/controller/job/backoff_utils.go.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from apimachinery.objects import Object, find_condition
from apimachinery.timefmt import parse_time
from controllers.job.indexes import all_failures_of

FIRST = 10.0
LONGEST = 600.0
_NEVER = datetime.min.replace(tzinfo=UTC)


class Backoff(NamedTuple):
    """Of a job: failures after the last success, and when the last of them was."""

    failures: int = 0
    last: datetime | None = None

    def after(self, succeeded: Sequence[Object], failed: Sequence[Object]) -> Backoff:
        """With these pods, which have ended since."""
        times = sorted(finished_at(pod) for pod in failed)
        if not succeeded:
            return Backoff(self.failures + len(times), times[-1]) if times else self
        success = max(finished_at(pod) for pod in succeeded)
        later = [time for time in times if time > success]
        return Backoff(len(later), later[-1] if later else None)

    def remaining(self, now: datetime) -> float:
        """Seconds; 0: the next pod may be made."""
        if not self.failures or self.last is None:
            return 0.0
        wait = min(FIRST * 2.0 ** min(self.failures - 1, 16), LONGEST)
        return max(wait - (now - self.last).total_seconds(), 0.0)


def remaining_of_index(last_failed: Object | None, now: datetime) -> float:
    """The same for one index of a job with a back-off limit per index."""
    if last_failed is None:
        return 0.0
    return Backoff(all_failures_of(last_failed) + 1, finished_at(last_failed)).remaining(now)


def finished_at(pod: Mapping[str, Any]) -> datetime:
    """The end of its last container; else when it stopped being ready, was deleted, or was made."""
    status, metadata = pod.get("status") or {}, pod["metadata"]
    ends = [_end(container) for container in status.get("containerStatuses") or ()]
    if ends and all(ends):
        return max(parse_time(end) for end in ends if end)
    ready = find_condition(pod, "Ready")
    if ready is not None and ready.get("status") == "False" and ready.get("lastTransitionTime"):
        return parse_time(ready["lastTransitionTime"])
    if metadata.get("deletionTimestamp"):
        grace = timedelta(seconds=metadata.get("deletionGracePeriodSeconds") or 0)
        return parse_time(metadata["deletionTimestamp"]) - grace
    created = metadata.get("creationTimestamp")
    return parse_time(created) if created else _NEVER


def _end(container: Mapping[str, Any]) -> str | None:
    terminated = (container.get("state") or {}).get("terminated") or {}
    return terminated.get("finishedAt") or None
