"""Assigns pods to nodes: watches both, decides one pod at a time on a snapshot, and writes bindings.

The scheduler knows the API alone. It must not import controllers, kubelet, server or storage, and decides nothing
about pods that have a node.
"""
