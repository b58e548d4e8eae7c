"""The thin shell: the clock and informers in, Jobs and statuses out."""

from __future__ import annotations

from datetime import datetime

from apimachinery.fielderrors import quote
from apimachinery.objects import Object, controller_of, is_terminating, key_of, name_of, namespace_of
from apimachinery.status import AlreadyExists, NotFound, StatusError
from apimachinery.timefmt import format_time
from client.errors import TryAgain
from client.recorder import NORMAL, WARNING, reference_to
from client.resources import CRONJOBS, JOBS
from controllers.controller import Context, Controller, Loop
from controllers.cronjob.plan import (
    CRONJOB,
    TOO_MANY,
    Review,
    is_too_late,
    job_for,
    job_name,
    missed,
    review,
    seconds_to_next,
    surplus_history,
)
from controllers.cronjob.schedule import Schedule, ScheduleError, parse_schedule, parse_zone
from controllers.shared.indexes import BY_CONTROLLER, controlled_by
from controllers.shared.ownership import resolve
from controllers.shared.pods import NAMESPACE_TERMINATING

NAME = "cronjob-controller"
WORKERS = 5
_ZONE_IN_SCHEDULE = (
    "CRON_TZ or TZ used in schedule {} is not officially supported,"
    " see https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/ for more details"
)
_NO_SUCH_TIME = "time difference between two schedules is less than 1 second"
"""Upstream's words for the 31st of February."""
_RFC1123Z = "%a, %d %b %Y %H:%M:%S +0000"


class CronJobs:
    def __init__(self, context: Context) -> None:
        self._client = context.client
        self._clock = context.clock
        self._recorder = context.recorder(NAME)
        self.queue = context.queue()
        cronjobs, jobs = context.informer(CRONJOBS), context.informer(JOBS, indexers=BY_CONTROLLER)
        self._cronjobs, self._jobs = cronjobs.store, jobs.store
        cronjobs.add_handler(self._enqueue, self._changed, None)
        jobs.add_handler(self._job, lambda old, new: self._job(new), self._job)

    def sync(self, key: str) -> None:
        cronjob = self._cronjobs.get(key)
        if cronjob is None:
            return
        jobs = controlled_by(self._jobs, cronjob["metadata"]["uid"])
        made = self._review(cronjob, jobs)
        failure: StatusError | None = None
        try:
            self._start(key, cronjob, made)
        except StatusError as error:
            failure = error
        for job in surplus_history(cronjob, jobs):
            made.changed = self._delete(cronjob, made, job) or made.changed
        if made.changed:
            changed = {**cronjob, "status": made.status}
            self._client.update(CRONJOBS, namespace_of(cronjob), name_of(cronjob), changed, subresource="status")
        if failure is not None and not failure.has_cause(NAMESPACE_TERMINATING):
            raise failure

    def _review(self, cronjob: Object, jobs: list[Object]) -> Review:
        made = review(cronjob, jobs)
        if made.forgotten:
            self._look_for_forgotten(cronjob, made)
        for name, end in made.ended:
            self._recorder.event(cronjob, NORMAL, "SawCompletedJob", f"Saw completed job: {name}, condition: {end}")
        for entry in made.missing:
            try:
                self._client.get(JOBS, namespace_of(cronjob), entry["name"])
            except NotFound:
                self._recorder.event(cronjob, NORMAL, "MissingJob", f"Active job went missing: {entry['name']}")
                made.status["active"].remove(entry)
                made.changed = True
        return made

    def _look_for_forgotten(self, cronjob: Object, made: Review) -> None:
        """The cached status may be older than the jobs; if it is not, someone else made them."""
        fresh = self._client.get(CRONJOBS, namespace_of(cronjob), name_of(cronjob))
        named = {entry.get("uid") for entry in (fresh.get("status") or {}).get("active") or ()}
        if any(job["metadata"]["uid"] in named for job in made.forgotten):
            raise TryAgain("the status in the cache is older than the jobs")
        for job in made.forgotten:
            message = f"Saw a job that the controller did not create or forgot: {name_of(job)}"
            self._recorder.event(cronjob, WARNING, "UnexpectedJob", message)

    def _start(self, key: str, cronjob: Object, made: Review) -> None:
        """Start a job if its time has come, and come back at the next time."""
        schedule = self._schedule_of(cronjob)
        if schedule is None:
            return
        now = self._clock.now()
        if schedule.after(now) is None:
            message = f"invalid schedule: {cronjob['spec']['schedule']} : {_NO_SUCH_TIME}"
            self._recorder.event(cronjob, WARNING, "InvalidSchedule", message)
            return
        time, count = missed(cronjob, schedule, now, within_deadline=True)
        if count > TOO_MANY:
            message = "too many missed start times. Set or decrease .spec.startingDeadlineSeconds or check clock skew"
            self._recorder.event(cronjob, WARNING, "TooManyMissedTimes", message)
        if time is not None and self._may_start(cronjob, made, time, now):
            self._replace(cronjob, made)
            job = self._create(cronjob, time)
            if job is not None:
                made.status["active"] = [*made.status["active"], reference_to(job)]
                made.status["lastScheduleTime"] = format_time(time)
                made.changed = True
        wait = seconds_to_next({**cronjob, "status": made.status}, schedule, now)
        if wait is not None:
            self.queue.add_after(key, wait)

    def _schedule_of(self, cronjob: Object) -> Schedule | None:
        """None: nothing is to be started; an event says why when it is a mistake."""
        spec = cronjob["spec"]
        if is_terminating(cronjob):
            return None
        zone = spec.get("timeZone")
        try:
            if zone is not None:
                parse_zone(zone)
        except ScheduleError as error:
            message = f"invalid timeZone: {quote(zone)}: {error}"
            self._recorder.event(cronjob, WARNING, "UnknownTimeZone", message)
            return None
        if spec.get("suspend"):
            return None
        if "TZ" in spec["schedule"]:
            self._recorder.event(
                cronjob, WARNING, "UnsupportedSchedule", _ZONE_IN_SCHEDULE.format(quote(spec["schedule"]))
            )
        try:
            return parse_schedule(spec["schedule"], zone)
        except ScheduleError as error:
            message = f"unparseable schedule: {quote(spec['schedule'])} : {error}"
            self._recorder.event(cronjob, WARNING, "UnparseableSchedule", message)
            return None

    def _may_start(self, cronjob: Object, made: Review, time: datetime, now: datetime) -> bool:
        if is_too_late(cronjob, time, now):
            message = f"Missed scheduled time to start a job: {time.strftime(_RFC1123Z)}"
            self._recorder.event(cronjob, WARNING, "MissSchedule", message)
            return False
        active = made.status["active"]
        if any(entry.get("name") == job_name(cronjob, time) for entry in active):
            return False
        if made.status.get("lastScheduleTime") == format_time(time):
            return False
        if cronjob["spec"].get("concurrencyPolicy") == "Forbid" and active:
            message = "Not starting job because prior execution is running and concurrency policy is Forbid"
            self._recorder.event(cronjob, NORMAL, "JobAlreadyActive", message)
            return False
        return True

    def _replace(self, cronjob: Object, made: Review) -> None:
        if cronjob["spec"].get("concurrencyPolicy") != "Replace":
            return
        for entry in list(made.status["active"]):
            try:
                job = self._client.get(JOBS, namespace_of(cronjob), entry["name"])
            except StatusError as error:
                self._recorder.event(cronjob, WARNING, "FailedGet", f"Get job: {error}")
                raise
            if not self._delete(cronjob, made, job):
                raise TryAgain(f"could not replace job {key_of(job)}")
            made.changed = True

    def _create(self, cronjob: Object, time: datetime) -> Object | None:
        """The job of that time; None: another's job has its name."""
        wanted = job_for(cronjob, time)
        try:
            made = self._client.create(JOBS, namespace_of(cronjob), wanted)
        except AlreadyExists:
            made = self._client.get(JOBS, namespace_of(cronjob), name_of(wanted))
            owner = controller_of(made)
            return made if owner is not None and owner.get("uid") == cronjob["metadata"]["uid"] else None
        except StatusError as error:
            if not error.has_cause(NAMESPACE_TERMINATING):
                self._recorder.event(cronjob, WARNING, "FailedCreate", f"Error creating job: {error}")
            raise
        self._recorder.event(cronjob, NORMAL, "SuccessfulCreate", f"Created job {name_of(made)}")
        return made

    def _delete(self, cronjob: Object, made: Review, job: Object) -> bool:
        try:
            self._client.delete(JOBS, namespace_of(job), name_of(job), propagation="Background")
        except NotFound:
            return False
        except StatusError as error:
            self._recorder.event(cronjob, WARNING, "FailedDelete", f"Deleted job: {error}")
            return False
        uid = job["metadata"]["uid"]
        made.status["active"] = [entry for entry in made.status["active"] if entry.get("uid") != uid]
        self._recorder.event(cronjob, NORMAL, "SuccessfulDelete", f"Deleted job {name_of(job)}")
        return True

    def _enqueue(self, cronjob: Object) -> None:
        self.queue.add(key_of(cronjob))

    def _changed(self, old: Object, new: Object) -> None:
        """A new schedule counts from now on: what it would have missed so far is not made up for."""
        if all(old["spec"].get(field) == new["spec"].get(field) for field in ("schedule", "timeZone")):
            self._enqueue(new)
            return
        zone = new["spec"].get("timeZone")
        try:
            schedule = parse_schedule(new["spec"]["schedule"], zone if zone is None or _is_zone(zone) else None)
        except ScheduleError:
            message = f"unparseable schedule for cronjob: {new['spec']['schedule']}"
            self._recorder.event(new, WARNING, "UnParseableCronJobSchedule", message)
            return
        wait = seconds_to_next(new, schedule, self._clock.now())
        if wait is not None:
            self.queue.add_after(key_of(new), wait)

    def _job(self, job: Object) -> None:
        cronjob = resolve(self._cronjobs, CRONJOB.kind, namespace_of(job), controller_of(job))
        if cronjob is not None:
            self._enqueue(cronjob)


def _is_zone(name: str) -> bool:
    try:
        parse_zone(name)
    except ScheduleError:
        return False
    return True


def build_cronjob(context: Context) -> Controller:
    cronjobs = CronJobs(context)
    return Controller(NAME, (Loop(cronjobs.queue, cronjobs.sync, WORKERS),))
