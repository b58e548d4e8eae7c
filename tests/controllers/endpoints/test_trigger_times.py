from __future__ import annotations

from controllers.endpoints.trigger_times import ANNOTATION, TriggerTimes, annotated

OLD, NEW, NEWER = "2026-01-01T00:00:00Z", "2026-01-01T00:01:00Z", "2026-01-01T00:02:00Z"


def service(created: str = OLD) -> dict[str, object]:
    return {"metadata": {"creationTimestamp": created}}


def pod(name: str, since: str) -> dict[str, object]:
    return {"metadata": {"name": name}, "status": {"conditions": [{"type": "Ready", "lastTransitionTime": since}]}}


def test_first_the_creation_then_the_least_of_what_has_changed() -> None:
    times = TriggerTimes()
    assert times.look("k", service(), [pod("a", NEW)]) == OLD
    assert times.look("k", service(), [pod("a", NEW)]) == ""
    assert times.look("k", service(), [pod("a", NEWER), pod("b", NEW)]) == NEW
    assert times.look("k", service(), []) == ""
    assert times.look("k", service(NEWER), []) == NEWER
    times.forget("k")
    assert times.look("k", service(), []) == OLD


def test_a_pod_that_comes_back_has_changed() -> None:
    times = TriggerTimes()
    times.look("k", service(), [pod("a", NEW)])
    times.look("k", service(), [])
    assert times.look("k", service(), [pod("a", NEW)]) == NEW


def test_the_annotation_goes_when_there_is_no_time() -> None:
    assert annotated({"x": "y"}, NEW) == {"x": "y", ANNOTATION: NEW}
    assert annotated({"x": "y", ANNOTATION: OLD}, "") == {"x": "y"}
