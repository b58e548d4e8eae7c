"""An indexed Job of 200 whose controllers are killed all the time: no completion is lost, none is counted twice."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any

from apimachinery.objects import find_condition
from apimachinery.pods import is_pod_terminal, pod_phase
from client.api import Client
from client.resources import JOBS
from kubejazz.testing import Kubejazz
from tests.story.chaos.managers import Managers
from tests.story.chaos.past import Version, past
from tests.story.waiting import eventually

COMPLETIONS, PARALLELISM = 200, 25
INDEX = "batch.kubernetes.io/job-completion-index"
FINALIZER = "batch.kubernetes.io/job-tracking"
AGAIN = {index for index in range(COMPLETIONS) if index % 10 == 7}
"""Fail each time, and are tried once more."""
NEVER_AGAIN = {index for index in range(COMPLETIONS) if index % 10 == 9}
"""Fail with an exit code that the failure policy makes the index's end."""
PODS = {index: 2 if index in AGAIN else 1 for index in range(COMPLETIONS)}
PATIENCE = 180.0


def job() -> dict[str, Any]:
    container = {"name": "c", "image": "worker", "command": ["work"]}
    pod = {"containers": [container], "restartPolicy": "Never"}
    rule = {"action": "FailIndex", "onExitCodes": {"operator": "In", "values": [42]}}
    spec = {
        "completions": COMPLETIONS,
        "parallelism": PARALLELISM,
        "completionMode": "Indexed",
        "backoffLimitPerIndex": 1,
        "podFailurePolicy": {"rules": [rule]},
        "template": {"metadata": {"labels": {"fails": "by-index"}}, "spec": pod},
    }
    return {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "many"}, "spec": spec}


def test_an_indexed_job_whose_controllers_are_killed(
    uncontrolled: Kubejazz, client: Client, hunted: Managers, space: str
) -> None:
    client.create(JOBS, space, job())

    def ended() -> Any:
        return find_condition(client.get(JOBS, space, "many"), "Failed")

    hunted.kill_while(lambda: ended() is None)
    condition = eventually(ended, bool, timeout=PATIENCE)

    story = hunted.story
    assert hunted.kills, story
    assert condition["reason"] == "FailedIndexes", story
    status = client.get(JOBS, space, "many")["status"]
    _check_end(status, story)
    versions = list(past(uncontrolled.data_dir, "pods", "jobs.batch", namespace=space))
    _check_pods(versions, story)
    _check_counting(versions, story)


def _check_end(status: dict[str, Any], story: str) -> None:
    failed = AGAIN | NEVER_AGAIN
    assert _indexes(status["failedIndexes"]) == failed, story
    assert _indexes(status["completedIndexes"]) == set(range(COMPLETIONS)) - failed, story
    assert status["succeeded"] == COMPLETIONS - len(failed), story
    assert status["failed"] == sum(PODS[index] for index in failed), story
    assert not status.get("active"), story
    uncounted = status.get("uncountedTerminatedPods") or {}
    assert not uncounted.get("succeeded"), story
    assert not uncounted.get("failed"), story


def _check_pods(versions: list[Version], story: str) -> None:
    """Each index has exactly its pods, one after the other, and never more of all of them than may run at once."""
    made: Counter[int] = Counter()
    living: dict[int, set[str]] = defaultdict(set)
    seen: set[str] = set()
    for version in versions:
        if version.resource != "pods":
            continue
        index = int(version.obj["metadata"]["labels"][INDEX])
        if version.uid not in seen:
            seen.add(version.uid)
            made[index] += 1
        lives = not version.gone and not is_pod_terminal(version.obj)
        (set.add if lives else set.discard)(living[index], version.uid)
        assert len(living[index]) <= 1, (index, version.revision, story)
        assert sum(map(len, living.values())) <= PARALLELISM, (version.revision, story)
    assert made == PODS, story


def _check_counting(versions: list[Version], story: str) -> None:
    """The counts only rise, never beyond what has ended; a pod is let go only when the status tells its end."""
    ended: dict[str, dict[str, int]] = {"Succeeded": {}, "Failed": {}}
    noted: set[str] = set()
    held: dict[str, bool] = {}
    done: set[int] = set()
    failures = 0
    for version in versions:
        where = (version.name, version.revision, story)
        if version.resource == "pods":
            uid, index = version.uid, int(version.obj["metadata"]["labels"][INDEX])
            holds = FINALIZER in (version.obj["metadata"].get("finalizers") or ())
            assert holds or not held.get(uid, True) or uid in noted or index in done, where
            held[uid] = holds
            if is_pod_terminal(version.obj):
                ended[pod_phase(version.obj)][uid] = index
            continue
        status = version.obj.get("status") or {}
        noted |= _check_failures(status, ended["Failed"], failures, where)
        failures = status.get("failed") or 0
        completed = _indexes(status.get("completedIndexes") or "")
        assert done <= completed <= set(ended["Succeeded"].values()), where
        assert (status.get("succeeded") or 0) == len(completed), where
        done = completed
    assert len(held) == sum(PODS.values()), story
    assert not any(held.values()), story


def _check_failures(status: dict[str, Any], ended: dict[str, int], before: int, where: object) -> set[str]:
    """The uids that are noted as failed; each has, and together with those that are counted they are not too many."""
    noted = (status.get("uncountedTerminatedPods") or {}).get("failed") or []
    count = status.get("failed") or 0
    assert count >= before, where
    assert len(noted) == len(set(noted)), where
    assert set(noted) <= ended.keys(), where
    assert count + len(noted) <= len(ended), where
    return set(noted)


def _indexes(text: str) -> set[int]:
    found: set[int] = set()
    for part in filter(None, text.split(",")):
        first, _, last = part.partition("-")
        found.update(range(int(first), int(last or first) + 1))
    return found
