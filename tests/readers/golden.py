"""What the readers make of the corpus, as text that people can check.

`python -m tests.readers.golden` writes tests/readers/golden/ anew; look at what changed before it
is committed.
"""

from __future__ import annotations

from pathlib import Path

from mplus_cli.readers import Document, read_document

CORPUS = Path(__file__).parent / "corpus"
GOLDEN = Path(__file__).parent / "golden"


def described(document: Document) -> str:
    """The reader, then of each span its place, whether it is a heading, its columns, its text."""
    lines = [f"reader: {document.reader}"]
    for span in document.spans:
        lines += [
            "",
            f"== {document.place(span.start, span.end).label()}" + " (heading)" * span.heading,
        ]
        lines += [f"columns: {span.header}"] if span.header else []
        lines.append(document.text[span.start : span.end])
    return "\n".join(lines) + "\n"


def write() -> None:
    for path in sorted(CORPUS.iterdir()):
        made = described(read_document(path.name, path.read_bytes()))
        (GOLDEN / f"{path.name}.txt").write_text(made, encoding="utf-8")


if __name__ == "__main__":
    write()
