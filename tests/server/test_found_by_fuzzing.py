"""What random requests once broke."""

from __future__ import annotations

import pytest

from tests.server.harness import Server, config_map

MAPS = "/api/v1/namespaces/default/configmaps"
DIGITS = "9" * 5000


def test_a_number_of_thousands_of_digits_is_out_of_range(server: Server) -> None:
    result = server.get(MAPS, limit=DIGITS)
    assert (result.status, result.json["message"]) == (
        400,
        f'strconv.ParseInt: parsing "{DIGITS}": value out of range',
    )
    assert server.get(MAPS, limit="0" * 5000 + "1").status == 200
    assert server.get(MAPS, limit="-9223372036854775808").status == 200
    assert server.get(MAPS, limit="-9223372036854775809").status == 400


def test_a_revision_of_thousands_of_digits_is_unreadable_as_upstream_says(server: Server) -> None:
    result = server.get(MAPS, resourceVersion=DIGITS)
    assert (result.status, "reason" in result.json) == (500, False)
    assert "value out of range" in result.json["message"]


@pytest.mark.parametrize(("digits", "shown"), [("9" * 25, "number"), (DIGITS, "string")])
def test_long_numbers_in_yaml_are_floats_and_then_text(server: Server, digits: str, shown: str) -> None:
    body = f"apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n  generation: {digits}\n".encode()
    result = server.request("POST", MAPS, body, headers={"Content-Type": "application/yaml"})
    assert result.status == 400
    assert f"cannot unmarshal {shown}" in result.json["message"]


def test_a_patch_that_makes_the_api_version_an_object_is_about_the_patch(server: Server) -> None:
    server.post(MAPS, config_map("a"))
    patch = [{"op": "move", "from": "/metadata", "path": "/apiVersion"}]
    result = server.patch(f"{MAPS}/a", patch, kind="json-patch+json")
    assert (result.status, result.json["reason"]) == (422, "Invalid")
    bad = server.patch(f"{MAPS}/a", {"apiVersion": "a/b/c"})
    assert (bad.status, "unexpected GroupVersion string: a/b/c" in bad.json["message"]) == (422, True)


def test_null_values_of_a_secret_are_empty(server: Server) -> None:
    body = {"metadata": {"name": "a"}, "data": {"k": None}}
    result = server.post("/api/v1/namespaces/default/secrets", body)
    assert (result.status, result.json["data"]) == (201, {"k": ""})


def test_odd_digits_are_no_digits(server: Server) -> None:
    daemons = {
        "metadata": {"name": "a", "annotations": {"deprecated.daemonset.template.generation": "²"}},
        "spec": {
            "selector": {"matchLabels": {"a": "b"}},
            "template": {
                "metadata": {"labels": {"a": "b"}},
                "spec": {"containers": [{"name": "c", "image": "x"}]},
            },
        },
    }
    assert server.post("/apis/apps/v1/namespaces/default/daemonsets", daemons).status in (201, 422)
    service = {"metadata": {"name": "a"}, "spec": {"clusterIP": "².0.0.1", "ports": [{"port": 80}]}}
    assert server.post("/api/v1/namespaces/default/services", service).status == 422
