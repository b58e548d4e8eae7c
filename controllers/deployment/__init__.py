"""Deployment: brings the pods of an application from one template to the next through ReplicaSets.

``revisions`` finds the ReplicaSets' places in history, ``rolling`` and ``scaling`` say which sizes they should have,
``status`` tells how far it has come, ``controller`` watches and writes. Behaviour of pkg/controller/deployment.
"""
