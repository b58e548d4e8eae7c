"""/metrics in Prometheus' text form."""

from __future__ import annotations

import re

from tests.server.harness import Server, config_map

MAPS = "/api/v1/namespaces/default/configmaps"
LINE = re.compile(r'[a-z_]+(\{[a-z_]+="[^"]*"(,[a-z_]+="[^"]*")*\})? -?[0-9.e+-]+')


def samples(server: Server) -> dict[str, float]:
    lines = [line for line in server.get("/metrics").text.splitlines() if not line.startswith("#")]
    assert [line for line in lines if not LINE.fullmatch(line)] == []
    return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines)}


def total(verb: str, resource: str, code: int, scope: str) -> str:
    return (
        f'apiserver_request_total{{code="{code}",component="apiserver",dry_run="",group="",resource="{resource}",'
        f'scope="{scope}",subresource="",verb="{verb}",version="v1"}}'
    )


def test_requests_are_counted_by_what_they_asked_for(server: Server) -> None:
    server.post(MAPS, config_map("a"))
    server.post(MAPS, config_map("b"))
    server.post(MAPS, config_map("a"))
    server.get(f"{MAPS}/a")
    found = samples(server)
    assert found[total("POST", "configmaps", 201, "namespace")] == 2
    assert found[total("POST", "configmaps", 409, "namespace")] == 1
    assert found[total("GET", "configmaps", 200, "resource")] == 1


def test_latencies_are_a_histogram(server: Server) -> None:
    server.get("/api/v1/pods")
    found = samples(server)
    buckets = [value for name, value in found.items() if "_bucket" in name and 'resource="pods"' in name]
    assert buckets == sorted(buckets)
    assert buckets[-1] == 1


def test_nonsense_gets_no_labels(server: Server) -> None:
    for number in range(20):
        server.get(f"/apis/nonsense{number}.io/v1/things{number}")
        server.request(f"M{number}", "/api/v1/pods")
    assert "nonsense" not in server.get("/metrics").text
    assert len([name for name in samples(server) if name.startswith("apiserver_request_total")]) < 10


def watching(server: Server) -> list[float]:
    return [
        value
        for name, value in samples(server).items()
        if name.startswith("apiserver_longrunning_requests") and "configmaps" in name
    ]


def test_watches_are_counted_while_they_run(server: Server) -> None:
    stream = server.stream(MAPS, watch="true", resourceVersion="0")
    assert watching(server) == [1]
    stream.close()
    for _ in range(1000):
        if watching(server) == [0]:
            break
    assert watching(server) == [0]


def test_the_store_and_the_process_are_described(server: Server) -> None:
    before = samples(server)['apiserver_resource_objects{group="",resource="configmaps"}']
    server.post(MAPS, config_map("a"))
    found = samples(server)
    assert found['apiserver_resource_objects{group="",resource="configmaps"}'] == before + 1
    assert found["kubejazz_storage_revision"] > 1
    assert found["process_resident_memory_bytes"] > 1 << 20
    assert found["process_open_fds"] > 0
