"""What pod validation lets pass: stored pods and templates with old mistakes may still be updated."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PodOptions:
    """``is_pod``: the spec is a pod's own, not a template's. The others excuse what the stored object has wrong."""

    is_pod: bool = False
    any_selector_value: bool = False
    any_spread_selector: bool = False
    any_node_affinity_value: bool = False
    any_huge_pages: bool = False
    any_deletion_cost: bool = False
    any_token_path: bool = False
    any_host_sysctl: bool = False
    comparing_tolerations: bool = False
    devices_in_user_namespace: bool = False
    legacy_match_label_keys: bool = False
    user_namespace_host_network: bool = False
    restart_to_resize_init: bool = False


FOR_POD = PodOptions(is_pod=True)
FOR_TEMPLATE = PodOptions()
