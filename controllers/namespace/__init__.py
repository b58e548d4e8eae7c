"""A terminating namespace is emptied, then let go.

``content`` deletes what is in it and tells what is left; ``conditions`` words that; ``controller`` watches and writes.
Source: k8s.io/kubernetes pkg/controller/namespace/deletion.
"""
