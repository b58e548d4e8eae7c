"""To whom the sampler gives the time."""

from pathlib import Path

import pytest

from bench.profiled import DECODE, ENCODE, FAN_OUT, FILTERS, HTTP, PARTS, ROOT, STORE, Sampler, part_of


@pytest.mark.parametrize(
    ("path", "part"),
    [
        ("server/http/h1_exchange.py", HTTP),
        ("server/filters/authorization.py", FILTERS),
        ("server/endpoints/get.py", FILTERS),
        ("server/endpoints/body.py", DECODE),
        ("server/endpoints/watch.py", FAN_OUT),
        ("server/encoding/responder.py", ENCODE),
        ("storage/writer.py", STORE),
        ("storage/watch.py", FAN_OUT),
        ("apimachinery/timefmt.py", ""),
    ],
)
def test_files_belong_to_parts(path: str, part: str) -> None:
    assert part_of(ROOT + path) == part


def test_every_file_the_parts_are_told_by_is_there() -> None:
    found = {part_of(str(path)) for path in Path(ROOT, "server").rglob("*.py")}
    found |= {part_of(str(path)) for path in Path(ROOT, "storage").rglob("*.py")}
    assert found == set(PARTS)


def test_other_threads_are_the_stores(tmp_path: Path) -> None:
    sampler = Sampler(tmp_path / "parts.json")
    sampler.write()
    assert f'"{STORE}"' in (tmp_path / "parts.json").read_text()
