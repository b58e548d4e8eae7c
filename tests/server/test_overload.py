"""Overload as a client meets it: refusals, deadlines, bodies that are too large, over the real listener too."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from apimachinery.objects import Object
from server.app import create_app
from server.authn.authenticator import Connection
from server.authn.user import AUTHENTICATED, MASTERS, User
from server.authz.modes import Authorization
from server.config import ServerConfig
from server.flowcontrol import ensure
from server.flowcontrol.overload import Overload
from server.request import MAX_BODY_BYTES
from tests.server.harness import Everybody, Server, config_map
from tests.server.http.harness import Peer, run, serving

MAPS = "/api/v1/namespaces/default/configmaps"
FLOW = "/apis/flowcontrol.apiserver.k8s.io/v1"
_UID = "x-kubernetes-pf-flowschema-uid"


class ByName:
    """Takes the authorization header for the user's name; nobody by default is the admin."""

    async def authenticate(self, connection: Connection) -> User:
        name = connection.authorization.decode()
        return User(name, groups=(AUTHENTICATED,)) if name else User("admin", groups=(MASTERS, AUTHENTICATED))


@pytest.fixture
def tight(tmp_path: Path) -> Iterator[Server]:
    """Hardly any seats, and everything is allowed."""
    overload = Overload(reads=1, writes=0)
    with Server(tmp_path / "tight.db", authenticator=ByName(), overload=overload) as server:
        binding = {
            "metadata": {"name": "all"},
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin"},
            "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": AUTHENTICATED}],
        }
        assert server.post("/apis/rbac.authorization.k8s.io/v1/clusterrolebindings", binding).status == 201
        yield server


def uid(server: Server, kind: str, name: str) -> str:
    return str(server.get(f"{FLOW}/{kind}/{name}").json["metadata"]["uid"])


def test_every_answer_says_to_which_flow_its_request_belonged(tight: Server) -> None:
    for path, status in ((MAPS, 200), (f"{MAPS}/none", 404)):
        answer = tight.request("GET", path, headers={"Authorization": "jo"})
        assert answer.status == status
        assert answer.headers[_UID] == uid(tight, "flowschemas", "global-default")
        assert answer.headers["x-kubernetes-pf-prioritylevel-uid"] == uid(
            tight, "prioritylevelconfigurations", "global-default"
        )
    assert tight.get(MAPS).headers[_UID] == uid(tight, "flowschemas", "exempt")


def level(**limited: Any) -> Object:
    return {"metadata": {"name": "tiny"}, "spec": {"type": "Limited", "limited": limited}}


def schema(user: str) -> Object:
    resources = {
        **{name: ["*"] for name in ("verbs", "apiGroups", "resources", "namespaces")},
        "clusterScope": True,
    }
    rule = {"subjects": [{"kind": "User", "user": {"name": user}}], "resourceRules": [resources]}
    return {
        "metadata": {"name": "tiny"},
        "spec": {"priorityLevelConfiguration": {"name": "tiny"}, "matchingPrecedence": 50, "rules": [rule]},
    }


def test_who_is_too_many_is_told_to_come_again(tight: Server) -> None:
    tight.post(f"{FLOW}/prioritylevelconfigurations", level(limitResponse={"type": "Reject"}, borrowingLimitPercent=0))
    tight.post(f"{FLOW}/flowschemas", schema("jo"))

    async def crowd() -> list[Any]:
        return await asyncio.gather(
            *(tight._request("POST", MAPS, config_map(f"c{i}"), {"Authorization": "jo"}, {}) for i in range(20))
        )

    answers = tight.run(crowd())
    refused = [answer for answer in answers if answer.status == 429]
    assert {answer.status for answer in answers} == {201, 429}
    assert refused[0].text == "Too many requests, please try again later.\n"
    assert refused[0].headers["retry-after"] == "1"
    assert refused[0].headers["content-type"].startswith("text/plain")
    assert refused[0].headers[_UID] == uid(tight, "flowschemas", "tiny")
    told = (
        f'rejected_requests_total{{flow_schema="tiny",priority_level="tiny",reason="concurrency-limit"}} {len(refused)}'
    )
    assert told in tight.get("/metrics").text


def test_who_is_exempt_is_never_refused(tight: Server) -> None:
    async def crowd() -> list[Any]:
        return await asyncio.gather(*(tight._request("POST", MAPS, config_map(f"c{i}"), {}, {}) for i in range(50)))

    assert {answer.status for answer in tight.run(crowd())} == {201}


def test_a_crowd_waits_in_its_queues_and_is_served(tight: Server) -> None:
    async def crowd() -> list[Any]:
        names = ({"Authorization": f"user-{i % 3}"} for i in range(60))
        return await asyncio.gather(
            *(tight._request("POST", MAPS, config_map(f"c{i}"), name, {}) for i, name in enumerate(names))
        )

    assert {answer.status for answer in tight.run(crowd())} == {201}
    metrics = tight.get("/metrics").text
    assert 'apiserver_flowcontrol_current_executing_seats{priority_level="global-default"} 0' in metrics
    assert 'apiserver_flowcontrol_current_inqueue_requests{priority_level="global-default"} 0' in metrics


def test_a_watch_gives_its_seat_back_once_it_has_begun(tight: Server) -> None:
    streams = [tight.stream(MAPS, headers={"Authorization": "jo"}, watch="true") for _ in range(5)]
    assert tight.request("GET", MAPS, headers={"Authorization": "jo"}).status == 200
    for stream in streams:
        stream.close()


def test_without_fairness_so_many_are_served_at_once_and_no_more(tmp_path: Path) -> None:
    overload, allow = Overload(fairness=False, reads=1, writes=2), Authorization(("AlwaysAllow",))
    with Server(tmp_path / "s.db", authenticator=ByName(), overload=overload, authorization=allow) as server:

        async def crowd(user: str) -> list[Any]:
            headers = {"Authorization": user} if user else {}
            return await asyncio.gather(
                *(server._request("POST", MAPS, config_map(f"{user}{i}"), headers, {}) for i in range(10))
            )

        statuses = sorted(answer.status for answer in server.run(crowd("jo")))
        assert statuses == [201, 201, *[429] * 8]
        assert {answer.status for answer in server.run(crowd(""))} == {201}


# -- the objects that say so


def test_mandatory_objects_are_mended_and_suggested_ones_are_the_administrators(tight: Server) -> None:
    for name in ("catch-all", "system"):
        path = f"{FLOW}/prioritylevelconfigurations/{name}"
        tight.patch(path, {"spec": {"limited": {"nominalConcurrencyShares": 77}}})
    own = f"{FLOW}/prioritylevelconfigurations/workload-low"
    patch = {
        "metadata": {"annotations": {"apf.kubernetes.io/autoupdate-spec": "false"}},
        "spec": {"limited": {"nominalConcurrencyShares": 77}},
    }
    tight.patch(own, patch)
    tight.delete(f"{FLOW}/flowschemas/probes")
    stranger = schema("jo")
    stranger["metadata"] = {"name": "old", "annotations": {"apf.kubernetes.io/autoupdate-spec": "true"}}
    tight.post(f"{FLOW}/flowschemas", stranger)
    tight.run(ensure.ensure_flow_control(tight.server._registries))

    def shares(name: str) -> int:
        found = tight.get(f"{FLOW}/prioritylevelconfigurations/{name}").json
        return int(found["spec"]["limited"]["nominalConcurrencyShares"])

    assert (shares("catch-all"), shares("system"), shares("workload-low")) == (5, 30, 77)
    assert tight.get(f"{FLOW}/flowschemas/probes").status == 200
    assert tight.get(f"{FLOW}/flowschemas/old").status == 404


def test_a_schema_without_its_level_says_so(tight: Server) -> None:
    tight.post(f"{FLOW}/flowschemas", schema("jo"))
    tight.run(ensure.ensure_flow_control(tight.server._registries))

    def dangling(name: str) -> Object:
        conditions = tight.get(f"{FLOW}/flowschemas/{name}").json["status"]["conditions"]
        return next(one for one in conditions if one["type"] == "Dangling")

    assert dangling("tiny")["status"] == "True"
    assert dangling("tiny")["message"].endswith('named "tiny" but there is no such object')
    assert dangling("exempt")["status"] == "False"
    assert tight.request("GET", MAPS, headers={"Authorization": "jo"}).status == 200


# -- deadlines


class Slow:
    """An admission chain that does not come to an end."""

    plugins = ()

    async def mutate(self, attributes: object) -> None:
        await asyncio.Event().wait()


@pytest.mark.parametrize(("query", "longest"), [("?timeout=10ms", 60.0), ("", 0.001), ("?timeout=1h", 0.001)])
def test_a_request_that_takes_too_long_is_answered_with_504(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, query: str, longest: float
) -> None:
    monkeypatch.setattr("server.filters.timeout.PERIOD", 0.01)
    with Server(tmp_path / "s.db", overload=Overload(request_timeout=longest)) as server:
        monkeypatch.setattr(server.server.api, "admission", Slow())
        answer = server.post(f"{MAPS}{query}", config_map("c"))
        assert (answer.status, answer.json["reason"]) == (504, "Timeout")
        assert answer.json["message"] == "Timeout: request did not complete within the allotted timeout"


def test_a_timeout_that_is_none_is_refused(server: Server) -> None:
    answer = server.get(f"{MAPS}?timeout=soon")
    assert (answer.status, answer.json["reason"]) == (400, "BadRequest")
    assert answer.json["message"].startswith("invalid timeout specified in the request URL - ")


def test_a_watch_may_take_longer_than_a_request(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.filters.timeout.PERIOD", 0.01)
    with Server(tmp_path / "s.db", overload=Overload(request_timeout=0.05)) as server:
        stream = server.stream(MAPS, watch="true", resourceVersion="1")
        assert stream.quiet(0.2)
        server.post(MAPS, config_map("c"))
        assert stream.next() is not None
        stream.close()


# -- bodies, over the real listener


@contextlib.asynccontextmanager
async def listening(folder: Path) -> AsyncIterator[Peer]:
    api = create_app(
        ServerConfig(
            database=f"sqlite:///{folder}/s.db", authenticator=Everybody(), address="127.0.0.1:1", build="test"
        )
    )
    await api.start()
    try:
        async with serving(api.app) as running:
            yield await running.peer()
    finally:
        await api.stop()


def post(body: bytes, *headers: str) -> bytes:
    lines = "\r\n".join((f"POST {MAPS} HTTP/1.1", "Host: test", "Content-Type: application/json", *headers))
    return f"{lines}\r\n\r\n".encode() + body


def test_a_body_that_says_it_is_too_large_is_refused_before_it_is_read(tmp_path: Path) -> None:
    async def main() -> None:
        async with listening(tmp_path) as peer:
            answer = await peer.ask(post(b"x", f"Content-Length: {MAX_BODY_BYTES + 1}", "Expect: 100-continue"))
            assert answer.status == 413
            assert orjson.loads(answer.body)["reason"] == "RequestEntityTooLarge"

    run(main())


def test_a_body_in_chunks_that_becomes_too_large_is_refused(tmp_path: Path) -> None:
    async def main() -> None:
        async with listening(tmp_path) as peer:
            chunk = b"%x\r\n%b\r\n" % (65536, b" " * 65536)
            peer.writer.write(post(b"", "Transfer-Encoding: chunked"))
            for _ in range(MAX_BODY_BYTES // 65536 + 1):
                peer.writer.write(chunk)
            peer.writer.write(b"0\r\n\r\n")
            assert (await peer.answer()).status == 413
            assert (await peer.get("/version")).status == 200

    run(main())


def test_a_body_in_tiny_chunks_is_taken_and_costs_no_more_than_it_is_long(tmp_path: Path) -> None:
    async def main() -> None:
        async with listening(tmp_path) as peer:
            body = orjson.dumps(config_map("c", {"a": "x" * 20000}))
            peer.writer.write(post(b"", "Transfer-Encoding: chunked"))
            peer.writer.write(b"".join(b"1\r\n%c\r\n" % byte for byte in body) + b"0\r\n\r\n")
            assert (await peer.answer()).status == 201

    run(main())


def test_a_compressed_body_is_not_unpacked(tmp_path: Path) -> None:
    """As upstream: a request's Content-Encoding is nothing to it."""

    async def main() -> None:
        async with listening(tmp_path) as peer:
            bomb = gzip.compress(b" " * 50_000_000)
            answer = await peer.ask(post(bomb, "Content-Encoding: gzip", f"Content-Length: {len(bomb)}"))
            assert answer.status == 400

    run(main())


def test_an_early_answer_does_not_wait_for_a_body_that_never_comes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.asgi.DRAIN_SECONDS", 0.05)

    async def main() -> None:
        async with listening(tmp_path) as peer:
            request = f"POST /nowhere HTTP/1.1\r\nHost: test\r\nContent-Length: {MAX_BODY_BYTES}\r\n\r\nx"
            assert (await peer.ask(request.encode())).status == 404

    run(main())
