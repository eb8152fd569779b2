"""Bytes to text, and letters written in one way."""
