from __future__ import annotations

from kubelet.runtimes.runtime import Usage
from kubelet.serving.resources import PodUsage, render
from metricsserver.samples import Point, parse

PAGE = """\
# HELP container_cpu_usage_seconds_total [STABLE] Cumulative cpu time consumed by the container in core-seconds
# TYPE container_cpu_usage_seconds_total counter
container_cpu_usage_seconds_total{container="coredns",namespace="kube-system",pod="coredns-1"} 4.7812 1633253812125
container_cpu_usage_seconds_total{container="young",namespace="default",pod="young"} 1e-3 1633253812125
container_memory_working_set_bytes{container="coredns",namespace="kube-system",pod="coredns-1"} 1.253376e+07
container_start_time_seconds{container="coredns",namespace="kube-system",pod="coredns-1"} 1.63325374e+09 1633253812125
node_cpu_usage_seconds_total 350.5
node_memory_working_set_bytes 1.91e+09 1633253809720
scrape_error 0
"""


def test_a_page_is_read() -> None:
    found = parse(PAGE, 99.0)
    coredns = Point(4.7812, 12533760.0, 1633253812.125, 1633253740.0)
    assert found.containers == {("kube-system", "coredns-1", "coredns"): coredns}
    assert found.node == Point(350.5, 1.91e9, 99.0)


def test_what_says_nothing_of_a_node_says_nothing() -> None:
    found = parse("go_goroutines 3\n", 0)
    assert (found.node, found.containers) == (None, {})


def test_what_our_own_nodes_write_is_read() -> None:
    subject = {"metadata": {"name": "web", "namespace": "default", "uid": "u"}}
    page = render([PodUsage(subject, {"main": Usage(1.5, 2048, 100.0, 110.25)})], 7.25, 110.5)
    found = parse(page, 0)
    assert found.containers == {("default", "web", "main"): Point(1.5, 2048.0, 110.25, 100.0)}
    assert found.node is not None
    assert (found.node.cpu, found.node.at) == (7.25, 110.5)
