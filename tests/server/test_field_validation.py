"""What unknown and repeated fields bring about, in JSON and YAML bodies and in patches."""

from __future__ import annotations

import pytest

from tests.server.harness import Result, Server, config_map

PATH = "/api/v1/namespaces/default/configmaps"
BOTH_JSON = (
    b'{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"},"zzz":1,"data":{"k":"1","k":"2"},"immutable":false,'
    b'"immutable":true}'
)
BOTH_YAML = b"""apiVersion: v1
kind: ConfigMap
metadata: {name: a}
zzz: 1
data:
  k: "1"
  k: "2"
immutable: false
immutable: true
aaa: 1
"""
JSON_PROBLEMS = ['unknown field "zzz"', 'duplicate field "data.k"', 'duplicate field "immutable"']
YAML_PROBLEMS = [
    'line 7: key "k" already set in map',
    'line 9: key "immutable" already set in map',
    'unknown field "aaa"',
    'unknown field "zzz"',
]


def create(server: Server, body: bytes, media: str, validation: str) -> Result:
    headers = {"Content-Type": f"application/{media}"}
    return server.request("POST", PATH, body, headers=headers, fieldValidation=validation)


def warnings_of(server: Server, method: str, path: str, body: bytes, media: str) -> list[str]:
    result = server.request(method, path, body, headers={"Content-Type": f"application/{media}"})
    assert result.status in (200, 201), result.text
    return [warning.removeprefix('299 - "').removesuffix('"').replace('\\"', '"') for warning in result.warnings]


@pytest.mark.parametrize(
    ("body", "media", "problems"), [(BOTH_JSON, "json", JSON_PROBLEMS), (BOTH_YAML, "yaml", YAML_PROBLEMS)]
)
def test_warn_names_each_problem_once(server: Server, body: bytes, media: str, problems: list[str]) -> None:
    assert sorted(warnings_of(server, "POST", PATH, body, media)) == sorted(problems)


@pytest.mark.parametrize(("body", "media"), [(BOTH_JSON, "json"), (BOTH_YAML, "yaml")])
def test_ignore_says_nothing_and_the_last_value_counts(server: Server, body: bytes, media: str) -> None:
    result = create(server, body, media, "Ignore")
    assert result.status == 201
    assert result.warnings == []
    assert result.json["data"] == {"k": "2"}
    assert result.json["immutable"] is True


def test_strict_refuses_json_with_each_problem_once(server: Server) -> None:
    result = create(server, BOTH_JSON, "json", "Strict")
    assert result.status == 400
    said = result.json["message"]
    assert said.startswith('ConfigMap in version "v1" cannot be handled as a ConfigMap: strict decoding error: ')
    assert sorted(said.partition("strict decoding error: ")[2].split(", ")) == sorted(JSON_PROBLEMS)


def test_strict_refuses_yaml_in_the_words_of_its_parser(server: Server) -> None:
    result = create(server, BOTH_YAML, "yaml", "Strict")
    assert result.status == 400
    assert result.json["message"] == (
        'ConfigMap in version "v1" cannot be handled as a ConfigMap: strict decoding error: yaml: unmarshal errors:\n'
        '  line 7: key "k" already set in map\n  line 9: key "immutable" already set in map, '
        'unknown field "aaa", unknown field "zzz"'
    )


def test_a_merge_patch_with_a_duplicate_and_an_unknown_field_is_warned_about_once_each(server: Server) -> None:
    server.post(PATH, config_map("a"))
    body = b'{"data":{"k":"1","k":"2"},"zzz":1}'
    said = warnings_of(server, "PATCH", f"{PATH}/a", body, "merge-patch+json")
    assert said == ['duplicate field "data.k"', 'unknown field "zzz"']


def test_a_strict_json_patch_is_refused_for_unknown_members_of_its_operations(server: Server) -> None:
    server.post(PATH, config_map("a"))
    body = [{"op": "add", "path": "/data", "value": {"k": "1"}, "extra": 1}]
    result = server.patch(f"{PATH}/a", body, "json-patch+json", fieldValidation="Strict")
    assert result.status == 422
    assert 'strict decoding error: json patch unknown field "[0].extra"' in result.json["message"]


def test_a_strict_apply_with_a_repeated_key_is_refused(server: Server) -> None:
    headers = {"Content-Type": "application/apply-patch+yaml"}
    body = b"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n  k: a\n  k: b\n"
    result = server.request("PATCH", f"{PATH}/a", body, headers=headers, fieldManager="m", fieldValidation="Strict")
    assert result.status == 400
    assert result.json["message"] == (
        "error strict decoding patch: error converting YAML to JSON: yaml: unmarshal errors:\n"
        '  line 6: key "k" already set in map'
    )
