"""Questions: how they are understood, and what is said of their answers."""
