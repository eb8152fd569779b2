"""The answer to give, of what was said and of all passages that were found: whose, when, which."""
