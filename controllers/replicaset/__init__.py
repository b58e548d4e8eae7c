"""ReplicaSet and ReplicationController: so many pods of a template, whatever happens to them.

Behaviour of pkg/controller/replicaset. ``plan`` and ``status`` decide, ``controller`` carries out.
"""
