import threading
import time

from apimachinery.clock import FakeClock
from client.ratelimit import BucketLimiter, ExponentialLimiter, SlowestOf, TokenBucket, default_limiter
from client.workqueue import WorkQueue


def queue(clock: FakeClock | None = None) -> WorkQueue:
    return WorkQueue(clock or FakeClock())


def drain(subject: WorkQueue) -> list[str]:
    keys = []
    while (key := subject.get(0)) is not None:
        keys.append(key)
        subject.done(key)
    return keys


def test_keys_come_out_in_order_and_once() -> None:
    subject = queue()
    for key in ("b", "a", "b"):
        subject.add(key)
    assert len(subject) == 2
    assert drain(subject) == ["b", "a"]


def test_a_key_in_work_is_queued_again_only_when_done() -> None:
    subject = queue()
    subject.add("a")
    assert subject.get(0) == "a"
    subject.add("a")
    subject.add("a")
    assert subject.get(0) is None
    subject.done("a")
    assert subject.get(0) == "a"
    subject.done("a")
    assert subject.get(0) is None


def test_a_delayed_key_comes_when_it_is_due() -> None:
    clock = FakeClock()
    subject = queue(clock)
    subject.add_after("late", 10)
    subject.add_after("soon", 5)
    subject.add_after("now", 0)
    assert drain(subject) == ["now"]
    clock.advance(5)
    assert len(subject) == 1
    assert drain(subject) == ["soon"]
    clock.advance(5)
    assert drain(subject) == ["late"]


def test_of_several_delays_the_earliest_counts_once() -> None:
    clock = FakeClock()
    subject = queue(clock)
    for delay in (10.0, 3.0, 7.0):
        subject.add_after("a", delay)
    clock.advance(3)
    assert drain(subject) == ["a"]
    clock.advance(10)
    assert drain(subject) == []


def test_failures_delay_a_key_ever_longer_until_it_is_forgotten() -> None:
    clock = FakeClock()
    subject = queue(clock)
    for delay in (0.005, 0.01, 0.02):
        subject.add_rate_limited("a")
        clock.advance(delay * 0.9)
        assert drain(subject) == []
        clock.advance(delay * 0.2)
        assert drain(subject) == ["a"]
    assert subject.failures("a") == 3
    subject.forget("a")
    assert subject.failures("a") == 0
    subject.add_rate_limited("a")
    clock.advance(0.006)
    assert drain(subject) == ["a"]


def test_shutting_down_wakes_everyone_and_drops_the_rest() -> None:
    subject = WorkQueue()
    got: list[str | None] = []
    threads = [threading.Thread(target=lambda: got.append(subject.get())) for _ in range(3)]
    for thread in threads:
        thread.start()
    subject.shut_down()
    for thread in threads:
        thread.join(5)
    subject.add("a")
    subject.add_after("b", 1)
    assert got == [None] * 3
    assert subject.get() is None and subject.shutting_down


def test_a_waiting_worker_is_woken_by_add_and_by_an_earlier_delay() -> None:
    subject = WorkQueue()
    subject.add_after("far", 60)
    started = time.monotonic()
    threading.Timer(0.01, subject.add_after, ("near", 0.01)).start()
    assert subject.get(10) == "near"
    threading.Timer(0.01, subject.add, ("direct",)).start()
    assert subject.get(10) == "direct"
    assert time.monotonic() - started < 5


def test_no_key_is_in_two_hands_and_none_is_lost() -> None:
    subject = WorkQueue()
    lock, active, worked = threading.Lock(), set[str](), dict[str, int]()
    overlaps: list[str] = []

    def work() -> None:
        while (key := subject.get()) is not None:
            with lock:
                overlaps.extend([key] * (key in active))
                active.add(key)
                worked[key] = worked.get(key, 0) + 1
            with lock:
                active.discard(key)
            subject.done(key)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for turn in range(500):
        subject.add(f"k{turn % 10}")
    subject.add("last")
    deadline = time.monotonic() + 10
    while (len(worked) < 11 or len(subject)) and time.monotonic() < deadline:
        time.sleep(0.001)
    subject.shut_down()
    for thread in threads:
        thread.join(5)
    assert overlaps == [] and len(worked) == 11


def test_limiters() -> None:
    clock = FakeClock()
    single = ExponentialLimiter(base=1, limit=5)
    assert [single.when("a") for _ in range(4)] == [1, 2, 4, 5]
    assert single.when("b") == 1
    bucket = BucketLimiter(rate=2, burst=2, clock=clock)
    assert [bucket.when(key) for key in "abcd"] == [0, 0, 0.5, 1]
    clock.advance(2)
    assert bucket.when("e") == 0
    both = SlowestOf((single, bucket))
    both.forget("a")
    assert both.when("a") == 1 and both.failures("a") == 1
    assert default_limiter(clock).when("x") == 0.005


def test_a_token_bucket_fills_up_to_its_burst() -> None:
    clock = FakeClock()
    bucket = TokenBucket(1, 2, clock)
    assert [bucket.try_take() for _ in range(3)] == [True, True, False]
    clock.advance(60)
    assert [bucket.try_take() for _ in range(3)] == [True, True, False]
