from random import Random

from apimachinery.clock import FakeClock
from client.backoff import Backoff


def test_delays_double_up_to_the_limit_and_start_anew_after_a_quiet_time() -> None:
    clock = FakeClock()
    backoff = Backoff(clock, Random(1), jitter=0)
    assert [backoff.next() for _ in range(8)] == [0.8, 1.6, 3.2, 6.4, 12.8, 25.6, 30.0, 30.0]
    clock.advance(121)
    assert backoff.next() == 0.8


def test_delays_are_jittered_within_bounds() -> None:
    delays = {Backoff(FakeClock(), Random(seed)).next() for seed in range(50)}
    assert len(delays) > 40 and all(0.8 <= delay <= 1.6 for delay in delays)
