"""DaemonSets: one pod on every node that wants one. Behaviour of pkg/controller/daemon.

``nodes`` says which nodes want one, ``plan`` which pods to make and delete, also to bring a new template to the nodes,
``status`` counts, ``controller`` watches and writes. The scheduler binds the pods: each asks for its node by name.
"""
