"""The façade over HTTP: a memory that a running `mplus serve` has, with the same methods."""
