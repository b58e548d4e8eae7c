"""Kinds that are questions: created, answered, never stored."""
