"""The file that events go to: rotation, the thread that writes, and what happens when it cannot."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from apimachinery.clock import FakeClock
from server.audit import sink as sinks
from server.audit.rotation import RotatingFile
from server.audit.sink import LogOptions, LogSink, SinkError


def rotating(path: Path, clock: FakeClock, **limits: Any) -> RotatingFile:
    settings: dict[str, Any] = {"max_size": 0, "max_age": 0, "max_backups": 0, "compress": False, **limits}
    return RotatingFile(path, clock, **settings)


def test_a_full_file_is_put_aside_between_two_lines(tmp_path: Path) -> None:
    clock = FakeClock()
    path = tmp_path / "logs" / "audit.log"
    output = rotating(path, clock, max_size=10)
    output.write([b"12345\n", b"1234567\n"])
    output.write([b"end\n"])
    output.close()
    backups = sorted(p for p in path.parent.iterdir() if p != path)
    assert [p.read_bytes() for p in backups] == [b"12345\n", b"1234567\n"]
    assert path.read_bytes() == b"end\n"
    assert path.stat().st_mode & 0o777 == 0o600
    stamp = clock.now().strftime("%Y-%m-%dT%H-%M-%S")
    assert backups[0].name.startswith(f"audit-{stamp}.")


def test_backups_beyond_number_and_age_are_forgotten(tmp_path: Path) -> None:
    clock = FakeClock()
    path = tmp_path / "audit.log"
    (tmp_path / "audit-notes.log").write_text("somebody else's")
    output = rotating(path, clock, max_size=4, max_backups=2, max_age=3)
    for i in range(5):
        output.write([b"%d\n" % i * 2])
        clock.advance(3600)
    kept = sorted(p.read_bytes() for p in tmp_path.glob("audit-2*"))
    assert kept == [b"2\n2\n", b"3\n3\n"]
    clock.advance(timedelta(days=4).total_seconds())
    output.write([b"new\n"])
    output.write([b"new\n"])
    output.close()
    assert sorted(p.read_bytes() for p in tmp_path.glob("audit-2*")) == [b"4\n4\n", b"new\n"]
    assert (tmp_path / "audit-notes.log").exists()


def test_backups_can_be_compressed(tmp_path: Path) -> None:
    output = rotating(tmp_path / "audit.log", FakeClock(), max_size=4, compress=True)
    output.write([b"one\n", b"two\n"])
    output.close()
    (packed,) = tmp_path.glob("audit-*.gz")
    assert gzip.decompress(packed.read_bytes()) == b"one\n"


async def write_all(options: LogOptions, lines: Sequence[bytes]) -> tuple[LogSink, list[bool]]:
    sink = LogSink(options, FakeClock())
    sink.open()
    try:
        answers = list(await asyncio.gather(*(sink.write(line) for line in lines)))
    finally:
        await asyncio.to_thread(sink.close)
    return sink, answers


@pytest.mark.parametrize("mode", sinks.MODES)
def test_every_mode_writes_every_line_in_order(tmp_path: Path, mode: str) -> None:
    path = tmp_path / "audit.log"
    lines = [b"%d\n" % i for i in range(2500)]
    sink, answers = asyncio.run(write_all(LogOptions(path=str(path), mode=mode), lines))
    assert path.read_bytes() == b"".join(lines)
    assert all(answers)
    assert sink.written == 2500


def test_batches_that_wait_too_long_are_dropped_and_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sinks, "BUFFER", 0)
    options = LogOptions(path=str(tmp_path / "audit.log"), mode="batch")
    sink, answers = asyncio.run(write_all(options, [b"a\n"]))
    assert answers == [False]
    assert sink.dropped == 1


def test_a_log_that_cannot_be_opened_is_refused_at_the_start(tmp_path: Path) -> None:
    async def start() -> None:
        LogSink(LogOptions(path=str(tmp_path))).open()

    with pytest.raises(SinkError) as caught:
        asyncio.run(start())
    assert str(caught.value) == f"ensureLogFile: open {tmp_path}: is a directory"


def test_a_log_that_can_no_longer_be_written_is_told_and_tried_again(tmp_path: Path) -> None:
    path = tmp_path / "logs" / "audit.log"

    async def play() -> tuple[LogSink, list[bool]]:
        sink = LogSink(LogOptions(path=str(path)), FakeClock())
        sink.open()
        sink._output.close()
        path.unlink()
        path.parent.rmdir()
        path.parent.write_text("in the way")
        first = await sink.write(b"lost\n")
        path.parent.unlink()
        second = await sink.write(b"kept\n")
        await asyncio.to_thread(sink.close)
        return sink, [first, second]

    sink, answers = asyncio.run(play())
    assert answers == [False, True]
    assert (sink.failed, sink.written) == (1, 1)
    assert path.read_bytes() == b"kept\n"


def test_standard_output_takes_events_too(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    asyncio.run(write_all(LogOptions(path="-"), [b"hello\n"]))
    assert b"hello\n" in capfdbinary.readouterr().out
