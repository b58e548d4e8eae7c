"""An aggregated server behind this one, over real connections."""

from __future__ import annotations

import queue
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from server.authn.authenticator import Connection
from server.authn.user import MASTERS, User
from tests.server.aggregation.wardle import (
    DISCOVERY,
    FLUNDERS,
    GROUP,
    NAME,
    VERSION,
    Answer,
    Wardle,
    aggregating,
    api_service,
    external_service,
)
from tests.server.harness import Server

API_SERVICES = "/apis/apiregistration.k8s.io/v1/apiservices"
SERVICES = "/api/v1/namespaces/wardle/services"
SLICES = "/apis/discovery.k8s.io/v1/namespaces/wardle/endpointslices"
PATIENCE = 10.0


class Both:
    def __init__(self, server: Server, wardle: Wardle) -> None:
        self.server, self.wardle = server, wardle

    def aggregate(self, **spec: Any) -> None:
        self.server.post(SERVICES, external_service())
        assert self.server.post(API_SERVICES, api_service(self.wardle, **spec)).status == 201

    def verdict(self) -> tuple[str, str, str]:
        found = self.server.get(f"{API_SERVICES}/{NAME}").json
        conditions = (found.get("status") or {}).get("conditions") or [{"status": "", "reason": "", "message": ""}]
        (condition,) = conditions
        return condition["status"], condition["reason"], condition["message"]

    def wait_for(self, reason: str) -> str:
        """The message."""
        deadline = time.monotonic() + PATIENCE
        while (seen := self.verdict())[1] != reason:
            assert time.monotonic() < deadline, seen
            time.sleep(0.01)
        return seen[2]


@pytest.fixture
def both(tmp_path: Path) -> Iterator[Both]:
    with aggregating(tmp_path) as (server, wardle):
        yield Both(server, wardle)


@pytest.fixture
def aggregated(both: Both) -> Both:
    both.aggregate()
    both.wait_for("Passed")
    return both


def test_every_built_in_group_version_has_an_api_service(both: Both) -> None:
    items = {item["metadata"]["name"]: item for item in both.server.get(API_SERVICES).json["items"]}
    assert {"v1.", "v1.apps", "v2.autoscaling", "v1.apiregistration.k8s.io"} <= items.keys()
    apps = items["v1.apps"]
    assert apps["metadata"]["labels"] == {"kube-aggregator.kubernetes.io/automanaged": "onstart"}
    assert apps["spec"] == {"group": "apps", "version": "v1", "groupPriorityMinimum": 17800, "versionPriority": 15}
    (condition,) = apps["status"]["conditions"]
    assert (condition["status"], condition["reason"]) == ("True", "Local")


def test_an_answer_comes_back_as_it_is(aggregated: Both) -> None:
    headers = ["X-Own: yes", "Connection: keep-alive"]
    aggregated.wardle.answers[FLUNDERS] = Answer(418, b'{"kind":"FlunderList"}', headers)
    answer = aggregated.server.get(FLUNDERS, limit="5")
    assert (answer.status, answer.json) == (418, {"kind": "FlunderList"})
    assert answer.headers["x-own"] == "yes"
    assert "connection" not in answer.headers
    (seen,) = aggregated.wardle.asked(FLUNDERS)
    assert (seen.method, seen.target) == ("GET", f"{FLUNDERS}?limit=5")


def test_the_server_says_who_asks_and_nobody_else_does(aggregated: Both) -> None:
    aggregated.wardle.answers[FLUNDERS] = Answer()
    forged = {"X-Remote-User": "root", "Authorization": "Bearer secret", "X-Remote-Extra-A": "b"}
    aggregated.server.request("GET", FLUNDERS, headers=forged)
    (seen,) = aggregated.wardle.asked(FLUNDERS)
    assert seen.all("x-remote-user") == ["admin"]
    assert seen.all("x-remote-group") == ["system:masters", "system:authenticated"]
    assert not [key for key, _ in seen.headers if key in ("authorization", "x-remote-extra-a")]


def test_impersonated_users_are_who_they_are_said_to_be(aggregated: Both) -> None:
    aggregated.server.post(
        "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings",
        {
            "metadata": {"name": "jane"},
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin"},
            "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": "jane"}],
        },
    )
    aggregated.wardle.answers[FLUNDERS] = Answer()
    extra = {"Impersonate-User": "jane", "Impersonate-Extra-Scopes%2Fa": "view"}
    assert aggregated.server.request("GET", FLUNDERS, headers=extra).status == 200
    (seen,) = aggregated.wardle.asked(FLUNDERS)
    assert seen.all("x-remote-user") == ["jane"]
    assert seen.all("x-remote-extra-scopes%2fa") == ["view"]
    assert not seen.all("impersonate-user")


def test_a_body_is_handed_on(aggregated: Both) -> None:
    aggregated.wardle.answers[FLUNDERS] = Answer(201)
    large = b"x" * 5_000_000
    answer = aggregated.server.request("POST", FLUNDERS, large, headers={"Content-Length": str(len(large))})
    assert answer.status == 201
    (seen,) = aggregated.wardle.asked(FLUNDERS)
    assert seen.body == large


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_nobody_is_sent_elsewhere(aggregated: Both, status: int) -> None:
    """CVE-2022-3172: a client would take its credentials along."""
    elsewhere = Answer(status, b"", ["Location: https://evil.example.com/"])
    aggregated.wardle.answers[f"{FLUNDERS}/moved"] = elsewhere
    answer = aggregated.server.get(f"{FLUNDERS}/moved")
    assert answer.status == 502
    assert answer.text == "the backend attempted to redirect this request, which is not permitted"
    assert "location" not in answer.headers


def test_connections_are_kept(aggregated: Both) -> None:
    aggregated.wardle.answers[FLUNDERS] = Answer()
    before = aggregated.wardle.connections
    for _ in range(5):
        aggregated.server.get(FLUNDERS)
    assert aggregated.wardle.connections == before


def test_a_connection_that_was_cut_meanwhile_is_no_failure(aggregated: Both) -> None:
    aggregated.wardle.answers[FLUNDERS] = Answer()
    aggregated.server.get(FLUNDERS)
    aggregated.wardle.down()
    aggregated.wardle.up()
    assert aggregated.server.get(FLUNDERS).status == 200


def test_a_watch_streams_and_ends_with_its_client(aggregated: Both) -> None:
    pieces: queue.Queue[bytes | None] = queue.Queue()
    aggregated.wardle.answers[FLUNDERS] = Answer(pieces=pieces)
    stream = aggregated.server.stream(FLUNDERS, watch="true")
    for number in range(3):
        pieces.put(orjson.dumps({"type": "ADDED", "object": number}) + b"\n")
        assert stream.next() == {"type": "ADDED", "object": number}
    aggregated.wardle.gone.clear()
    stream.close()
    assert aggregated.wardle.gone.wait(5)


def test_a_server_that_stops_ends_the_watches_it_hands_on(aggregated: Both) -> None:
    pieces: queue.Queue[bytes | None] = queue.Queue()
    aggregated.wardle.answers[FLUNDERS] = Answer(pieces=pieces)
    stream = aggregated.server.stream(FLUNDERS, watch="true")
    pieces.put(b"{}\n")
    assert stream.next() == {}
    aggregated.server.run(end_watches(aggregated.server))
    assert stream.next() is None


async def end_watches(server: Server) -> None:
    server.server.end_watches()


def test_an_answer_that_breaks_off_has_no_end(aggregated: Both) -> None:
    pieces: queue.Queue[bytes | None] = queue.Queue()
    aggregated.wardle.answers[FLUNDERS] = Answer(pieces=pieces)
    stream = aggregated.server.stream(FLUNDERS, watch="true")
    pieces.put(b"{}\n")
    assert stream.next() == {}
    aggregated.wardle.down()
    assert stream.quiet()


def test_a_large_answer_has_all_its_bytes(aggregated: Both) -> None:
    aggregated.wardle.answers[FLUNDERS] = Answer(body=b"y" * 3_000_000)
    assert aggregated.server.get(FLUNDERS).body == b"y" * 3_000_000


def test_discovery_lists_the_group_in_both_forms(aggregated: Both) -> None:
    server = aggregated.server
    groups = {group["name"]: group for group in server.get("/apis").json["groups"]}
    version = {"groupVersion": f"{GROUP}/{VERSION}", "version": VERSION}
    assert groups[GROUP] == {"name": GROUP, "versions": [version], "preferredVersion": version}
    assert list(groups)[-1] == GROUP
    assert server.get(f"/apis/{GROUP}").json == {"kind": "APIGroup", "apiVersion": "v1", **groups[GROUP]}
    assert server.get(DISCOVERY).json["resources"][0]["name"] == "flunders"
    (row,) = [row for row in aggregated_rows(server) if row["metadata"]["name"] == GROUP]
    kind = {"group": "", "version": "", "kind": "Flunder"}
    flunders = {
        "resource": "flunders",
        "responseKind": kind,
        "scope": "Namespaced",
        "singularResource": "flunder",
        "verbs": ["create", "get", "list", "watch"],
        "shortNames": ["fl"],
        "subresources": [{"subresource": "status", "responseKind": kind, "verbs": ["get"]}],
    }
    assert row["versions"] == [{"version": VERSION, "resources": [flunders], "freshness": "Current"}]


def aggregated_rows(server: Server) -> list[dict[str, Any]]:
    accept = {"Accept": "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"}
    rows: list[dict[str, Any]] = server.request("GET", "/apis", headers=accept).json["items"]
    return rows


def test_a_server_that_goes_down_is_unavailable_and_stale_until_it_is_back(aggregated: Both) -> None:
    aggregated.wardle.down()
    touch(aggregated)
    message = aggregated.wait_for("FailedDiscoveryCheck")
    assert message.startswith(f"failing or missing response from https://localhost:{aggregated.wardle.port}{DISCOVERY}")
    answer = aggregated.server.get(FLUNDERS)
    assert (answer.status, answer.text) == (503, "service unavailable\n")
    (row,) = [row for row in aggregated_rows(aggregated.server) if row["metadata"]["name"] == GROUP]
    assert row["versions"] == [{"version": VERSION, "freshness": "Stale"}]
    aggregated.wardle.up()
    aggregated.wait_for("Passed")
    aggregated.wardle.answers[FLUNDERS] = Answer()
    assert aggregated.server.get(FLUNDERS).status == 200


def touch(both: Both) -> None:
    """Have the service looked at again, as after any change of it."""
    both.server.patch(f"{SERVICES}/api", {"metadata": {"labels": {"touched": str(time.monotonic())}}})


def test_metrics_tell_who_is_unavailable(aggregated: Both) -> None:
    gauge = f'aggregator_unavailable_apiservice{{name="{NAME}"}}'
    assert f"{gauge} 0" in aggregated.server.get("/metrics").text
    aggregated.wardle.down()
    touch(aggregated)
    aggregated.wait_for("FailedDiscoveryCheck")
    found = aggregated.server.get("/metrics").text
    assert f"{gauge} 1" in found
    assert f'aggregator_unavailable_apiservice_total{{name="{NAME}",reason="FailedDiscoveryCheck"}} 1' in found


def test_a_bad_answer_to_the_check(both: Both) -> None:
    both.wardle.answers[DISCOVERY] = Answer(500)
    both.aggregate()
    assert both.wait_for("FailedDiscoveryCheck").endswith(
        f"bad status from https://localhost:{both.wardle.port}{DISCOVERY}: 500"
    )


def test_the_checks_are_made_by_the_aggregator(aggregated: Both) -> None:
    seen = aggregated.wardle.asked(DISCOVERY)[0]
    assert (seen.all("x-remote-user"), seen.all("x-remote-group")) == (["system:kube-aggregator"], ["system:masters"])


def test_a_certificate_of_somebody_else_is_not_believed(both: Both) -> None:
    both.aggregate(caBundle="")
    assert "certificate verify failed" in both.wait_for("FailedDiscoveryCheck")


def test_unless_it_is_not_to_be_looked_at(both: Both) -> None:
    both.aggregate(caBundle=None, insecureSkipTLSVerify=True)
    both.wait_for("Passed")


def test_a_service_that_comes_later(both: Both) -> None:
    both.server.post(API_SERVICES, api_service(both.wardle))
    assert both.wait_for("ServiceNotFound") == 'service/api in "wardle" is not present'
    both.server.post(SERVICES, external_service())
    both.wait_for("Passed")


def test_a_service_without_endpoints(both: Both) -> None:
    service = {"metadata": {"name": "api"}, "spec": {"ports": [{"name": "https", "port": 443}]}}
    both.server.post(SERVICES, service)
    both.server.post(API_SERVICES, api_service(both.wardle))
    assert both.wait_for("ServicePortError").endswith(f"is not listening on port {both.wardle.port}")
    reference = {"namespace": "wardle", "name": "api", "port": 443}
    both.server.patch(f"{API_SERVICES}/{NAME}", {"spec": {"service": reference}})
    assert both.wait_for("EndpointsNotFound") == 'cannot find endpointslices for service/api in "wardle"'
    slice = {
        "metadata": {"name": "api-1", "labels": {"kubernetes.io/service-name": "api"}},
        "addressType": "IPv4",
        "endpoints": [{"addresses": ["10.1.2.3"], "conditions": {"ready": False}}],
        "ports": [{"name": "https", "port": 443}],
    }
    assert both.server.post(SLICES, slice).status == 201
    assert both.wait_for("MissingEndpoints") == (
        'endpointslices for service/api in "wardle" have no addresses with port name "https"'
    )


def test_an_api_service_that_is_deleted_takes_its_group_away(aggregated: Both) -> None:
    aggregated.server.delete(f"{API_SERVICES}/{NAME}")
    assert aggregated.server.get(FLUNDERS).status == 404
    assert GROUP not in [group["name"] for group in aggregated.server.get("/apis").json["groups"]]
    assert aggregated.server.get(f"/apis/{GROUP}").status == 404


def test_one_that_gives_up_its_service_is_local(aggregated: Both) -> None:
    aggregated.server.patch(f"{API_SERVICES}/{NAME}", {"spec": {"service": None, "caBundle": None}})
    assert aggregated.wait_for("Local") == "Local APIServices are always available"


def test_availability_is_not_written_again_while_it_stays(aggregated: Both) -> None:
    before = aggregated.server.get(f"{API_SERVICES}/{NAME}").json["metadata"]["resourceVersion"]
    asked = len(aggregated.wardle.asked(DISCOVERY))
    touch(aggregated)
    deadline = time.monotonic() + PATIENCE
    while len(aggregated.wardle.asked(DISCOVERY)) == asked:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    assert aggregated.server.get(f"{API_SERVICES}/{NAME}").json["metadata"]["resourceVersion"] == before


def test_openapi_documents_are_listed_and_handed_on(aggregated: Both) -> None:
    path = f"apis/{GROUP}/{VERSION}"
    entry = {"serverRelativeURL": f"/openapi/v3/{path}?hash=1"}
    aggregated.wardle.answers["/openapi/v3"] = Answer(body=orjson.dumps({"paths": {path: entry, "version": {}}}))
    aggregated.wardle.answers[f"/openapi/v3/{path}"] = Answer(body=b'{"openapi":"3.0.0"}')
    paths = aggregated.server.get("/openapi/v3").json["paths"]
    assert paths[path] == entry
    assert "apis/apps/v1" in paths
    assert aggregated.server.get(f"/openapi/v3/{path}").json == {"openapi": "3.0.0"}


def test_extension_servers_learn_whom_to_believe(both: Both) -> None:
    data = both.server.get("/api/v1/namespaces/kube-system/configmaps/extension-apiserver-authentication").json["data"]
    assert data["client-ca-file"] == "the clients' authority"
    assert data["requestheader-allowed-names"] == '["front-proxy-client"]'
    assert data["requestheader-username-headers"] == '["X-Remote-User"]'
    assert "BEGIN CERTIFICATE" in data["requestheader-client-ca-file"]


def test_who_may_not_does_not_reach_the_aggregated_server(aggregated: Both) -> None:
    aggregated.wardle.answers[FLUNDERS] = Answer()
    answer = aggregated.server.request("GET", FLUNDERS, headers={"Impersonate-User": "jane"})
    assert answer.status == 403
    assert f'cannot list resource "flunders" in API group "{GROUP}"' in answer.json["message"]
    assert not aggregated.wardle.asked(FLUNDERS)


def test_a_users_name_becomes_no_other_header(tmp_path: Path) -> None:
    class Twofold:
        async def authenticate(self, connection: Connection) -> User:
            return User("jane\r\nX-Remote-Group: system:masters", groups=(MASTERS,))

    with aggregating(tmp_path, authenticator=Twofold()) as (server, wardle):
        both = Both(server, wardle)
        both.aggregate()
        both.wait_for("Passed")
        answer = server.get(FLUNDERS)
        assert answer.status == 503
        assert answer.text == (
            'error trying to reach service: net/http: invalid header field value for "X-Remote-User"\n'
        )
        assert not wardle.asked(FLUNDERS)


def test_a_path_becomes_no_other_line(aggregated: Both) -> None:
    answer = aggregated.server.get(f"{FLUNDERS}/a HTTP/1.1\r\nX-Remote-Group: system:masters\r\nX: ")
    assert answer.status == 503
    assert not [seen for seen in aggregated.wardle.seen if seen.target.startswith(FLUNDERS)]


def test_a_list_of_resources_without_end_is_not_read_to_its_end(both: Both, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.aggregation.asking._LARGEST", 1024)
    both.wardle.answers[DISCOVERY] = Answer(body=b" " * 4096)
    both.aggregate()
    assert "it has more than 1024 bytes" in both.wait_for("FailedDiscoveryCheck")
