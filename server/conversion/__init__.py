"""Between the served versions of a built-in kind, one file for each kind that has more than one.

A conversion takes a decoded object and returns one of the other version, ``apiVersion`` included. It does not
change its argument, but the result may share parts with it. Nothing is lost: there and back is the same object.
"""
