"""A conversation with a memory: state, commands, and the lines that come. Prints nothing."""
