"""The SQLite index: reading it, changing it, and finding words in it."""
