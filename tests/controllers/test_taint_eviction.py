from __future__ import annotations

from typing import Any

import pytest

from controllers.taint_eviction import no_execute, patience

TAINT = {"key": "node.kubernetes.io/unreachable", "effect": "NoExecute"}
OTHER = {"key": "maintenance", "value": "now", "effect": "NoExecute"}


def _pod(*tolerations: dict[str, Any]) -> dict[str, Any]:
    return {"metadata": {"name": "p"}, "spec": {"tolerations": list(tolerations)}}


def _tolerate(key: str, seconds: int | None = None) -> dict[str, Any]:
    toleration: dict[str, Any] = {"key": key, "operator": "Exists", "effect": "NoExecute"}
    return toleration if seconds is None else {**toleration, "tolerationSeconds": seconds}


@pytest.mark.parametrize(
    ("tolerations", "taints", "seconds"),
    [
        ([], [TAINT], 0.0),
        ([_tolerate(TAINT["key"])], [TAINT], None),
        ([_tolerate(TAINT["key"], 300)], [TAINT], 300.0),
        ([_tolerate(TAINT["key"], -5)], [TAINT], 0.0),
        ([_tolerate(TAINT["key"], 300)], [TAINT, OTHER], 0.0),
        ([_tolerate(TAINT["key"], 300), _tolerate("maintenance", 10)], [TAINT, OTHER], 10.0),
        ([_tolerate(TAINT["key"], 300), _tolerate("maintenance")], [TAINT, OTHER], 300.0),
        ([{"operator": "Exists"}], [TAINT, OTHER], None),
    ],
)
def test_how_long_a_pod_may_stay(
    tolerations: list[dict[str, Any]], taints: list[dict[str, Any]], seconds: float | None
) -> None:
    assert patience(_pod(*tolerations), taints) == seconds


def test_only_no_execute_taints_evict() -> None:
    node = {"spec": {"taints": [TAINT, {"key": "x", "effect": "NoSchedule"}]}}
    assert no_execute(node) == [TAINT]
    assert no_execute(None) == []
