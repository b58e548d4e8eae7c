from __future__ import annotations

from pathlib import Path

import pytest

import kubelet.runtimes
from apimachinery.clock import FakeClock
from kubelet.runtimes.hollow.annotations import _READERS, PREFIX
from kubelet.runtimes.registry import RUNTIMES, runtime_kind

_FOLDER = Path(kubelet.runtimes.__file__).parent


@pytest.mark.parametrize("name", [kind.name for kind in RUNTIMES])
def test_every_runtime_can_be_made_and_is_described(name: str) -> None:
    kind = runtime_kind(name)
    runtime = kind.open(FakeClock(), None)("10.0.0.0/24")
    assert (runtime.name, runtime.version) == (kind.name, kind.version)
    assert f"| `{name}`" in (_FOLDER / "README.md").read_text()


def test_every_annotation_is_described() -> None:
    text = (_FOLDER / "hollow" / "README.md").read_text()
    assert [name for name in _READERS if f"| `{PREFIX}{name}` |" not in text] == []
