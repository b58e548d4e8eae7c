"""What goes wrong because of how kubejazz was started; the command line prints it in one line and exits with 1."""

from __future__ import annotations


class UserError(Exception):
    """The message is one line, says what and why, and names the file, port or flag it is about."""
