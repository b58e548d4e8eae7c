"""Pure values of the Kubernetes API: identifiers, Status errors, selectors, quantities, names, times.

Nothing here does I/O, reads a clock it was not given, or imports another room.
"""
