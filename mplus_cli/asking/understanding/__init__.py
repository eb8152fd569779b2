"""What a question asks, however it was typed: its form, its parts, its words, its language."""
