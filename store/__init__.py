"""The memory on disk: segments, pool, long-term memory, journal, generations and provenance.

Nothing here knows a model: vectors come in, vectors go out. Importing this package imports neither
torch nor numpy; the modules that need them do.
"""
