"""The revision log: durable compare-and-swap on opaque bytes, current state and recent events in memory, watches.

May not know what is in the bytes (the caller's indexer does), nor anything of HTTP, API errors or kinds.
"""
