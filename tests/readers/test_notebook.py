"""Notebooks: what their code showed, in its richest form, once and without escapes."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mplus_cli.errors import ReadError
from mplus_cli.readers import Document, read_document
from mplus_cli.readers.plain.notebook import as_shown
from tests.readers.trial import trial


def notebook(*outputs: dict[str, Any]) -> Document:
    cell = {"cell_type": "code", "source": "run()", "outputs": list(outputs)}
    return read_document("a.ipynb", json.dumps({"cells": [cell]}).encode())


def shown(**forms: Any) -> dict[str, Any]:
    data = {name.replace("_", "/", 1): form for name, form in forms.items()}
    return {"output_type": "display_data", "data": data}


def test_outputs_of_every_text_type_are_read() -> None:
    text = trial("nb.ipynb").text
    for part in ("HTMLONLY", "Only html output: accuracy 0.93", "**Best model:** forest"):
        assert text.count(part) == 1
    assert "red text\nepoch 3\n\nValueError: bad shape (3,)" in text
    assert "\x1b" not in text and "[31m" not in text and "epoch 1" not in text
    assert "raw cell" in text and "## Part two\nEnd." in text


def test_the_richest_form_comes_once() -> None:
    table = "<style>p{}</style><table><tr><th><th>x<tr><th>0<td>10<sup>6</sup></table>"
    document = notebook(shown(text_html=table, text_plain="   x\n0  5"))
    assert document.text == "run()\n\n | x\n0 | 10^6"
    document = notebook(shown(text_html="<div></div><script>plot()</script>", text_plain="Figure"))
    assert document.text == "run()\n\nFigure"
    assert notebook(shown(text_latex="$x^2$", text_plain="x**2")).text == "run()\n\n$x^2$"
    forms = {"application/json": {"a": [True, None]}, "text/plain": "<a.JSON object>"}
    data = {"output_type": "display_data", "data": forms}
    assert notebook(data).text == "run()\n\na:\n  - true\n  - null"
    data = {"output_type": "display_data", "data": {"text/x": "graph TD", "text/plain": "<m>"}}
    assert notebook(data).text == "run()\n\ngraph TD"


def test_pieces_of_a_stream_are_one() -> None:
    streams = [
        {"output_type": "stream", "name": "stdout", "text": piece}
        for piece in ("load", "ed\r", "ok")
    ]
    error = {"output_type": "stream", "name": "stderr", "text": ["Warn", "ing"]}
    assert notebook(*streams, error).text == "run()\n\nokaded\n\nWarning"


@pytest.mark.parametrize(
    ("printed", "seen"),
    [
        ("\x1b[1;31mred\x1b[0m \x1b]8;;http://x\x07link\x1b]8;;\x07", "red link"),
        ("10%\r 50%\r100%\ndone", "100%\ndone"),
        ("long line\rab\r\nnext", "abng line\nnext"),
        ("a\x08b", "b"),
        ("\x1b[2K\x1b[1Aup", "up"),
    ],
)
def test_what_a_terminal_shows_in_the_end(printed: str, seen: str) -> None:
    assert as_shown(printed) == seen


def test_old_notebooks_have_their_outputs() -> None:
    cells = [
        {"cell_type": "heading", "level": 2, "source": "Old"},
        {
            "cell_type": "code",
            "input": ["x"],
            "outputs": [
                {"output_type": "pyout", "text": ["5"], "html": ["<b>five</b>"]},
                {"output_type": "stream", "stream": "stdout", "text": "printed"},
            ],
        },
    ]
    data = json.dumps({"worksheets": [{"cells": cells}]}).encode()
    assert read_document("a.ipynb", data).text == "Old\n\nx\n\nfive\n\nprinted"


def test_a_damaged_cell_is_named_and_the_others_are_read() -> None:
    cells = [{"cell_type": "code", "source": True}, {"cell_type": "raw", "source": "fine"}, None]
    document = read_document("a.ipynb", json.dumps({"cells": cells}).encode())
    assert document.text == "fine"
    assert document.notes == (
        "cell 1 is damaged: not read, or not all of it",
        "cell 3 is damaged: not read, or not all of it",
    )


@pytest.mark.parametrize("data", [b"{", b"[1]", b'{"cells": 5}', b'{"cells": [5]}', b'{"a": 1}'])
def test_what_is_wrong_with_a_notebook_is_said_in_words(data: bytes) -> None:
    with pytest.raises(ReadError, match="a notebook that can't be read: ") as caught:
        read_document("a.ipynb", data)
    assert "Error" not in caught.value.message and "'" not in caught.value.reason.split(": ")[1]
