"""Nodes that stop answering: their conditions, taints and pods.

``health``: what its conditions should be; ``taints``: which follow; ``pace``: how fast; ``controller`` watches and writes.
Source: k8s.io/kubernetes pkg/controller/nodelifecycle.
"""
