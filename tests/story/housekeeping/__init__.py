"""The housekeeping controllers in a whole cluster, driven by kubectl."""
