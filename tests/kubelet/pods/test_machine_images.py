"""Getting images, and images that do not come."""

from __future__ import annotations

from apimachinery.clock import FakeClock
from kubelet.runtimes.hollow.runtime import HollowRuntime
from tests.kubelet.builders import RULES, Life, container, pod

_MISSING = "registry.local/does-not-exist:1"


def test_an_absent_image_is_pulled_with_its_events() -> None:
    life = Life(pod()).run(5)
    messages = [e.message for e in life.events]
    assert messages[:2] == [
        'Pulling image "registry.local/app:1"',
        'Successfully pulled image "registry.local/app:1" in 500ms (500ms including waiting). '
        "Image size: 67108864 bytes.",
    ]
    assert {e.path for e in life.events} == {"spec.containers{main}"}


def test_a_present_image_is_not_pulled() -> None:
    clock = FakeClock()
    first = Life(pod(), clock=clock).run(5)
    second = Life(pod(uid="uid-2"), clock=clock)
    second.runtime = first.runtime
    second.run(5)
    assert second.reasons() == ["Pulled", "Created", "Started"]
    assert second.events[0].message == (
        'Container image "registry.local/app:1" already present on machine and can be accessed by the pod'
    )


def test_a_failing_pull_alternates_between_the_error_and_the_back_off() -> None:
    life = Life(pod(container(image=_MISSING))).run(40)
    assert life.states == [
        "Waiting:ContainerCreating",
        "Waiting:ErrImagePull",
        "Waiting:ImagePullBackOff",
        "Waiting:ErrImagePull",
        "Waiting:ImagePullBackOff",
        "Waiting:ErrImagePull",
        "Waiting:ImagePullBackOff",
    ]
    assert life.phases == ["Pending"]
    assert life.reasons()[:5] == ["Pulling", "Failed", "Failed", "BackOff", "Failed"]


def test_the_messages_of_a_failing_pull_are_upstreams() -> None:
    life = Life(pod(container(image=_MISSING))).run(1)
    error = life.first["state"]["waiting"]["message"]
    assert error.startswith(f'failed to pull and unpack image "{_MISSING}": failed to resolve reference')
    assert [e.message for e in life.events[1:3]] == [
        f'Failed to pull image "{_MISSING}": {error}',
        "Error: ErrImagePull",
    ]
    life.run(5)
    assert life.first["state"]["waiting"]["message"] == (f'Back-off pulling image "{_MISSING}": ErrImagePull: {error}')


def test_an_image_name_that_cannot_be_read() -> None:
    life = Life(pod(container(image="Not//Valid"))).run(60)
    waiting = life.first["state"]["waiting"]
    assert waiting["reason"] == "InvalidImageName"
    assert waiting["message"].startswith(
        'Failed to apply default image tag "Not//Valid": couldn\'t parse image name "Not//Valid": invalid reference'
    )
    assert life.reasons() == ["InspectFailed", "Failed"]


def test_never_pulling_an_absent_image() -> None:
    life = Life(pod(container(imagePullPolicy="Never"))).run(60)
    assert life.first["state"]["waiting"] == {
        "reason": "ErrImageNeverPull",
        "message": 'Container image "registry.local/app:1" is not present with pull policy of Never',
    }
    assert life.reasons() == ["ErrImageNeverPull", "Failed"]


def test_a_mended_image_lets_the_pod_run() -> None:
    life = Life(pod(container(image=_MISSING))).run(5)
    life.pod["spec"]["containers"][0] = container()
    life.run(20)
    assert life.status["phase"] == "Running"
    assert life.first["restartCount"] == 0


def test_pods_of_one_node_share_its_images() -> None:
    clock = FakeClock()
    runtime = HollowRuntime(clock, RULES, "10.0.0.0/24")
    runtime.pull_image(pod(), "registry.local/app:1", "t")
    assert not runtime.has_image("registry.local/app:1")
    clock.advance(1)
    assert runtime.has_image("registry.local/app:1")
