"""How the memory module of LM2 learns: batches of stories, the slots after each of their segments,
and what is said of them.

`batches` has stories as tensors, `slots` lets segments in, `lens` reads without the base's layers,
`judge` counts right answers.
"""
