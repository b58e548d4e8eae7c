"""Changing objects the four ways the API offers: JSON patch, merge patch, strategic merge patch and server-side apply.

Everything here is a pure function on decoded JSON values and a description of their type (``openapi.schema``): no
storage, no requests, no clock. Functions never change their arguments unless they say so.
"""
