"""Jobs and cron jobs."""

from __future__ import annotations

from typing import Any

from conformance.api import STRATEGIC_PATCH, Object
from conformance.bodies import BUSYBOX, PAUSE, condition
from conformance.check import Case, Check
from conformance.kinds import CRON_JOBS, JOBS, PODS
from conformance.waiting import until
from conformance.workloads import name_of


def _job(case: Case, parallelism: int = 2, completions: int = 4, *, ends: bool = False, **spec: Any) -> Object:
    """One whose pods end at once with success, or never."""
    container = {"name": "c", "image": BUSYBOX, "command": ["true"]} if ends else {"name": "c", "image": PAUSE}
    pod_spec = {"restartPolicy": "Never", "terminationGracePeriodSeconds": 0, "containers": [container]}
    body = {"parallelism": parallelism, "completions": completions, "template": {"spec": pod_spec}, **spec}
    name = case.unique("job")
    return {"metadata": {"name": name, "labels": {"e2e-job-label": name}}, "spec": body}


def _pods(case: Case, job: str) -> list[Object]:
    return case.api.items(PODS, case.namespace, labelSelector=f"job-name={job}")


def _running(case: Case, job: str, count: int) -> None:
    case.eventually(
        lambda: sum(one["status"].get("phase") == "Running" for one in _pods(case, job)) == count,
        f"{count} running pods of the job",
        120,
    )


def _complete(case: Case, job: str, reason: str = "CompletionsReached") -> Object:
    done = until(case, JOBS, job, lambda one: condition(one, "Complete").get("status") == "True", "to complete")
    case.equal(condition(done, "Complete").get("reason"), reason, "the reason of the completion")
    return done


def indexed(case: Case) -> None:
    name = name_of(case.create(JOBS, _job(case, ends=True, completionMode="Indexed")))
    done = _complete(case, name)
    case.equal(done["status"].get("completedIndexes"), "0-3", "completedIndexes")
    pods = [one for one in _pods(case, name) if one["status"].get("phase") == "Succeeded"]
    key = "batch.kubernetes.io/job-completion-index"
    indexes = sorted(int(one["metadata"]["annotations"][key]) for one in pods)
    case.equal(indexes, [0, 1, 2, 3], "the indexes of the succeeded pods")
    for one in pods:
        expected = f"{name}-{one['metadata']['annotations'][key]}"
        case.equal(one["spec"].get("hostname"), expected, "the hostname of a pod")


def success_policy(case: Case) -> None:
    policy = {"rules": [{"succeededCount": 2}]}
    body = _job(case, completions=2, ends=True, completionMode="Indexed", successPolicy=policy)
    name = name_of(case.create(JOBS, body))
    done = _complete(case, name, "SuccessPolicy")
    met = condition(done, "SuccessCriteriaMet")
    case.contains(met, {"status": "True", "reason": "SuccessPolicy"}, "the condition SuccessCriteriaMet")
    status = done["status"]
    case.equal(status.get("succeeded"), 2, "the succeeded pods")
    left = {key: status.get(key, 0) for key in ("active", "ready", "terminating", "failed")}
    case.equal(left, dict.fromkeys(left, 0), "what else the status counts")


def delete(case: Case) -> None:
    name = name_of(case.create(JOBS, _job(case)))
    _running(case, name, 2)
    case.api.delete(JOBS, case.namespace, name, {"propagationPolicy": "Foreground"})
    case.gone(JOBS, name, 90)
    case.equal(_pods(case, name), [], "pods left when the job is gone")


def adopt_and_release(case: Case) -> None:
    job = case.create(JOBS, _job(case))
    name = name_of(job)
    _running(case, name, 2)
    victim = name_of(_pods(case, name)[0])

    def owner(found: Object) -> str:
        references = found["metadata"].get("ownerReferences") or ()
        return next((str(one["uid"]) for one in references if one.get("controller")), "")

    case.changed(PODS, victim, lambda one: one["metadata"].pop("ownerReferences"))
    until(case, PODS, victim, lambda found: owner(found) == job["metadata"]["uid"], "to be adopted again")
    case.changed(PODS, victim, lambda one: one["metadata"].pop("labels"))
    until(case, PODS, victim, lambda found: not owner(found), "to be released")


def job_status(case: Case) -> None:
    made = case.create(JOBS, _job(case))
    name = name_of(made)
    _running(case, name, 2)
    one = {"type": "CustomConditionType", "status": "True", "lastTransitionTime": "2024-05-01T10:00:00Z"}
    body = {"metadata": {"annotations": {"patchedstatus": "true"}}, "status": {"conditions": [one]}}
    patched = case.api.patch(JOBS, case.namespace, name, body, "status")
    case.contains(condition(patched, "CustomConditionType"), one, "the patched condition")
    case.contains(patched["metadata"]["annotations"], {"patchedstatus": "true"}, "annotations patched by /status")
    later = "2024-05-01T10:00:05Z"

    def move(current: Object) -> None:
        for found in current["status"]["conditions"]:
            if found["type"] == "CustomConditionType":
                found["lastTransitionTime"] = later

    updated = case.changed(JOBS, name, move, "status")
    case.equal(condition(updated, "CustomConditionType").get("lastTransitionTime"), later, "the time after the update")
    read = case.api.get(JOBS, case.namespace, name, "status")
    case.equal(read["metadata"]["uid"], made["metadata"]["uid"], "the uid of /status")


def job_lifecycle(case: Case) -> None:
    body = _job(case, ends=True, suspend=True)
    name = body["metadata"]["name"]
    selector = f"e2e-job-label={name}"
    revision = case.api.list(JOBS, case.namespace)["metadata"]["resourceVersion"]
    with case.api.watch(JOBS, case.namespace, timeout=150, resourceVersion=revision, labelSelector=selector) as events:
        made = case.create(JOBS, body)
        patch = {"metadata": {"labels": {name: "patched"}}}
        patched = case.api.patch(JOBS, case.namespace, name, patch, content_type=STRATEGIC_PATCH)
        case.true(_revision(made) < _revision(patched), "a patch raises the resourceVersion")
        case.event(events, "MODIFIED", lambda one: one["metadata"]["labels"].get(name) == "patched")

        def resume(current: Object) -> None:
            current["spec"]["suspend"] = False
            current["metadata"].setdefault("annotations", {})["updated"] = "true"

        case.changed(JOBS, name, resume)
        case.event(events, "MODIFIED", lambda one: one["metadata"].get("annotations", {}).get("updated") == "true")
        case.equal(len(case.api.items(JOBS, labelSelector=selector)), 1, "jobs listed across namespaces")
        done = _complete(case, name)
        case.equal(done["status"].get("succeeded"), 4, "the succeeded pods")
        case.api.delete_collection(JOBS, case.namespace, labelSelector=selector, propagationPolicy="Background")
        case.event(events, "DELETED")
        case.equal(case.api.items(JOBS, labelSelector=selector), [], "jobs left")


def _revision(obj: Object) -> int:
    return int(obj["metadata"]["resourceVersion"])


# Cron jobs: each waits for minutes of the cluster's clock.


def _cron(case: Case, schedule: str, policy: str, **spec: Any) -> str:
    job = {"spec": _job(case, 1, 1)["spec"]}
    body = {"schedule": schedule, "concurrencyPolicy": policy, "jobTemplate": job, **spec}
    return name_of(case.create(CRON_JOBS, {"metadata": {"name": case.unique("cron")}, "spec": body}))


def _active(case: Case, cron: str, count: int) -> list[Object]:
    """The cron job's status, as soon as it names so many jobs."""
    wanted = until(
        case, CRON_JOBS, cron, lambda one: len(one["status"].get("active") or ()) >= count, "to be active", 150
    )
    return list(wanted["status"]["active"])


def _only(case: Case, cron: str) -> str:
    """The name of its first job, which is alone."""
    active = [one["name"] for one in _active(case, cron, 1)]
    case.equal([name_of(one) for one in case.api.items(JOBS, case.namespace)], active, "the jobs there are")
    case.equal(len(active), 1, "active jobs")
    return str(active[0])


def cron_suspended(case: Case) -> None:
    name = _cron(case, "*/1 * * * ?", "Allow", suspend=True)
    case.steady(lambda: not case.api.items(JOBS, case.namespace), "a suspended cron job makes no job", 75)
    case.true(not case.get(CRON_JOBS, name)["status"].get("active"), "a suspended cron job has no active jobs")


def cron_forbids(case: Case) -> None:
    name = _cron(case, "*/1 * * * ?", "Forbid")
    first = _only(case, name)
    case.steady(lambda: len(case.api.items(JOBS, case.namespace)) == 1, "no second job beside the active one", 65)
    case.equal([one["name"] for one in case.get(CRON_JOBS, name)["status"]["active"]], [first], "the active job")


def cron_replaces(case: Case) -> None:
    name = _cron(case, "*/1 * * * ?", "Replace")
    first = _only(case, name)

    def replaced(one: Object) -> bool:
        active = [job["name"] for job in one["status"].get("active") or ()]
        return len(active) == 1 and active != [first]

    until(case, CRON_JOBS, name, replaced, "to replace its job", 100)


def cron_concurrent(case: Case) -> None:
    name = _cron(case, "*/1 * * * ?", "Allow")
    _active(case, name, 2)
    jobs = [one for one in case.api.items(JOBS, case.namespace) if not condition(one, "Complete")]
    case.true(len(jobs) >= 2, "two jobs at the same time")


_JOB = "[sig-apps] Job "
_CRON = "[sig-apps] CronJob should "
_END, _SLOW = " [Conformance]", " [Conformance] [Slow]"
CHECKS = (
    Check(
        _JOB + "should create pods for an Indexed job with completion indexes and specified hostname" + _END, indexed
    ),
    Check(_JOB + "with successPolicy should succeeded when all indexes succeeded" + _END, success_policy),
    Check(_JOB + "should delete a job" + _END, delete),
    Check(_JOB + "should adopt matching orphans and release non-matching pods" + _END, adopt_and_release),
    Check(_JOB + "should apply changes to a job status" + _END, job_status),
    Check(_JOB + "should manage the lifecycle of a job" + _END, job_lifecycle),
    Check(_CRON + "not schedule jobs when suspended" + _SLOW, cron_suspended, timeout=240),
    Check(_CRON + "not schedule new jobs when ForbidConcurrent" + _SLOW, cron_forbids, timeout=300),
    Check(_CRON + "replace jobs when ReplaceConcurrent" + _END, cron_replaces, timeout=300),
    Check(_CRON + "schedule multiple jobs concurrently" + _END, cron_concurrent, timeout=300),
)
