"""One module per command: DESCRIPTION, ``add_arguments(parser)``, ``run(options) -> exit code``."""
