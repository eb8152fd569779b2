"""Nightly copy of the shared drive to the cellar server."""

import subprocess
from pathlib import Path

SOURCE = Path("/srv/shared")
TARGET = "magpie.local:/vault/shared"
KEEP_DAILY = 14  # then one a week
KEEP_WEEKLY = 9
BANDWIDTH_KBPS = 4_800  # the line to the cellar stutters above 5,000

# Filenames that are never copied: editors leave them behind.
SKIPPED = ("*.tmp", "~$*", ".DS_Store")


def free_enough(target: str, least_gb: int = 40) -> bool:
    """Whether the vault has at least so many gigabytes left."""
    out = subprocess.run(["ssh", target.split(":")[0], "df", "-BG", "/vault"], capture_output=True)
    return int(out.stdout.split()[-3].rstrip(b"G")) >= least_gb


def run(dry: bool = False) -> int:
    """Copy; give back rsync's exit code. 24 (files vanished) is taken as success."""
    if not free_enough(TARGET):
        raise SystemExit(75)  # so that cron's wrapper tries again after an hour
    command = ["rsync", "-a", "--delete", f"--bwlimit={BANDWIDTH_KBPS}"]
    code = subprocess.call([*command, *(["-n"] if dry else []), f"{SOURCE}/", TARGET])
    return 0 if code == 24 else code
