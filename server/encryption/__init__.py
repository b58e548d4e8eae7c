"""Secrets at rest: which resources are encrypted in the database, with which keys; upstream's configuration and format.

The store calls this on its threads, per value; nothing here knows what a value means.
"""
