from __future__ import annotations

from typing import Any

import pytest

from controllers.horizontal_pod_autoscaler.requests import NoRequest, requests_of
from tests.controllers.horizontal_pod_autoscaler.things import pods


def with_sidecar(**more: Any) -> dict[str, Any]:
    (pod,) = pods("r", ("250m",))
    resources = {"requests": {"cpu": "100m"}}
    pod["spec"]["initContainers"] = [
        {"name": "setup", "resources": {"requests": {"cpu": "5"}}},
        {"name": "side", "restartPolicy": "Always", "resources": resources},
    ]
    pod["spec"].update(more)
    return pod


def test_a_pod_asks_for_what_its_containers_and_sidecars_ask_for() -> None:
    assert requests_of([with_sidecar()], "cpu") == {"p0": 600}


def test_a_container_by_name_may_be_a_sidecar() -> None:
    assert requests_of([with_sidecar()], "cpu", "side") == {"p0": 100}


def test_what_the_pod_says_as_a_whole_wins() -> None:
    pod = with_sidecar(resources={"requests": {"cpu": "2"}})
    assert requests_of([pod], "cpu") == {"p0": 2000}
    assert requests_of([pod], "cpu", "c1") == {"p0": 250}


@pytest.mark.parametrize(
    ("resource", "container", "message"),
    [
        ("memory", "", "missing request for memory in container c1 of Pod p0"),
        ("cpu", "other", "container other not found in Pod p0"),
    ],
)
def test_what_is_not_asked_for_cannot_be_a_share(resource: str, container: str, message: str) -> None:
    with pytest.raises(NoRequest, match=f"^{message}$"):
        requests_of([with_sidecar()], resource, container)


def test_a_pod_level_request_of_something_else_is_not_enough() -> None:
    pod = pods("r", ("",))[0]
    pod["spec"]["resources"] = {"requests": {"cpu": "2"}}
    with pytest.raises(NoRequest, match=r"^missing pod-level request for memory in Pod p0$"):
        requests_of([pod], "memory")
