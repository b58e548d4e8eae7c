"""How answers are written: compressed, indented, without a body; and how bodies may come in."""

from __future__ import annotations

import gzip

import orjson

from server.filters.compression import LARGE
from tests.server.harness import Server, config_map

MAPS = "/api/v1/namespaces/default/configmaps"


def test_a_large_answer_is_compressed_for_who_takes_gzip(server: Server) -> None:
    server.post(MAPS, config_map("a", {"k": "v" * LARGE}))
    plain = server.get(f"{MAPS}/a")
    packed = server.request("GET", f"{MAPS}/a", headers={"Accept-Encoding": "deflate, gzip"})
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.headers["content-length"] == str(len(packed.body))
    assert gzip.decompress(packed.body) == plain.body
    assert "content-encoding" not in plain.headers


def test_a_small_answer_is_not(server: Server) -> None:
    result = server.request("GET", "/api/v1/namespaces/default", headers={"Accept-Encoding": "gzip"})
    assert "content-encoding" not in result.headers


def test_pretty_indents_objects_and_errors(server: Server) -> None:
    assert b'\n  "kind": "Namespace"' in server.get("/api/v1/namespaces/default", pretty="true").body
    assert b'\n  "kind": "Status"' in server.get("/api/v1/namespaces/none", pretty="true").body
    assert b"\n " not in server.get("/api/v1/namespaces/default", pretty="false").body
    curl = server.request("GET", "/api/v1/namespaces/default", headers={"User-Agent": "curl/8"})
    assert b'\n  "kind"' in curl.body


def test_head_has_the_headers_of_get_and_no_body(server: Server) -> None:
    head, got = (server.request(method, "/api/v1/namespaces/default") for method in ("HEAD", "GET"))
    assert head.status == 200
    assert head.body == b""
    assert head.headers["content-length"] == got.headers["content-length"]


def test_other_methods_are_not_allowed(server: Server) -> None:
    for method in ("OPTIONS", "TRACE", "CONNECT", "X"):
        assert server.request(method, "/api/v1/namespaces/default").status == 405


def test_a_body_of_more_than_three_mebibytes_is_too_large(server: Server) -> None:
    result = server.post(MAPS, b'{"data":{"k":"' + b"v" * (3 << 20) + b'"}}')
    assert result.status == 413
    assert result.json["reason"] == "RequestEntityTooLarge"


def test_strange_paths_are_answered(server: Server) -> None:
    for path in ("//", "/api//v1", "/apis/", "/api/v1/", "/%00", "/api/v1/namespaces/%2e%2e/pods", "/apis/a/b/c/d/e/f"):
        assert server.get(path).status in (200, 404), path
    assert server.get("/api/v1/namespaces/%ff/pods").status == 200


def test_tables_are_not_protobuf(server: Server) -> None:
    table = "application/vnd.kubernetes.protobuf;as=Table;v=v1;g=meta.k8s.io"
    refused = server.request("GET", "/api/v1/pods", headers={"Accept": table})
    assert refused.status == 406
    second = f"{table},application/json;as=Table;v=v1;g=meta.k8s.io"
    assert orjson.loads(server.request("GET", "/api/v1/pods", headers={"Accept": second}).body)["kind"] == "Table"


def test_what_has_no_name_is_refused_whatever_else_a_name_is_needed_for(server: Server) -> None:
    job = {"spec": {"template": {"spec": {"restartPolicy": "Never", "containers": [{"name": "c", "image": "x"}]}}}}
    for path, body in (("/api/v1/namespaces/default/services", {}), ("/apis/batch/v1/namespaces/default/jobs", job)):
        result = server.post(path, body)
        assert result.status == 422
        assert "name or generateName is required" in result.json["message"]
    binding = {"apiVersion": "v1", "kind": "Binding", "metadata": {"name": "none"}, "target": {"name": "n"}}
    assert server.post("/api/v1/namespaces/default/bindings", binding).status == 404


def test_an_applied_configuration_whose_metadata_is_no_object_is_refused(server: Server) -> None:
    result = server.patch(f"{MAPS}/a", {"metadata": "a"}, "apply-patch+yaml", fieldManager="m")
    assert result.status == 400


def test_a_path_with_a_line_break_is_answered_with_a_status(server: Server) -> None:
    result = server.get("/api/v1/namespaces/default/pods/a%0Ab")
    assert (result.status, result.json["reason"], result.json["details"]["name"]) == (404, "NotFound", "a\nb")
