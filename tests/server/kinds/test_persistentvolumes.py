from __future__ import annotations

import pytest

from apimachinery.clock import FakeClock
from apimachinery.objects import Object
from server.kinds.persistentvolumes import strategy

CREATED, LATER, GIVEN = "2026-01-01T00:00:00Z", "2026-01-01T00:01:00Z", "2025-05-05T00:00:00Z"


def status(phase: str, since: str = "") -> Object:
    return {"status": {"phase": phase, **({"lastPhaseTransitionTime": since} if since else {})}}


def test_a_new_volume_is_pending_since_now() -> None:
    made: Object = {"status": {"phase": "Bound"}}
    strategy(FakeClock()).prepare_create(made)
    assert made == status("Pending", CREATED)


@pytest.mark.parametrize(
    ("new", "result"),
    [
        pytest.param(status("Bound", CREATED), status("Bound", LATER), id="another phase"),
        pytest.param(status("Bound"), status("Bound", LATER), id="another phase, the time left out"),
        pytest.param(status("Bound", GIVEN), status("Bound", GIVEN), id="another phase, the time given"),
        pytest.param(status("Available"), status("Available", CREATED), id="the same phase, the time left out"),
        pytest.param(status("Available", GIVEN), status("Available", GIVEN), id="the same phase, the time given"),
    ],
)
def test_the_time_of_the_phase(new: Object, result: Object) -> None:
    clock = FakeClock()
    clock.advance(60)
    strategy(clock).prepare_status(new, status("Available", CREATED))
    assert new == result
