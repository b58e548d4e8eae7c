"""schemathesis on the documents a running server gives out under /openapi/v3: whatever they allow is answered in time.

Every answer has a status, a media type and a shape that the document declares, or is a Status; none is a 5xx of ours.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from typing import Any

import orjson
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import content_type_conformance, response_schema_conformance
from schemathesis.core.failures import FailureGroup

from kubejazz.testing import Kubejazz, start
from openapi.resources import GROUP_VERSIONS
from tests.server.fuzz.driver import BY_CONTRACT, is_upstreams
from tests.server.fuzz.effort import EFFORT, SEED, THOROUGH

EXAMPLES = 2 * EFFORT
SECONDS = 2.0 * EFFORT
"""How long one document is worked on; its operations come in another order with another seed."""
PATIENCE = 10.0
CHECKS = [content_type_conformance, response_schema_conformance]
PATCHES = ("json-patch+json", "merge-patch+json", "strategic-merge-patch+json", "apply-patch+yaml")
DOCUMENTS = tuple(
    f"apis/{version.group}/{version.version}" if version.group else f"api/{version.version}"
    for version in GROUP_VERSIONS
)
NAMES = ("default", "fuzz", "system:basic-user", "kubernetes")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kubejazz]:
    running = start(tmp_path_factory.mktemp("openapi-fuzz"))
    yield running
    running.stop()


class Session:
    """Speaks to the server as its administrator."""

    def __init__(self, server: Kubejazz) -> None:
        configuration = server.client.configuration
        self.url = server.url
        self.requests = requests.Session()
        self.secured: Any = {
            "verify": configuration.ssl_ca_cert,
            "cert": (configuration.cert_file, configuration.key_file),
            "timeout": PATIENCE,
        }

    def call(self, case: Any) -> Any:
        return case.call(base_url=self.url, session=self.requests, **self.secured)

    def document(self, path: str) -> Any:
        return self.requests.get(f"{self.url}/openapi/v3/{path}", **self.secured).json()


@pytest.fixture(scope="module")
def session(server: Kubejazz) -> Iterator[Session]:
    session = Session(server)
    yield session
    session.requests.close()


@pytest.mark.parametrize("path", DOCUMENTS)
def test_what_the_document_allows_is_answered_as_it_declares(session: Session, path: str) -> None:
    chooser = random.Random(SEED)
    schema = schemathesis.openapi.from_dict(_with_nulls(session.document(path)))
    operations = [found.ok() for found in schema.get_all_operations()]
    chooser.shuffle(operations)
    until = time.monotonic() + SECONDS
    wrong: list[str] = []
    for operation in operations:
        wrong += _complaints(session, operation, chooser)
        if time.monotonic() > until:
            break
    assert not wrong, f"seed {SEED}: {len(wrong)}\n" + "\n".join(wrong[:20])


def _with_nulls(value: Any) -> Any:
    """The document as Go programs keep it: lists and times that are not set but have to be printed are null."""
    if isinstance(value, list):
        return [_with_nulls(item) for item in value]
    if not isinstance(value, dict):
        return value
    changed = {name: _with_nulls(item) for name, item in value.items()}
    nullable = changed.get("type") == "array" or changed.get("format") == "date-time" or _is_reference(changed)
    return {**changed, "nullable": True} if nullable else changed


def _is_reference(schema: Any) -> bool:
    """Whether it is a BoundObjectReference, the one pointer that is printed as null."""
    return str(schema.get("description", "")).startswith("BoundObjectReference is a reference")


def _complaints(session: Session, operation: Any, chooser: random.Random) -> list[str]:
    """Of a few requests. Nothing is raised inside: what is asked again after a change need not fail again."""
    found: list[str] = []

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        derandomize=not THOROUGH,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],
    )
    @given(case=operation.as_strategy())
    def run(case: Any) -> None:
        _steer(case, chooser)
        try:
            found.extend(_complaint(case, session.call(case)))
        except requests.RequestException as error:
            found.append(f"{case.as_curl_command()[:1000]} -> {error}")

    run()
    return found


def _steer(case: Any, chooser: random.Random) -> None:
    """Bring a random case nearer to what the server takes: names that exist, few options, the right kind."""
    query = dict(case.query or {})
    case.query = {name: query[name] for name in sorted(query) if chooser.random() < 0.2 and name != "watch"}
    if "path" not in case.path_parameters:
        case.path_parameters = {name: chooser.choice(NAMES) for name in case.path_parameters}
    if case.method == "PATCH":
        case.media_type = f"application/{chooser.choice(PATCHES)}"
    elif case.media_type is not None:
        case.media_type = "application/json"
    kinds = case.operation.definition.raw.get("x-kubernetes-group-version-kind")
    if isinstance(case.body, dict) and kinds and chooser.random() < 0.9:
        kind = kinds if isinstance(kinds, dict) else kinds[0]
        group_version = f"{kind['group']}/{kind['version']}" if kind["group"] else kind["version"]
        case.body = {**case.body, "apiVersion": group_version, "kind": kind["kind"], "metadata": {"name": "fuzz"}}


def _complaint(case: Any, response: Any) -> Iterator[str]:
    status, body = response.status_code, response.content
    told = f"{case.as_curl_command()[:1000]} -> {status} {response.text[:500]}"
    if status >= 500 and (status not in BY_CONTRACT and not is_upstreams(body)):
        yield f"a server error: {told}"
    if status >= 400 and case.method != "HEAD":
        answer = orjson.loads(body)
        if answer["kind"] != "Status" or answer["code"] != status:
            yield f"no Status: {told}"
    if status < 400:
        try:
            case.validate_response(response, checks=CHECKS)
        except FailureGroup as failures:
            yield f"{[str(failure) for failure in failures.exceptions]}: {told}"
