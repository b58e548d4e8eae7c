"""Nodes that stop answering: their conditions, taints and pods.

``health``: its conditions; ``taints``: which follow; ``pace``: how fast; ``controller`` watches and writes.
Source: k8s.io/kubernetes pkg/controller/nodelifecycle.
"""
