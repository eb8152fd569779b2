"""The own API: all that the façade does, as JSON."""
