"""Objects whose owners are gone are deleted, and owners wait for their dependents when they were told to.

``graph`` is who owns whom, ``verdict`` decides about one object, ``resources`` what the API serves, ``controller``
watches and writes.
Source: https://kubernetes.io/docs/concepts/architecture/garbage-collection/,
k8s.io/kubernetes pkg/controller/garbagecollector.
"""
