"""Requests that this server makes itself: to webhooks and identity providers. Never blocks the event loop."""
