"""DESIGN §6, lines 1 and 2: resourceVersions."""

from __future__ import annotations

import re

from tests.server.harness import Server, config_map

CMS = "/api/v1/namespaces/default/configmaps"
PODS = "/api/v1/namespaces/default/pods"


def _rv(obj: dict) -> str:  # type: ignore[type-arg]
    return str(obj["metadata"]["resourceVersion"])


def test_1_a_resource_version_is_a_positive_decimal_without_leading_zeros(server: Server) -> None:
    created = server.post(CMS, config_map("a")).json
    assert re.fullmatch(r"[1-9][0-9]*", _rv(created))


def test_1_one_strictly_increasing_sequence_for_all_resources(server: Server) -> None:
    seen = [int(_rv(server.post(CMS, config_map("a")).json))]
    secret = {"kind": "Secret", "apiVersion": "v1", "metadata": {"name": "s"}}
    seen.append(int(_rv(server.post("/api/v1/namespaces/default/secrets", secret).json)))
    seen.append(int(_rv(server.patch(f"{CMS}/a", {"data": {"k": "v"}}).json)))
    lease = {"kind": "Lease", "apiVersion": "coordination.k8s.io/v1", "metadata": {"name": "l"}}
    leases = "/apis/coordination.k8s.io/v1/namespaces/default/leases"
    seen.append(int(_rv(server.post(leases, lease).json)))
    assert seen == list(range(seen[0], seen[0] + 4))


def test_1_it_never_falls_through_a_restart(server: Server) -> None:
    before = int(_rv(server.post(CMS, config_map("a")).json))
    server.restart()
    assert int(_rv(server.get(CMS).json)) >= before
    assert int(_rv(server.post(CMS, config_map("b")).json)) > before


def test_2_an_update_that_changes_nothing_changes_no_resource_version_and_emits_no_event(server: Server) -> None:
    created = server.post(CMS, config_map("a", {"k": "v"})).json
    stream = server.stream(CMS, watch="true", resourceVersion=_rv(created))
    again = server.put(f"{CMS}/a", created)
    assert again.status == 200
    assert _rv(again.json) == _rv(created)
    assert _rv(server.patch(f"{CMS}/a", {"data": {"k": "v"}}).json) == _rv(created)
    assert stream.quiet()
    stream.close()


def test_2_a_dry_run_changes_nothing(server: Server) -> None:
    created = server.post(CMS, config_map("a", {"k": "v"})).json
    stream = server.stream(CMS, watch="true", resourceVersion=_rv(created))
    assert server.post(CMS, config_map("dry"), dryRun="All").status == 201
    assert server.patch(f"{CMS}/a", {"data": {"k": "w"}}, dryRun="All").json["data"] == {"k": "w"}
    assert server.delete(f"{CMS}/a", dryRun="All").status == 200
    assert server.get(f"{CMS}/dry").status == 404
    assert server.get(f"{CMS}/a").json == created
    assert stream.quiet()
    stream.close()
