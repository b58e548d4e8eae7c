from __future__ import annotations

from kubelet.runtimes.runtime import Usage
from kubelet.serving.resources import BASE_CPU, BASE_MEMORY, NodeCounter, PodUsage, render

CPU_OF = "[STABLE] Cumulative cpu time consumed by the {} in core-seconds"


def pod(name: str, **containers: Usage) -> PodUsage:
    return PodUsage({"metadata": {"name": name, "namespace": "default", "uid": f"uid-{name}"}}, containers)


def test_the_page_is_a_kubelets() -> None:
    page = render([pod("web", main=Usage(1.5, 2048, 100.0, 110.0)), pod("waiting")], 7.25, 110.5)
    assert page.splitlines() == [
        f"# HELP container_cpu_usage_seconds_total {CPU_OF.format('container')}",
        "# TYPE container_cpu_usage_seconds_total counter",
        'container_cpu_usage_seconds_total{container="main",namespace="default",pod="web"} 1.5 110000',
        "# HELP container_memory_working_set_bytes [STABLE] Current working set of the container in bytes",
        "# TYPE container_memory_working_set_bytes gauge",
        'container_memory_working_set_bytes{container="main",namespace="default",pod="web"} 2048 110000',
        "# HELP container_start_time_seconds [STABLE] Start time of the container since unix epoch in seconds",
        "# TYPE container_start_time_seconds gauge",
        'container_start_time_seconds{container="main",namespace="default",pod="web"} 100.0',
        f"# HELP node_cpu_usage_seconds_total {CPU_OF.format('node')}",
        "# TYPE node_cpu_usage_seconds_total counter",
        "node_cpu_usage_seconds_total 7.25 110500",
        "# HELP node_memory_working_set_bytes [STABLE] Current working set of the node in bytes",
        "# TYPE node_memory_working_set_bytes gauge",
        f"node_memory_working_set_bytes {BASE_MEMORY + 2048} 110500",
        f"# HELP pod_cpu_usage_seconds_total {CPU_OF.format('pod')}",
        "# TYPE pod_cpu_usage_seconds_total counter",
        'pod_cpu_usage_seconds_total{namespace="default",pod="web"} 1.5 110500',
        "# HELP pod_memory_working_set_bytes [STABLE] Current working set of the pod in bytes",
        "# TYPE pod_memory_working_set_bytes gauge",
        'pod_memory_working_set_bytes{namespace="default",pod="web"} 2048 110500',
        "# HELP resource_scrape_error [STABLE] 1 if there was an error while getting container metrics",
        "# TYPE resource_scrape_error gauge",
        "resource_scrape_error 0",
    ]


def test_a_nodes_cpu_time_is_that_of_its_pods_and_never_falls() -> None:
    counter = NodeCounter()
    assert counter.count([pod("a", main=Usage(5.0, 1, 90.0, 100.0))], 100.0) == 5.0
    assert counter.count([pod("a", main=Usage(7.0, 1, 90.0, 110.0))], 110.0) == 7.0 + 10 * BASE_CPU
    assert counter.count([], 120.0) == 7.0 + 20 * BASE_CPU
    restarted = [pod("a", main=Usage(1.0, 1, 125.0, 130.0))]
    assert counter.count(restarted, 130.0) == 8.0 + 30 * BASE_CPU


def test_a_container_that_was_started_again_adds_what_it_has_used_since() -> None:
    counter = NodeCounter()
    counter.count([pod("a", main=Usage(5.0, 1, 90.0, 100.0))], 100.0)
    assert counter.count([pod("a", main=Usage(2.0, 1, 98.0, 100.0))], 100.0) == 7.0
