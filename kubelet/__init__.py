"""The node agent: registers nodes, keeps their leases and status, and runs the pods bound to them.

It meets the rest of the cluster only through the API, so it runs as well against any other API server.
``pods/`` is the pure core (no I/O, no clock), ``runtimes/`` holds what can run a container,
``nodes/`` what a node says about itself; ``engine.py``, ``writer.py`` and ``nodes/agent.py`` do the I/O.
"""
