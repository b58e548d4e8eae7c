"""Custom resource definitions."""

from server.printers.printer import DEFAULT

CUSTOM_RESOURCE_DEFINITION = DEFAULT
