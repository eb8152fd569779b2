"""What is known of something that was said: whether it stands in its passage, where, how surely."""
