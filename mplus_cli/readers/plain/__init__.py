"""Formats that are text as they stand: prose, markup, code, tables, data."""
