"""Counting events in bytes, and what the table makes of them."""

import asyncio
import time

import pytest

from bench.watch import MARK, Clockwork, Fan, Watcher, table

EVENT = b'{"type":"MODIFIED","object":{}}\n'


def watcher_of(clockwork: Clockwork) -> Watcher:
    async def make() -> Watcher:
        return Watcher(b"", clockwork)

    return asyncio.run(make())


@pytest.mark.parametrize("step", [1, 2, 5, len(MARK) - 1, len(MARK), len(EVENT), 1000])
def test_events_are_counted_once_however_the_bytes_are_cut(step: int) -> None:
    clockwork = Clockwork()
    clockwork.sent = [time.perf_counter()] * 7
    watcher = watcher_of(clockwork)
    stream = b"HTTP/1.1 200 OK\r\n\r\n" + EVENT * 7
    for at in range(0, len(stream), step):
        watcher.data_received(stream[at : at + step])
    assert watcher.seen == len(clockwork.delays) == 7


def test_an_event_is_measured_from_the_sending_of_its_own_change() -> None:
    clockwork = Clockwork()
    now = time.perf_counter()
    clockwork.sent = [now - 9, now - 5]
    watcher = watcher_of(clockwork)
    watcher.data_received(EVENT)
    watcher.data_received(EVENT)
    assert [round(delay) for delay in clockwork.delays] == [9, 5]


def test_the_writes_are_taken_off_what_an_event_costs() -> None:
    alone = Fan(0, 100, 0, 0.1, 0, 0, 0)
    fan = Fan(100, 100, 10_000, 0.3, 0.002, 0.5, 4.0)
    row = table([alone, fan]).rows[0]
    assert list(row) == ["100", "10,000", "30.0 µs", "20.0 µs", "≤ 40 µs", "2.0 ms", "500.0 ms", "", "40 KB"]
