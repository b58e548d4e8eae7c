from __future__ import annotations

from typing import Any

from controllers.root_ca import NAME, wanted


def config_map(data: dict[str, str], annotations: dict[str, str] | None = None) -> dict[str, Any]:
    return {"kind": "ConfigMap", "metadata": {"name": NAME, "annotations": annotations or {}}, "data": data}


def test_a_namespace_without_the_map_gets_one_with_the_certificates_and_a_description() -> None:
    new = wanted(None, "PEM")
    assert new is not None
    assert new["data"] == {"ca.crt": "PEM"}
    assert new["metadata"]["annotations"]["kubernetes.io/description"].startswith("Contains a CA bundle")


def test_a_map_that_says_the_same_is_left_alone() -> None:
    assert wanted(wanted(None, "PEM"), "PEM") is None


def test_a_map_whose_data_was_changed_is_mended_and_keeps_its_other_annotations() -> None:
    new = wanted(config_map({"ca.crt": "other", "more": "x"}, {"mine": "1"}), "PEM")
    assert new is not None
    assert new["data"] == {"ca.crt": "PEM"}
    assert new["metadata"]["annotations"]["mine"] == "1"


def test_a_map_without_its_description_gets_it_back() -> None:
    new = wanted(config_map({"ca.crt": "PEM"}), "PEM")
    assert new is not None
    assert "kubernetes.io/description" in new["metadata"]["annotations"]
