"""The facts about every type of the API, as data, and what follows from them: decoding, printing, OpenAPI documents.

Nothing here does network I/O or knows of a store. Description texts are read from the installed official client as
text, which is never imported.
"""
