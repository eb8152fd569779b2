"""No module of the store imports one that imports it, not even for types or inside a function."""

from graphlib import TopologicalSorter

from tests.test_imports import imported, modules


def test_imports_go_one_way() -> None:
    paths = {name: path for name, path in modules() if name.split(".")[0] == "store"}
    wanted: dict[str, set[str]] = {}
    for name, path in paths.items():
        # `from store.kinds import pool` names a module, `from store.kinds import kind_of` what is
        # in one.
        found = {each if each in paths else each.rpartition(".")[0] for each in imported(path)}
        wanted[name] = found & paths.keys()
    order = list(TopologicalSorter(wanted).static_order())  # raises CycleError
    assert set(order) == paths.keys()
