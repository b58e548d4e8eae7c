"""The pods of the load."""

import json

from bench.pods import SIZE, Namespace, pod, renumbered, renumbering_patch


def test_a_pod_has_the_size_it_is_called_by() -> None:
    assert {len(pod(number)) for number in (0, 999_999)} == {SIZE}
    assert json.loads(pod(3))["metadata"]["name"] == "pod-000003"


def test_a_renumbered_pod_differs_in_the_annotation_alone() -> None:
    stored = json.loads(pod(1))
    stored["metadata"]["managedFields"] = [{"fieldsV1": {"f:metadata": {"f:annotations": {"f:bench/seq": {}}}}}]
    text = json.dumps(stored, separators=(",", ":")).encode()
    changed = json.loads(renumbered(renumbered(text, 17), 123456))
    assert changed["metadata"]["annotations"]["bench/seq"] == "123456"
    changed["metadata"]["annotations"]["bench/seq"] = "0"
    assert changed == stored


def test_the_patch_changes_the_same_annotation() -> None:
    assert json.loads(renumbering_patch(5)) == {"metadata": {"annotations": {"bench/seq": "5"}}}


def test_paths_lie_in_the_namespace_of_the_run() -> None:
    namespace = Namespace()
    assert namespace.path(2) == f"/api/v1/namespaces/{namespace.name}/pods/pod-000002"
    assert namespace.create_pod(2).path == namespace.pods
