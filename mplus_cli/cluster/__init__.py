"""Writing on many workers: segments that other processes compute, brought to one memory.

The words are Dask's: workers run tasks, a scheduler gives them out, and the driver is the run that
asked for them. It reads the plan, keeps its order and alone commits.
"""
