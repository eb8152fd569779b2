"""What a memory keeps of a document is what its reader made of the file."""

from contextlib import closing
from dataclasses import replace
from pathlib import Path

from mplus_cli.chunking.whole import document_of, whole_text
from mplus_cli.readers import read_document
from store.home import Home
from store.index.reader import Index
from tests.conftest import Run

GUIDE = "# Pump\n\nIt draws 450 watts.\n\n## Care\n\n| part | months |\n|---|---|\n| filter | 6 |\n"


def test_a_document_in_a_memory_is_the_one_that_was_read(mplus: Run, world: Path) -> None:
    (world / "guide.md").write_text(GUIDE * 4)
    (world / "notes.txt").write_text("The gate code is 4417.\nIt changes in May.\n" * 3)
    mplus("inject", "guide.md", "notes.txt")
    with closing(Index.open(Home(world.parent / "memory"))) as index:
        for row in index.documents(1):
            file = Path(row.path)
            read = read_document(file.name, file.read_bytes())
            kept = index.whole_text(row.id)
            assert kept == whole_text(read)
            assert kept is not None
            again = document_of(kept, row.reader)
            assert again == replace(read, notes=())
            for chunk in index.content(row.id)[0]:
                place = again.place(chunk.start, chunk.end)
                assert (place.first, place.last, place.section) == (
                    chunk.first,
                    chunk.last,
                    chunk.section,
                )
