"""E-mail of all kinds."""
