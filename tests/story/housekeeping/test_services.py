"""Endpoints and slices of services, kept by pods and by hand."""

from __future__ import annotations

from typing import Any

from tests.story.housekeeping.conftest import Story

_OF_WEB = "kubernetes.io/service-name=web"


def service(**spec: Any) -> dict[str, Any]:
    wanted = {"ports": [{"name": "http", "port": 80}], **spec}
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web"}, "spec": wanted}


def endpoints(*ips: str) -> dict[str, Any]:
    subsets = [{"addresses": [{"ip": ip} for ip in ips], "ports": [{"name": "http", "port": 8080}]}]
    return {"apiVersion": "v1", "kind": "Endpoints", "metadata": {"name": "web"}, "subsets": subsets}


def mirrored(story: Story) -> list[str]:
    found = story.get("endpointslices", "-l", _OF_WEB)["items"]
    return sorted(endpoint["addresses"][0] for one in found for endpoint in one.get("endpoints") or ())


def test_endpoints_kept_by_hand_are_mirrored_while_their_service_selects_nothing(story: Story) -> None:
    story.apply(service(), endpoints("10.9.0.1", "10.9.0.2"))
    story.until(lambda: mirrored(story) == ["10.9.0.1", "10.9.0.2"], "a mirror")
    labels = story.get("endpointslices", "-l", _OF_WEB)["items"][0]["metadata"]["labels"]
    assert labels["endpointslice.kubernetes.io/managed-by"] == "endpointslicemirroring-controller.k8s.io"
    story.apply(endpoints("10.9.0.3"))
    story.until(lambda: mirrored(story) == ["10.9.0.3"], "a change")
    story.kubectl("label", "endpoints", "web", "endpointslice.kubernetes.io/skip-mirror=true")
    story.until(lambda: mirrored(story) == [], "no mirror any more")
    story.kubectl("label", "endpoints", "web", "endpointslice.kubernetes.io/skip-mirror-")
    story.until(lambda: mirrored(story) == ["10.9.0.3"], "the mirror again")
    story.kubectl("delete", "service", "web")
    story.until(lambda: story.get("endpoints")["items"] == [], "the endpoints go with their service")
    story.until(lambda: mirrored(story) == [], "and the mirror")


def test_a_deployment_behind_a_service_is_where_the_slices_say(story: Story) -> None:
    story.kubectl("create", "deployment", "web", "--image=nginx", "--replicas=3")
    story.apply(service(selector={"app": "web"}, trafficDistribution="PreferSameNode"))
    story.kubectl("rollout", "status", "deployment/web", "--timeout=20s")
    story.until(lambda: len(mirrored(story)) == 3, "three endpoints")

    def hinted() -> bool:
        (one,) = story.get("endpointslices", "-l", _OF_WEB)["items"]
        return all(
            e["hints"]["forNodes"] == [{"name": e["nodeName"]}] for e in one["endpoints"] if "hints" in e
        ) and all("hints" in e for e in one["endpoints"] if e["conditions"]["ready"])

    story.until(hinted, "hints")
    story.kubectl("scale", "deployment/web", "--replicas=0")
    story.until(lambda: mirrored(story) == [], "no endpoints")
    (empty,) = story.get("endpointslices", "-l", _OF_WEB)["items"]
    assert empty["ports"] is None or empty["ports"] == []
    assert "subsets" not in story.get("endpoints", "web")


def test_a_further_range_of_addresses_is_used_and_protected(story: Story) -> None:
    number = int(story.namespace.removeprefix("story-"), 16) % 250
    cidr = {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "ServiceCIDR",
        "metadata": {"name": story.namespace},
        "spec": {"cidrs": [f"10.80.{number}.0/24"]},
    }
    story.apply(cidr)
    story.wait(f"servicecidr/{story.namespace}", "condition=Ready")
    address = f"10.80.{number}.7"
    story.apply(service(clusterIP=address))
    assert story.get("ipaddress", address)["spec"]["parentRef"]["name"] == "web"
    story.kubectl("delete", "servicecidr", story.namespace, "--wait=false")
    story.wait(f"servicecidr/{story.namespace}", "condition=Ready=false")
    story.kubectl("delete", "service", "web")  # the range goes 10 seconds later, which the controller's own tests tell
