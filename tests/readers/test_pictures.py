"""Pictures are not read: their descriptions are, and the others are counted."""

from __future__ import annotations

import pytest

from mplus_cli.errors import NoTextError, ReadError
from mplus_cli.readers import read_document
from tests.readers.zips import make_docx

_TEXT = "<w:p><w:r><w:t>The pump.</w:t></w:r></w:p>"


def _picture(description: str = "") -> str:
    return (
        '<w:p><w:r><w:drawing><wp:inline xmlns:wp="wp" xmlns:a="a" xmlns:pic="pic">'
        f'<wp:docPr id="1" name="P" descr="{description}"/><a:graphic><a:graphicData><pic:pic>'
        "<pic:blipFill><a:blip/></pic:blipFill></pic:pic></a:graphicData></a:graphic>"
        "</wp:inline></w:drawing></w:r></w:p>"
    )


def test_what_is_said_about_a_picture_is_read() -> None:
    document = read_document("a.docx", make_docx(_TEXT + _picture("A pump in the cellar")))
    assert document.text == "The pump.\n\n[A pump in the cellar]"
    assert document.notes == ()


def test_pictures_of_which_nothing_is_said_are_counted() -> None:
    document = read_document("a.docx", make_docx(_TEXT + _picture() * 2))
    assert document.text == "The pump."
    assert document.notes == ("2 undescribed pictures not read",)


def test_a_document_of_pictures_alone_is_no_harmless_file() -> None:
    with pytest.raises(ReadError, match="no text: it holds 1 picture and nothing else") as caught:
        read_document("a.docx", make_docx(_picture()))
    assert not isinstance(caught.value, NoTextError)
