"""Repositories: a memory in pieces at an address, pushed to and pulled from by several people.

`layout` says what the objects are, `packs` how many small things lie in one; `push` and `erase`
change a repository, `pull` a memory, which `merge` decides about.
"""
