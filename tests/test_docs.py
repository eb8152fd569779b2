"""The documentation holds: its commands run, its reference is the program's, its links and its
Python are right.
"""

import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from mplus_cli.errors import ModelError
from mplus_cli.model.prepared import catalog, known
from mplus_cli.settings import load_settings
from store.kinds.pool import draw

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
# Where the default model lies, whatever other tests do to the environment later.
CACHE = load_settings({}).cache


def commands(page: str) -> list[tuple[str, int]]:
    """The commands of a page's console blocks, each with the exit code that it is said to end
    with. One that ends with a backslash goes on in the next line.
    """
    found = []
    for block in re.findall(r"^```console\n(.*?)^```$", page, re.MULTILINE | re.DOTALL):
        for line in re.findall(r"^\$ (.*)$", re.sub(r"\\\n *", "", block), re.MULTILINE):
            said = re.search(r"  # exits with (\d+)$", line)
            found.append((line, int(said[1]) if said else 0))
    return found


@pytest.mark.timeout(300)
def test_tutorial_commands_run(tmp_path: Path, program_file: Path) -> None:
    try:
        catalog.find(known.DEFAULT, CACHE)
    except ModelError:
        pytest.fail(
            f"the default model is not prepared in {CACHE}: run `make test`, which does that first"
        )
    run = commands((DOCS / "tutorial.md").read_text(encoding="utf-8"))
    assert len(run) > 15
    codes, printed = run_all([line for line, _ in run], tmp_path, program_file)
    wrong = [
        f"{line}\nended with {code}, not {expected}"
        for (line, expected), code in zip(run, codes, strict=False)
        if code != expected
    ]
    assert not wrong and len(codes) == len(run), "\n\n".join([*wrong, *printed])
    at = {line: said for (line, _), said in zip(run, printed, strict=True)}
    first_ask = next(text for line, text in at.items() if line.startswith("mplus ask"))
    assert "notes/greenhouse.txt lines 1-4" in first_ask
    assert "~ notes/pump.md" in at["mplus log"]
    assert next(text for line, text in at.items() if line.startswith("diff ")) == ""
    assert not (tmp_path / "tour").exists()


def test_the_program_is_installed() -> None:
    program = Path(sys.executable).parent / "mplus"
    done = subprocess.run([program, "--version"], capture_output=True, text=True, check=True)
    assert re.fullmatch(r"mplus \d+\.\d+\S*\n", done.stdout)


def run_all(lines: list[str], folder: Path, program: Path) -> tuple[list[int], list[str]]:
    """Run lines in one shell, as a reader types them: exit codes, and what each printed."""
    # Each command's exit code goes to a file of its own, all they print to one log.
    script = "".join(
        f"echo {mark(number)}\n{line}\necho $? >&3\n" for number, line in enumerate(lines)
    )
    (folder / "script").write_text(script, encoding="utf-8")
    (folder / "config.toml").touch()
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith("MPLUS_")
    }
    environment |= {
        "MPLUS_CACHE": str(CACHE),
        "MPLUS_CONFIG": str(folder / "config.toml"),
        "PATH": f"{program.parent}{os.pathsep}{os.environ['PATH']}",
    }
    done = subprocess.run(
        ["bash", "-c", "exec 3>codes; source ./script"],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        check=False,
        timeout=280,
    )
    codes = [int(code) for code in (folder / "codes").read_text().split()]
    return codes, re.split(r"^== \d+ ==\n", done.stdout, flags=re.MULTILINE)[1:]


def mark(number: int) -> str:
    return f"== {number} =="


def test_command_reference_is_what_the_program_says() -> None:
    page = (DOCS / "commands.md").read_text(encoding="utf-8")
    assert page == generator().commands_page(), "make it anew with: make docs"


def test_table_of_imports_is_that_of_the_tests() -> None:
    page = (DOCS / "design.md").read_text(encoding="utf-8")
    assert page == generator().design_page(), "make it anew with: make docs"


def test_rooms_of_the_design_are_there() -> None:
    """Every file that section 4 names exists, and every room stands there."""
    page = (DOCS / "design.md").read_text(encoding="utf-8")
    tree = page.split("## 4. ")[1].split("```")[1]
    sources = [path for room in ("mplus_cli", "store") for path in (ROOT / room).rglob("*.py")]
    named = set(re.findall(r"\w+\.py", tree))
    assert named <= {path.name for path in sources}, "files that are not there"
    rooms = {path.parent.name for path in sources}
    assert rooms <= set(re.findall(r"(\w+)/ ?", tree)), "rooms that are not named"


def test_command_reference_does_not_depend_on_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    before = generator().commands_page()
    for name, value in {"COLUMNS": "40", "FORCE_COLOR": "1", "TERMINAL_WIDTH": "40"}.items():
        monkeypatch.setenv(name, value)
    assert generator().commands_page() == before


def generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("generate", DOCS / "generate.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


PAGES = [
    *sorted(ROOT.glob("*.md")),
    *sorted(DOCS.glob("*.md")),
    *sorted(ROOT.glob("*/README.md")),
    ROOT / "mplus_cli/model/data/smollm2/README.md",
]


def page_name(page: Path) -> str:
    return str(page.relative_to(ROOT))


@pytest.mark.parametrize("page", PAGES, ids=page_name)
def test_links_lead_somewhere(page: Path) -> None:
    prose = re.sub(
        r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL
    )
    for target in re.findall(r"\]\(([^)\s]+)\)", prose):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        file = page.parent / path if path else page
        assert file.exists(), f"{page.name}: {target} leads nowhere"
        assert not anchor or anchor in anchors(file), f"{page.name}: {target} names no heading"


@pytest.mark.parametrize("page", PAGES, ids=page_name)
def test_lines_have_at_most_100_columns(page: Path) -> None:
    """Prose and code; a table's row and a link that stands alone can't be broken."""
    whole = re.compile(r"\||\s*(?:[-*] )?(?:\S+|!?\[[^]]*\]\(\S+\)\S*)$")
    lines = page.read_text(encoding="utf-8").splitlines()
    long = [line for line in lines if len(line) > 100 and not whole.match(line)]
    assert not long, "\n".join(long)


@pytest.mark.parametrize("page", PAGES, ids=page_name)
def test_files_that_prose_names_are_there(page: Path) -> None:
    named = re.findall(r"`([\w./]+/[\w./]*\.(?:py|md))`", page.read_text(encoding="utf-8"))
    missing = [
        name for name in named if not any((at / name).exists() for at in (ROOT, page.parent))
    ]
    assert not missing


def anchors(page: Path) -> set[str]:
    """The names that headings get on a page shown by GitHub."""
    titles = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def test_draws_are_those_that_the_format_describes() -> None:
    page = (DOCS / "disk-format.md").read_text(encoding="utf-8")
    described: dict[str, object] = {}
    exec(page.split("```python\n")[1].split("```")[0], described)
    rows_to_drop = described["rows_to_drop"]
    assert callable(rows_to_drop)
    for per_layer in (True, False):
        expected = draw(seed=7, update=12, layers=3, rows=50, count=9, per_layer=per_layer)
        groups = 3 if per_layer else 1
        assert rows_to_drop(7, 12, groups, 50, 9) == expected[:groups].tolist()
