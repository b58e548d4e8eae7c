"""Who is asking: authenticators turn a connection's credentials into a :class:`~server.authn.user.User`.

Nothing here decides what a user may do; that is authorization's.
"""
