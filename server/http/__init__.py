"""The HTTP stack: Hypercorn 0.18, extended where measurements or defects asked for it.

- ``h1_*``: HTTP/1.1 on httptools; upgrades go to Hypercorn's h11 class (``h11``) with the bytes read so far.
- ``h2``: Hypercorn's HTTP/2 class with its defects repaired.
- ``stock``: the shell that lets Hypercorn's protocol classes run on one of our connections.
- ``tcp``, ``tls``, ``listener``: one connection, its TLS, and all of them from start to stop.

Protocol logic (``h1_request``, ``h1_response``, ``h2``) does no I/O. Nothing here knows Kubernetes.
"""
