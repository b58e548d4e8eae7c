"""What Accept and Content-Type come to, as upstream's router and its negotiation take them."""

from __future__ import annotations

import pytest

from apimachinery.status import NotAcceptable, UnsupportedMediaType
from server.encoding.negotiation import (
    JSON,
    MEDIA_TYPES,
    PROTOBUF,
    STREAM_TYPES,
    YAML,
    content_media_type,
    negotiate,
    wants_pretty,
)

TABLE = "as=Table;v=v1;g=meta.k8s.io"


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        ("", JSON),
        ("*/*", JSON),
        ("application/yaml", YAML),
        ("application/json;q=0.2, application/yaml;q=0.5", YAML),
        ("application/yaml;q=0.5, */*;q=1", JSON),
        ("*/*;q=1, application/yaml;q=0.5", YAML),
        ("application/json;q=0", JSON),
        ("application/yaml;q=x, application/json;q=0.1", JSON),
        ("application/*, application/yaml", YAML),
        ("application/json;stream=watch", JSON),
        (f"{PROTOBUF};{TABLE}, application/json", JSON),
        (f"application/json;{TABLE}, application/yaml", JSON),
        ("application/json;as=Foo;v=v1;g=meta.k8s.io, application/yaml", YAML),
        ("application/json;v=v1, application/yaml", YAML),
        ("application/yaml;stream=watch, application/json", JSON),
    ],
)
def test_the_best_that_is_offered_is_taken(accept: str, media_type: str) -> None:
    assert negotiate(accept, False).media_type == media_type


@pytest.mark.parametrize("accept", ["text/html", "application/xml", "application/*", "APPLICATION/JSON", "a"])
def test_what_no_route_produces_is_refused_by_the_router(accept: str) -> None:
    with pytest.raises(NotAcceptable) as refused:
        negotiate(accept, False, streams=STREAM_TYPES)
    assert refused.value.message == (
        "406: Not Acceptable\n\nAvailable representations: application/json, application/yaml, "
        "application/vnd.kubernetes.protobuf, application/json;stream=watch, "
        "application/vnd.kubernetes.protobuf;stream=watch"
    )


@pytest.mark.parametrize("params", ["as=Table;v=v9;g=meta.k8s.io", "as=Table", "g=meta.k8s.io", "stream=x", "sv=v2"])
def test_parameters_nobody_can_meet_are_refused_by_the_handler(params: str) -> None:
    with pytest.raises(NotAcceptable) as refused:
        negotiate(f"application/json;{params}", False)
    assert refused.value.message == f"only the following media types are accepted: {', '.join(MEDIA_TYPES)}"


def test_a_parameter_asks_for_indentation_too() -> None:
    assert negotiate("application/json;pretty=1", False).pretty
    assert not negotiate("application/json;pretty=true", False).pretty


@pytest.mark.parametrize(
    ("parameter", "agent", "pretty"),
    [
        *((text, "", True) for text in ("1", "t", "T", "true", "True", "TRUE")),
        *((text, "curl/8", False) for text in ("0", "false", "yes", "2")),
        *(("", agent, True) for agent in ("curl/8", "Wget/1", "Mozilla/5.0 (X11)")),
        (None, "kubectl/v1.37", False),
    ],
)
def test_pretty_is_read_as_go_reads_booleans(parameter: str | None, agent: str, pretty: bool) -> None:
    assert wants_pretty(parameter, agent) is pretty


@pytest.mark.parametrize(
    "text",
    ["", "application/json", "Application/JSON; charset=utf-8", 'application/json; a="b;\\"c"', "application/json;"],
)
def test_these_bodies_are_json(text: str) -> None:
    assert content_media_type(text) == JSON


@pytest.mark.parametrize(
    "text", ["text/plain", "application/json; a", "application/json; =b", "application/json, a/b", "*/*"]
)
def test_these_bodies_are_in_an_unknown_format(text: str) -> None:
    with pytest.raises(UnsupportedMediaType, match="the body of the request was in an unknown format - accepted media"):
        content_media_type(text)
