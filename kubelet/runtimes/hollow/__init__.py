"""A runtime that runs nothing: containers start, work and end by rules that are data (``rules.yaml``)."""
