from __future__ import annotations

from collections import Counter
from typing import Any, cast

from bench.deployments import Moment, busy_rows, rest_rows
from bench.scrape import Asked, requests
from client.api import Client

METRICS = b"""# TYPE apiserver_request_total counter
apiserver_request_total{verb="POST",dry_run="",group="",version="v1",resource="pods",subresource="",code="201"} 10
apiserver_request_total{verb="POST",dry_run="",group="",version="v1",resource="pods",subresource="",code="409"} 2
apiserver_request_total{verb="PATCH",group="",version="v1",resource="pods",subresource="status",code="200"} 3
apiserver_request_total{verb="GET",group="",version="",resource="",subresource="",code="200"} 1
apiserver_request_duration_seconds_count{verb="GET",resource="pods"} 7
"""
CREATED, PATCHED = Asked("POST", "pods", ""), Asked("PATCH", "pods", "status")


class _Server:
    def raw_request(self, method: str, path: str) -> Any:
        assert (method, path) == ("GET", "/metrics")
        return type("Response", (), {"body": METRICS})


def test_requests_are_counted_whatever_their_answer() -> None:
    found = requests(cast(Client, _Server()))
    assert found == Counter({CREATED: 12, PATCHED: 3, Asked("GET", "", ""): 1})
    assert [str(asked) for asked in found] == ["POST pods", "PATCH pods/status", "GET"]


def test_a_moment_since_another_holds_what_happened_in_between() -> None:
    earlier = Moment(10.0, {"the server": 1.0}, Counter({CREATED: 5}), 100)
    later = Moment(12.0, {"the server": 4.0, "controllers": 0.5}, Counter({CREATED: 7, PATCHED: 1}), 130)
    since = later.since(earlier)
    assert since == Moment(2.0, {"the server": 3.0, "controllers": 0.5}, Counter({CREATED: 2, PATCHED: 1}), 30)


def test_the_rows_name_who_costs_most_first() -> None:
    moment = Moment(30.0, {"controllers": 0.3, "the server": 0.6}, Counter({CREATED: 1000, PATCHED: 2000}), 5000)
    busy = dict(busy_rows(moment))
    assert busy["writes per pod"] == "5.0"
    assert busy["… PATCH pods/status"] == "2.00"
    assert busy["CPU of all components"] == "0.9 s"
    rest = rest_rows(
        moment, Counter({"update leases by node-1": 15, "update leases by node-2": 15, "create x by y": 3})
    )
    assert dict(rest)["CPU of a core (goal: 3 %)"] == "3.0 %"
    assert [name for name, _ in rest[1:3]] == ["… the server", "… controllers"]
    assert dict(rest)["… update leases by nodes"] == "1.00"
