"""A pod that has ended, by whoever's word, is not said to run again."""

from __future__ import annotations

import pytest

from kubelet.pods.status import Situation, build_status


@pytest.mark.parametrize("phase", ["Succeeded", "Failed"])
def test_a_stored_end_is_kept(phase: str) -> None:
    pod = {"metadata": {"generation": 1}, "spec": {"containers": []}, "status": {"phase": phase}}
    assert build_status(pod, [], Situation("10.0.0.1", (), True, False), {}, 0.0)["phase"] == phase
