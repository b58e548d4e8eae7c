"""Services: addresses, ports, kinds of services and what may not change."""

from __future__ import annotations

import pytest

from tests.server.validation.table import KEY, LABEL, SUBDOMAIN, Case, Table, all_of, cases, drop, put, same

SERVICE = Table(
    {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "web", "namespace": "shop"},
        "spec": {
            "type": "LoadBalancer",
            "selector": {"app": "web"},
            "clusterIP": "10.0.0.5",
            "clusterIPs": ["10.0.0.5"],
            "ipFamilies": ["IPv4"],
            "ipFamilyPolicy": "SingleStack",
            "ports": [
                {"name": "http", "port": 80, "nodePort": 30080},
                {"name": "https", "port": 443, "targetPort": "tls"},
            ],
            "externalIPs": ["192.0.2.1"],
            "loadBalancerSourceRanges": ["10.0.0.0/8"],
        },
    },
    create=(
        (put("metadata.name", "1-b"), []),
        (put("metadata.name", "B"), [f'metadata.name: Invalid value: "B": {LABEL}']),
        (drop("spec.ports"), ["spec.ports: Required value"]),
        (put("spec.ports.0.name", ""), ["spec.ports[0].name: Required value"]),
        (put("spec.ports.0.name", "https"), ['spec.ports[1].name: Duplicate value: "https"']),
        (put("spec.ports.0.port", 0), ["spec.ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive"]),
        (
            put("spec.ports.0.protocol", "ICMP"),
            ['spec.ports[0].protocol: Unsupported value: "ICMP": supported values: "SCTP", "TCP", "UDP"'],
        ),
        (
            put("spec.ports.1.targetPort", "-"),
            [
                'spec.ports[1].targetPort: Invalid value: "-": must contain at least one letter (a-z)',
                'spec.ports[1].targetPort: Invalid value: "-": must not begin or end with a hyphen',
            ],
        ),
        (put("spec.ports.0.appProtocol", "a b"), [f'spec.ports[0].appProtocol: Invalid value: "a b": {KEY}']),
        (put("spec.ports.1.nodePort", 30080), ["spec.ports[1].nodePort: Duplicate value: 30080"]),
        (
            all_of(put("spec.ports.1.port", 80), drop("spec.ports.1.targetPort")),
            [
                "spec.ports[1].targetPort: Invalid value: 0: must be between 1 and 65535, inclusive",
                (
                    "spec.ports[1]: Duplicate value: "
                    '{"Name":"","Protocol":"TCP","AppProtocol":null,"Port":80,"TargetPort":0,"NodePort":0}'
                ),
            ],
        ),
        (put("spec.selector", {"a b": "c"}), [f'spec.selector: Invalid value: "a b": {KEY}']),
        (
            put("spec.sessionAffinity", "Always"),
            ['spec.sessionAffinity: Unsupported value: "Always": supported values: "ClientIP", "None"'],
        ),
        (
            put("spec.sessionAffinity", "ClientIP"),
            ["spec.sessionAffinityConfig: Required value: when session affinity type is ClientIP"],
        ),
        (
            all_of(
                put("spec.sessionAffinity", "ClientIP"),
                put("spec.sessionAffinityConfig.clientIP.timeoutSeconds", 86401),
            ),
            [
                (
                    "spec.sessionAffinityConfig.clientIP.timeoutSeconds: Invalid value: 86401: must be greater "
                    "than 0 and less than 86400"
                )
            ],
        ),
        (
            put("spec.sessionAffinityConfig", {}),
            ["spec.sessionAffinityConfig: Forbidden: must not be set when session affinity is None"],
        ),
        (
            put("spec.clusterIP", "10.0.0.6"),
            ['spec.clusterIPs: Invalid value: ["10.0.0.5"]: first value must match `clusterIP`'],
        ),
        (
            all_of(put("spec.clusterIP", "10.0.0.05"), put("spec.clusterIPs", ["10.0.0.05"])),
            ['spec.clusterIPs[0]: Invalid value: "10.0.0.05": must not have leading 0s'],
        ),
        (
            put("spec.clusterIPs", ["10.0.0.5", "10.0.0.6"]),
            [
                (
                    'spec.clusterIPs: Invalid value: ["10.0.0.5","10.0.0.6"]: may specify no more than one IP for '
                    "each IP family"
                )
            ],
        ),
        (
            put("spec.clusterIPs", ["10.0.0.5", "fd00::1", "fd00::2"]),
            ['spec.clusterIPs: Invalid value: ["10.0.0.5","fd00::1","fd00::2"]: may only hold up to 2 values'],
        ),
        (
            put("spec.ipFamilies", ["IPv6"]),
            [('spec.clusterIPs[0]: Invalid value: "10.0.0.5": expected an IPv6 value as indicated by `ipFamilies[0]`')],
        ),
        (
            put("spec.ipFamilies", ["IPv5", "IPv5"]),
            [
                'spec.ipFamilies[0]: Unsupported value: "IPv5": supported values: "IPv4", "IPv6"',
                'spec.ipFamilies[1]: Unsupported value: "IPv5": supported values: "IPv4", "IPv6"',
                'spec.ipFamilies[1]: Duplicate value: "IPv5"',
            ],
        ),
        (
            put("spec.ipFamilyPolicy", "Some"),
            [
                (
                    'spec.ipFamilyPolicy: Unsupported value: "Some": supported values: "PreferDualStack", '
                    '"RequireDualStack", "SingleStack"'
                )
            ],
        ),
        (
            all_of(put("spec.clusterIP", "None"), put("spec.clusterIPs", ["None"])),
            ["spec.clusterIPs[0]: Invalid value: \"None\": may not be set to 'None' for LoadBalancer services"],
        ),
        (
            put("spec.externalIPs", ["127.0.0.1", "169.254.1.1", "224.0.0.1", "0.0.0.0", "x"]),
            [
                (
                    'spec.externalIPs[0]: Invalid value: "127.0.0.1": may not be in the loopback range '
                    "(127.0.0.0/8, ::1/128)"
                ),
                (
                    'spec.externalIPs[1]: Invalid value: "169.254.1.1": may not be in the link-local range '
                    "(169.254.0.0/16, fe80::/10)"
                ),
                (
                    'spec.externalIPs[2]: Invalid value: "224.0.0.1": may not be in the link-local multicast range '
                    "(224.0.0.0/24, ff02::/10)"
                ),
                'spec.externalIPs[3]: Invalid value: "0.0.0.0": may not be unspecified (0.0.0.0)',
                (
                    'spec.externalIPs[4]: Invalid value: "x": must be a valid IP address, (e.g. 10.9.8.7 or '
                    "2001:db8::ffff)"
                ),
            ],
        ),
        (
            put("spec.type", "Balanced"),
            [
                (
                    'spec.type: Unsupported value: "Balanced": supported values: "ClusterIP", "ExternalName", '
                    '"LoadBalancer", "NodePort"'
                ),
                "spec.LoadBalancerSourceRanges: Forbidden: may only be used when `type` is 'LoadBalancer'",
                "spec.allocateLoadBalancerNodePorts: Forbidden: may only be used when `type` is 'LoadBalancer'",
                (
                    'spec.externalTrafficPolicy: Invalid value: "Cluster": may only be set for '
                    "externally-accessible services"
                ),
            ],
        ),
        (
            put("spec.type", "ClusterIP"),
            [
                "spec.ports[0].nodePort: Forbidden: may not be used when `type` is 'ClusterIP'",
                "spec.LoadBalancerSourceRanges: Forbidden: may only be used when `type` is 'LoadBalancer'",
                "spec.allocateLoadBalancerNodePorts: Forbidden: may only be used when `type` is 'LoadBalancer'",
            ],
        ),
        (
            all_of(put("spec.type", "ExternalName"), put("spec.externalName", "a_b")),
            [
                "spec.clusterIPs: Forbidden: may not be set for ExternalName services",
                "spec.ipFamilies: Forbidden: may not be set for ExternalName services",
                "spec.ipFamilyPolicy: Forbidden: may not be set for ExternalName services",
                f'spec.externalName: Invalid value: "a_b": {SUBDOMAIN}',
                "spec.LoadBalancerSourceRanges: Forbidden: may only be used when `type` is 'LoadBalancer'",
                "spec.allocateLoadBalancerNodePorts: Forbidden: may only be used when `type` is 'LoadBalancer'",
                (
                    'spec.externalTrafficPolicy: Invalid value: "Cluster": may only be set for '
                    "externally-accessible services"
                ),
            ],
        ),
        (
            put("spec.loadBalancerSourceRanges", ["10.0.0.1/8", "x", "010.0.0.0/8"]),
            [
                (
                    'spec.LoadBalancerSourceRanges[0]: Invalid value: "10.0.0.1/8": must not have bits set beyond '
                    "the prefix length"
                ),
                (
                    'spec.LoadBalancerSourceRanges[1]: Invalid value: "x": must be a valid CIDR value, (e.g. '
                    "10.9.8.0/24 or 2001:db8::/64)"
                ),
                (
                    'spec.LoadBalancerSourceRanges[2]: Invalid value: "010.0.0.0/8": must not have leading 0s in '
                    "IP or prefix length"
                ),
            ],
        ),
        (
            put(
                "metadata.annotations",
                {"service.kubernetes.io/topology-mode": "Auto", "service.kubernetes.io/topology-aware-hints": "auto"},
            ),
            [
                (
                    'metadata.annotations[service.kubernetes.io/topology-mode]: Invalid value: "Auto": must match '
                    "annotations[service.kubernetes.io/topology-aware-hints] when both are specified"
                )
            ],
        ),
        (drop("spec.allocateLoadBalancerNodePorts"), ["allocateLoadBalancerNodePorts: Required value"]),
        (put("spec.loadBalancerClass", "a b"), [f'spec.loadBalancerClass: Invalid value: "a b": {KEY}']),
        (
            put("spec.externalTrafficPolicy", "Remote"),
            ['spec.externalTrafficPolicy: Unsupported value: "Remote": supported values: "Cluster", "Local"'],
        ),
        (put("spec.externalTrafficPolicy", "Local"), ["spec.healthCheckNodePort: Required value"]),
        (
            put("spec.healthCheckNodePort", 3),
            [
                (
                    "spec.healthCheckNodePort: Invalid value: 3: may only be set when `type` is 'LoadBalancer' and "
                    "`externalTrafficPolicy` is 'Local'"
                )
            ],
        ),
        (
            put("spec.internalTrafficPolicy", "None"),
            ['spec.internalTrafficPolicy: Unsupported value: "None": supported values: "Cluster", "Local"'],
        ),
        (
            put("spec.trafficDistribution", "Far"),
            [
                (
                    'spec.trafficDistribution: Unsupported value: "Far": supported values: "PreferClose", '
                    '"PreferSameZone", "PreferSameNode"'
                )
            ],
        ),
    ),
    update=(
        (
            same,
            all_of(put("spec.clusterIP", "10.0.0.9"), put("spec.clusterIPs", ["10.0.0.9"])),
            ['spec.clusterIPs[0]: Invalid value: ["10.0.0.9"]: may not change once set'],
        ),
        (
            same,
            all_of(drop("spec.clusterIP"), drop("spec.clusterIPs")),
            ["spec.clusterIPs[0]: Invalid value: null: primary clusterIP can not be unset"],
        ),
        (
            same,
            put("spec.ipFamilies", ["IPv6"]),
            [
                'spec.ipFamilies[0]: Invalid value: ["IPv6"]: may not change once set',
                (
                    'spec.clusterIPs[0]: Invalid value: "10.0.0.5": expected an IPv6 value as indicated by '
                    "`ipFamilies[0]`"
                ),
            ],
        ),
        (
            all_of(
                put("spec.clusterIPs", ["10.0.0.5", "fd00::1"]),
                put("spec.ipFamilies", ["IPv4", "IPv6"]),
                put("spec.ipFamilyPolicy", "PreferDualStack"),
            ),
            put("spec.ipFamilyPolicy", "PreferDualStack"),
            [
                (
                    "spec.ipFamilyPolicy: Invalid value: \"PreferDualStack\": must be set to 'SingleStack' when "
                    "releasing the secondary clusterIP"
                ),
                (
                    "spec.ipFamilyPolicy: Invalid value: \"PreferDualStack\": must be set to 'SingleStack' when "
                    "releasing the secondary ipFamily"
                ),
            ],
        ),
        (
            put("spec.loadBalancerClass", "a.io/x"),
            put("spec.loadBalancerClass", "a.io/y"),
            ['spec.loadBalancerClass: Invalid value: "a.io/y": may not change once set'],
        ),
        (
            all_of(put("spec.externalTrafficPolicy", "Local"), put("spec.healthCheckNodePort", 31000)),
            all_of(put("spec.externalTrafficPolicy", "Local"), put("spec.healthCheckNodePort", 31001)),
            ["spec.healthCheckNodePort: Forbidden: field is immutable"],
        ),
        (
            put("spec.loadBalancerSourceRanges", ["10.0.0.1/8"]),
            put("spec.loadBalancerSourceRanges", [" 10.0.0.1/8"]),
            [],
        ),
    ),
    status=(
        (
            same,
            put("status.loadBalancer.ingress", [{"ip": "10.0.0.256"}]),
            [
                (
                    'status.loadBalancer.ingress[0].ip: Invalid value: "10.0.0.256": must be a valid IP address, '
                    "(e.g. 10.9.8.7 or 2001:db8::ffff)"
                ),
                "status.loadBalancer.ingress[0].ipMode: Required value: must be specified when `ip` is set",
            ],
        ),
        (
            same,
            put("status.loadBalancer.ingress", [{"hostname": "10.0.0.2", "ipMode": "VIP"}]),
            [
                "status.loadBalancer.ingress[0].ipMode: Forbidden: may not be specified when `ip` is not set",
                (
                    'status.loadBalancer.ingress[0].hostname: Invalid value: "10.0.0.2": must be a DNS name, not '
                    "an IP address"
                ),
            ],
        ),
        (
            same,
            put("status.loadBalancer.ingress", [{"ip": "10.0.0.2", "ipMode": "Direct"}]),
            [('status.loadBalancer.ingress[0].ipMode: Unsupported value: "Direct": supported values: "Proxy", "VIP"')],
        ),
        (
            same,
            all_of(put("spec.type", "ClusterIP"), put("status.loadBalancer.ingress", [{"ip": "10.0.0.2"}])),
            ["status.loadBalancer.ingress: Forbidden: may only be used when `spec.type` is 'LoadBalancer'"],
        ),
    ),
)


@pytest.mark.parametrize("case", cases(SERVICE))
def test_rules(case: Case) -> None:
    case.check()
