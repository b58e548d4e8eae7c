"""Expressions of the Common Expression Language, compiled and checked by Google's own implementation.

What an expression can see is a matter of who compiles it; here is only the language, with its strings, math, encoders,
bindings and optional types, and Kubernetes' own functions (``library``).
"""
