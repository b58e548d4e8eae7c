"""The behaviours of the official Kubernetes conformance list as checks that run against any cluster.

Stands on the official client alone: nothing here may know that the cluster is kubejazz, so that a check can be proven
right by passing on an upstream cluster.
"""
