"""A memory that stays warm: one thread owns the model, and whoever asks stands in line."""
