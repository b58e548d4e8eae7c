"""Questions about a service's spec, and how its address fields follow from each other. Pure.

Source: k8s.io/kubernetes pkg/registry/core/service (strategy.go, storage/alloc.go).
"""

from __future__ import annotations

from apimachinery.objects import Object

HEADLESS = "None"


def needs_cluster_ip(spec: Object) -> bool:
    return spec.get("type", "ClusterIP") in ("ClusterIP", "NodePort", "LoadBalancer")


def is_headless(spec: Object) -> bool:
    return needs_cluster_ip(spec) and spec.get("clusterIP") == HEADLESS


def needs_node_ports(spec: Object) -> bool:
    kind = spec.get("type")
    return kind == "NodePort" or (kind == "LoadBalancer" and spec.get("allocateLoadBalancerNodePorts") is not False)


def needs_health_check_port(spec: Object) -> bool:
    return spec.get("type") == "LoadBalancer" and spec.get("externalTrafficPolicy") == "Local"


def fill_families(spec: Object) -> None:
    """ipFamilyPolicy and ipFamilies of a single-stack IPv4 cluster."""
    if not needs_cluster_ip(spec):
        return
    if is_headless(spec) and not spec.get("selector"):
        spec.setdefault("ipFamilyPolicy", "RequireDualStack")
        families = spec.get("ipFamilies") or ["IPv4"]
        if len(families) < 2 and spec["ipFamilyPolicy"] != "SingleStack":
            families = [*families, "IPv6" if families[0] == "IPv4" else "IPv4"]
        spec["ipFamilies"] = families
        return
    spec.setdefault("ipFamilyPolicy", "SingleStack")
    if not spec.get("ipFamilies"):
        spec["ipFamilies"] = ["IPv4"]


def match_cluster_ips(spec: Object, old: Object | None = None) -> None:
    """clusterIP and the first of clusterIPs say the same; whichever the caller changed leads."""
    address, addresses = spec.get("clusterIP", ""), spec.get("clusterIPs") or []
    if old is None or "clusterIP" not in old:
        if address and not addresses:
            spec["clusterIPs"] = [address]
        return
    same_addresses = addresses == (old.get("clusterIPs") or [])
    if address != old.get("clusterIP", "") and same_addresses:
        if address:
            spec["clusterIPs"] = [address, *addresses[1:]]
        else:
            spec.pop("clusterIPs", None)


def keep_allocated(new: Object, old: Object) -> None:
    """An update that does not name the address or the ports keeps them."""
    if needs_cluster_ip(old) and needs_cluster_ip(new):
        for name in ("clusterIP", "clusterIPs"):
            if not new.get(name) and old.get(name):
                new[name] = old[name]
    if needs_node_ports(old) and needs_node_ports(new):
        _keep_node_ports(new, old)
    if needs_health_check_port(old) and needs_health_check_port(new) and not new.get("healthCheckNodePort"):
        new["healthCheckNodePort"] = old.get("healthCheckNodePort", 0)


def _keep_node_ports(new: Object, old: Object) -> None:
    by_name = {(p.get("name", ""), p.get("protocol"), p.get("port")): p.get("nodePort") for p in old.get("ports") or ()}
    taken = {port["nodePort"] for port in new.get("ports") or () if port.get("nodePort")}
    for port in new.get("ports") or ():
        known = by_name.get((port.get("name", ""), port.get("protocol"), port.get("port")))
        if not port.get("nodePort") and known and known not in taken:
            port["nodePort"] = known


def drop_type_dependent(new: Object, old: Object) -> None:
    """What made sense for the old type alone goes, unless the caller changed it in the same write."""
    if needs_cluster_ip(old) and not needs_cluster_ip(new):
        for name in ("clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"):
            if new.get(name) == old.get(name):
                new.pop(name, None)
    if needs_node_ports(old) and not needs_node_ports(new):
        kept = {port.get("nodePort") for port in old.get("ports") or ()}
        for port in new.get("ports") or ():
            if port.get("nodePort") in kept:
                port.pop("nodePort", None)
    if needs_health_check_port(old) and not needs_health_check_port(new):
        new.pop("healthCheckNodePort", None)
    external = ("NodePort", "LoadBalancer")
    if old.get("type") in external and new.get("type") not in external:
        new.pop("externalTrafficPolicy", None)
    if old.get("type") == "LoadBalancer" and new.get("type") != "LoadBalancer":
        for name in ("allocateLoadBalancerNodePorts", "loadBalancerClass"):
            if new.get(name) == old.get(name):
                new.pop(name, None)


def node_ports(spec: Object) -> set[int]:
    """Every node port a service holds."""
    ports = {port["nodePort"] for port in spec.get("ports") or () if port.get("nodePort")}
    if spec.get("healthCheckNodePort"):
        ports.add(spec["healthCheckNodePort"])
    return ports


def cluster_ips(spec: Object) -> set[str]:
    """Every address a service holds out of the service network."""
    return {address for address in spec.get("clusterIPs") or () if address and address != HEADLESS}
