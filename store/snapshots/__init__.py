"""Snapshots: a memory as one file, written and taken in."""
