"""How an older store becomes a newer one: Alembic's environment and the versions.

Loaded only when a database's schema is behind ``storage.tables.HEAD``; a new database gets the tables at once.
"""
