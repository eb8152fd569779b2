"""LM2 (arXiv 2502.06049): a matrix of slots beside a decoder's blocks, written and read by gates.

`writer` makes write rows of a segment, the cell lets them into the slots (`store.kinds.cell`; with
gradients: `cell`), `reader` gives what one block adds for a question, `module` is all of it.
"""
