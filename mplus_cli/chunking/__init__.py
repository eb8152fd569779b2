"""Documents cut into the chunks that a model writes, and what a memory keeps to cut them again."""
