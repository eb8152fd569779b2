"""Training material for the default model's reader."""
