import threading
from collections.abc import Iterator
from random import Random

import pytest

from apimachinery.clock import FakeClock
from client.api import Client
from client.leaderelection import LeaderElector, LeaseTimes
from tests.client.fakekube import FakeKube
from tests.client.fakeserver import Answer, status


class SteppedEvent(threading.Event):
    """Waiting for it moves a fake clock, and runs what the test has planned for the moments on the way."""

    def __init__(self, clock: FakeClock, limit: float = 1000) -> None:
        super().__init__()
        self._clock = clock
        self._limit = limit

    def wait(self, timeout: float | None = None) -> bool:
        if not self.is_set():
            self._clock.advance(timeout or 0)
            if self._clock.monotonic() > self._limit:
                self.set()
        return self.is_set()


@pytest.fixture
def kube() -> Iterator[FakeKube]:
    with FakeKube(kind="Lease") as fake:
        yield fake


@pytest.fixture
def client(kube: FakeKube) -> Iterator[Client]:
    made = Client.for_url(kube.url, user_agent="test")
    yield made
    made.close()


class Candidate:
    def __init__(self, client: Client, identity: str, clock: FakeClock) -> None:
        self.log: list[str] = []
        self.elector = LeaderElector(
            client,
            "ns",
            "lock",
            identity,
            self._lead,
            lambda: self.log.append("stopped"),
            on_new_leader=lambda leader: self.log.append(f"leader {leader}"),
            clock=clock,
            random=Random(1),
        )

    def _lead(self, lost: threading.Event) -> None:
        self.log.append("started")
        lost.wait(10)
        self.log.append("finished")

    def tries(self) -> bool:
        return self.elector.try_acquire_or_renew()


def test_the_first_creates_the_lease_and_renews_it(kube: FakeKube, client: Client) -> None:
    clock = FakeClock()
    subject = Candidate(client, "a", clock)
    assert subject.tries() and subject.elector.is_leader
    clock.advance(2)
    assert subject.tries()
    assert kube.objects["lock"]["spec"] == {
        "holderIdentity": "a",
        "leaseDurationSeconds": 15,
        "acquireTime": "2026-01-01T00:00:00.000000Z",
        "renewTime": "2026-01-01T00:00:02.000000Z",
        "leaseTransitions": 0,
    }
    assert [request.method for request in kube.server.requests] == ["GET", "POST", "PUT"]
    assert subject.log == ["leader a"]


def test_another_waits_until_it_has_seen_no_change_for_the_duration(kube: FakeKube, client: Client) -> None:
    clock = FakeClock()
    holder, other = Candidate(client, "a", clock), Candidate(client, "b", clock)
    assert holder.tries()
    assert not other.tries() and other.elector.leader == "a"
    clock.advance(10)
    assert holder.tries()
    clock.advance(10)
    assert not other.tries()  # renewed ten seconds ago, but seen only now
    clock.advance(14)
    assert not other.tries()
    clock.advance(1)
    assert other.tries()
    assert kube.objects["lock"]["spec"]["leaseTransitions"] == 1
    assert other.log == ["leader a", "leader b"]
    assert not holder.tries() and holder.elector.leader == "b"


def test_clocks_of_machines_are_not_compared(kube: FakeKube, client: Client) -> None:
    holder = Candidate(client, "a", FakeClock())
    late = FakeClock()
    late.advance(1_000_000)
    other = Candidate(client, "b", late)
    assert holder.tries()
    assert not other.tries()


def test_a_failed_request_is_not_leadership(kube: FakeKube, client: Client) -> None:
    subject = Candidate(client, "a", FakeClock())
    kube.fail = [status(500, "InternalError")]
    assert not subject.tries()
    assert subject.tries()
    kube.put("lock", spec={"holderIdentity": "a", "leaseDurationSeconds": 15})  # someone else's write
    assert subject.tries()  # read again after the conflict


def test_two_that_race_do_not_both_win(kube: FakeKube, client: Client) -> None:
    clock = FakeClock()
    kube.put("lock", spec={"holderIdentity": "", "leaseDurationSeconds": 1, "leaseTransitions": 4})
    one, two = Candidate(client, "a", clock), Candidate(client, "b", clock)
    serve = kube.server.handler

    def overtake(request: object) -> Answer:
        answer = serve(request)  # type: ignore[arg-type]
        kube.server.handler = serve
        assert two.tries()
        return answer

    kube.server.handler = overtake
    assert not one.tries()
    assert kube.objects["lock"]["spec"]["holderIdentity"] == "b"
    assert kube.objects["lock"]["spec"]["leaseTransitions"] == 5


def test_running_leads_until_stopped_and_releases_the_lease(kube: FakeKube, client: Client) -> None:
    clock = FakeClock()
    subject = Candidate(client, "a", clock)
    subject.elector.run(SteppedEvent(clock, limit=60))
    assert subject.log == ["leader a", "started", "finished", "stopped"]
    spec = kube.objects["lock"]["spec"]
    assert (spec["holderIdentity"], spec["leaseDurationSeconds"]) == ("", 1)
    assert Candidate(client, "b", clock).tries()


def test_a_leader_that_cannot_renew_gives_up_before_its_lease_runs_out(kube: FakeKube, client: Client) -> None:
    clock = FakeClock()
    subject = Candidate(client, "a", clock)
    serve = kube.server.handler
    failing_since: list[float] = []

    def flaky(request: object) -> Answer:
        if clock.monotonic() > 20:
            failing_since.append(clock.monotonic())
            return status(500, "InternalError")
        return serve(request)  # type: ignore[arg-type]

    kube.server.handler = flaky
    stop = SteppedEvent(clock)
    subject.elector.run(stop)
    assert not stop.is_set()
    assert subject.log[-2:] == ["finished", "stopped"]
    assert clock.monotonic() - failing_since[0] < 15 - 2


def test_one_that_never_leads_is_told_that_it_stopped(kube: FakeKube, client: Client) -> None:
    clock = FakeClock()
    holder = Candidate(client, "a", clock)
    assert holder.tries()
    other = Candidate(client, "b", FakeClock())
    other.elector.run(SteppedEvent(FakeClock(), limit=5))
    assert other.log == ["leader a", "stopped"]


def test_impossible_times_are_refused(client: Client) -> None:
    for lease_duration, renew_deadline, retry_period in ((5, 10, 2), (15, 2, 2), (15, 10, 0)):
        with pytest.raises(ValueError, match="must hold"):
            LeaderElector(
                client,
                "ns",
                "lock",
                "a",
                lambda lost: None,
                lambda: None,
                times=LeaseTimes(lease_duration, renew_deadline, retry_period),
            )
    with pytest.raises(ValueError, match="identity"):
        LeaderElector(client, "ns", "lock", "", lambda lost: None, lambda: None)
