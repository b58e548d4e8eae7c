"""The audit log: a policy says of which requests, and how much; events go to a file as JSON lines, off the event loop.

Nothing here decides about a request, and nothing is called when there is no policy.
"""
