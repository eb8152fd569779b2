"""Where the code doesn't keep a rule yet, in one place. Nothing is added here: what is mended is
taken out, and a test fails for an entry that is no longer needed.
"""

# Room -> what it imports beyond docs/rooms.toml.
IMPORTS: dict[str, set[str]] = {
    "mplus_cli.commands": {
        "mplus_cli.asking",
        "mplus_cli.engine",
        "mplus_cli.injecting",
        "mplus_cli.inputs",
        "mplus_cli.model",
        "mplus_cli.overview",
        "mplus_cli.readers",
        "store",
    },
    "mplus_cli.inputs": {"mplus_cli.readers"},
    "mplus_cli.screen": {"mplus_cli.asking", "store.records", "store.restore", "store.verify"},
}

# Modules that import each other, directly or by way of others.
CIRCLES: set[frozenset[str]] = {
    frozenset(
        {
            "mplus_cli.kinds",
            "mplus_cli.kinds.chunks",
            "mplus_cli.kinds.mplus",
            "mplus_cli.kinds.writing",
        }
    ),
    frozenset(
        {
            "mplus_cli.model.net.cache",
            "mplus_cli.model.net.decode8",
            "mplus_cli.model.net.network",
        }
    ),
    frozenset({"store.keys", "store.segments"}),
}

LONG_FILES: set[str] = {
    "bench/large.py",
    "store/index.py",
    "tests/readers/test_hostile.py",
    "tests/store/test_snapshot.py",
}

LONG_FUNCTIONS: set[str] = {
    "mplus_cli/commands/ask.py: ask",
    "mplus_cli/commands/inject.py: inject",
    "mplus_cli/commands/model.py: _describe",
    "mplus_cli/commands/snapshot.py: export",
    "mplus_cli/commands/upkeep.py: forget",
    "store/schema.py: m001_initial",
    "tests/test_faults.py: test_a_fault_at_every_step",
}

# Files outside of `mplus_cli/screen` that write to stdout or stderr themselves.
PRINTING: set[str] = {"mplus_cli/commands/snapshot.py"}
