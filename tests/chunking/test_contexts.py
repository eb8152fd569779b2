"""Chunks make sense alone: they begin with their headings or the names of their columns."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mplus_cli.chunking.chunks import Chunk, cut
from mplus_cli.readers import Document, read_document
from mplus_cli.readers.document import BETWEEN_HEADINGS
from tests.chunking.test_chunks import CHARACTERS, ENCODERS
from tests.readers.golden import CORPUS
from tests.readers.pdf_maker import make_pdf


class Spelled:
    """One token for each character, numbered by it, so that ids can be read."""

    def encode(self, text: str) -> tuple[list[int], list[tuple[int, int]]]:
        return [ord(character) for character in text], [(at, at + 1) for at in range(len(text))]


def read(name: str, text: str) -> Document:
    return read_document(name, text.encode())


def spelled(document: Document, max_tokens: int, min_tokens: int = 2) -> list[str]:
    """What the model reads of each chunk."""
    return [
        "".join(map(chr, chunk.ids)) for chunk in cut(document, Spelled(), max_tokens, min_tokens)
    ]


LONG = "This is a sentence of some length. " * 6


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.md", f"# Guide\n\n## Install\n\n{LONG}"),
        ("a.html", f"<h1>Guide</h1><h2>Install</h2><p>{LONG}</p>"),
        ("a.rst", f"Guide\n=====\n\nInstall\n-------\n\n{LONG}"),
        ("a.tex", f"\\section{{Guide}}\n\\subsection{{Install}}\n{LONG}"),
        (
            "a.ipynb",
            '{"cells": [{"cell_type": "markdown", "source": "# Guide\\n## Install\\n'
            + LONG
            + '"}]}',
        ),
    ],
)
def test_a_chunk_amid_a_section_begins_with_its_headings(name: str, text: str) -> None:
    first, *others = spelled(read(name, text), max_tokens=100)
    assert not first.startswith("Guide > Install\n\n")
    assert others and all(chunk.startswith("Guide > Install\n\n") for chunk in others)


def test_a_chunk_that_begins_with_its_own_heading_needs_no_other() -> None:
    chunks = spelled(read("a.md", f"# One\n\n{LONG[:70]}\n\n# Two\n\n{LONG[:70]}"), max_tokens=100)
    assert [chunk.split("\n")[0] for chunk in chunks] == ["# One", "# Two"]


def test_rows_begin_with_the_names_of_their_columns() -> None:
    document = read("a.csv", "name,age\n" + "".join(f"person {n},{n}\n" for n in range(10, 40)))
    first, *others = spelled(document, max_tokens=100)
    assert first.startswith("name | age\nperson 10 | 10\n")
    assert others and all(chunk.split()[:4] == ["name", "|", "age", "person"] for chunk in others)


def test_rows_of_a_sheet_begin_with_its_name_too() -> None:
    document = read_document("shop.xlsx", (CORPUS / "shop.xlsx").read_bytes())
    chunks = spelled(document, max_tokens=150)
    assert chunks[1].startswith("shop > Sales\n\nDay | Product | Kilos | Euro | Paid\n2026-03-0")


def test_the_text_of_a_chunk_is_the_stretch_itself() -> None:
    document = read("a.md", f"# Guide\n\n{LONG}")
    for chunk in cut(document, Spelled(), 100, 2):
        assert chunk.text == document.text[chunk.start : chunk.end]
        assert chunk.place.section == "Guide"


def test_headings_too_long_for_a_chunk_are_shortened() -> None:
    document = read("a.md", f"# {'Long title ' * 5}\n\n## Short\n\n{LONG}")
    assert spelled(document, max_tokens=100)[-1].startswith("Short\n\n")
    assert not spelled(document, max_tokens=18)[-1].startswith("Short")


def test_what_has_no_headings_says_its_first_line_in_every_chunk() -> None:
    text = f"Guide for tenants\n\n{LONG}"
    first, *others = spelled(read("a.txt", text), max_tokens=100)
    assert first.startswith("Guide for tenants\n\nThis is")
    assert others and all(chunk.startswith("Guide for tenants\n\n This is") for chunk in others)
    page = spelled(read_document("a.pdf", make_pdf(["Guide for tenants\nOne.", "Two."])), 100)
    assert page == ["Guide for tenants\nOne.\n\nTwo."]
    pages = [f"Guide for tenants\n{LONG[:70]}", "The second page. " * 4]
    _, *others = spelled(read_document("a.pdf", make_pdf(pages)), max_tokens=100)
    assert others and all(chunk.startswith("Guide for tenants\n\n") for chunk in others)


def test_every_chunk_says_the_name_of_its_file() -> None:
    chunks = spelled(read("old/harbour-view.txt", f"Guide for tenants\n\n{LONG}"), max_tokens=120)
    assert chunks[0].startswith("harbour view\n\nGuide for tenants\n\nThis is")
    assert all(chunk.startswith("harbour view > Guide for tenants\n\n") for chunk in chunks[1:])
    (short,) = spelled(read("door-code.txt", "It is 4417."), 100, min_tokens=30)
    assert short == "door code\n\nIt is 4417.It is 44"
    (tiny,) = spelled(read("door-code.txt", "It is 4417."), 15, min_tokens=15)
    assert tiny == "It is 4417.It i"  # a context would be more than its share


def test_pages_alike_but_for_their_first_line_are_told_apart_in_every_format() -> None:
    for ferry in ("Abbot", "Brindle"):
        line = f"Tariff sheet of the {ferry} ferry"
        lines = [line, *[LONG[:70]] * 5]
        made = {
            "txt": "\n\n".join(lines).encode(),
            "md": ("# " + "\n\n".join(lines)).encode(),
            "html": f"<h1>{line}</h1>{''.join(f'<p>{each}</p>' for each in lines[1:])}".encode(),
            "pdf": make_pdf(["\n".join(lines[:3]), "\n".join(lines[3:])]),
        }
        for suffix, data in made.items():
            _, *others = spelled(read_document(f"{ferry.lower()}.{suffix}", data), 120)
            assert len(others) > 1, suffix
            assert all(chunk.startswith(f"{line}\n\n") for chunk in others), suffix


def test_headings_do_not_repeat_the_title() -> None:
    page = f"<title>Pump care | Acme</title><h1>Pump care</h1><h2>Filter</h2><p>{LONG}</p>"
    chunks = spelled(read("a.html", page), max_tokens=100)
    assert chunks[-1].startswith("Pump care | Acme > Filter\n\n")


@given(st.text("ab \n#>", max_size=60), st.text("cd. -_", max_size=60), st.integers(1, 60))
def test_no_title_takes_more_than_its_share(title: str, name: str, max_tokens: int) -> None:
    document = Document("word " * 40, (), "text", title=BETWEEN_HEADINGS.join([name, title]))
    for chunk in cut(document, Spelled(), max_tokens, 2):
        assert len(chunk.context) <= max_tokens / 3
        assert chunk.ids[-len(chunk.text) :] == tuple(map(ord, chunk.text))
    assert "".join(chunk.text for chunk in cut(document, Spelled(), max_tokens, 2)) == document.text


TURNS = "Anna: I met her by the lake. It was cold. We walked.\nBen: And then? You went home?\n" * 3


def test_chunks_of_a_dialogue_end_between_turns() -> None:
    chunks = spelled(read("a.txt", TURNS), max_tokens=100)
    assert len(chunks) > 2
    assert all(chunk.startswith(("Anna: ", "Ben: ")) for chunk in chunks)


def test_a_chunk_amid_a_long_turn_says_who_speaks() -> None:
    first, *others = spelled(read("a.txt", f"Ben: Hi!\nAnna: {LONG}\nBen: Oh."), max_tokens=100)
    assert first.startswith("Ben: Hi!\n")
    assert others and all(chunk.startswith("Anna:\n") for chunk in others)


markdown = st.lists(
    st.sampled_from(
        [
            "# One\n",
            "## Two\n",
            "\n\n",
            "word ",
            "a sentence. ",
            "漢字。",
            "🙂",
            "```\n",
            "| a | b |\n",
        ]
    ),
    max_size=80,
).map("".join)


@given(markdown, st.integers(1, 20), st.integers(0, 60), st.sampled_from(ENCODERS))
def test_the_limits_hold_with_contexts(
    text: str, min_tokens: int, more: int, encoder: object
) -> None:
    document = Document(text, (), "text") if not text.strip() else read("a.md", text)
    ids, _ = encoder.encode(document.text)  # type: ignore[attr-defined]
    if len(ids) < min_tokens:
        return
    max_tokens = 2 * min_tokens - 1 + more
    chunks = cut(document, encoder, max_tokens, min_tokens)  # type: ignore[arg-type]
    shortest = min(min_tokens, (max_tokens - max_tokens // 3 + 1) // 2)
    assert all(shortest <= len(chunk.ids) <= max_tokens for chunk in chunks)
    read_ids = [one for chunk in chunks for one in chunk.ids]
    if encoder is CHARACTERS:
        assert "".join(chunk.text for chunk in chunks) == document.text
        assert all(chunk.ids[-len(chunk.text) :] == tuple(map(ord, chunk.text)) for chunk in chunks)
    assert len(read_ids) >= len(ids)


def test_code_is_cut_between_definitions() -> None:
    blocks = [f"def run_{n}():\n    first = {n}\n\n    return first\n\n\n" for n in range(8)]
    chunks = spelled(read("a.py", "".join(blocks)), max_tokens=130)
    assert all(chunk.startswith("a.py\n\ndef ") for chunk in chunks)
    braces = [f"void run{n}()\n{{\n  first();\n\n  return;\n\n}}\n\n" for n in range(8)]
    chunks = spelled(read("a.c", "".join(braces)), max_tokens=110)
    assert all(chunk.startswith("a.c\n\nvoid ") for chunk in chunks)


LANGUAGES = {
    "chinese": "温室每天需要两升水。园丁在第三天早上这样说。没有人问为什么。",
    "japanese": (
        "温室には一日二リットルの水が必要です。庭師は朝にそう言いました。誰も尋ねませんでした。"
    ),
    "korean": "온실에는 하루에 물 두 리터가 필요합니다. 정원사가 아침에 그렇게 말했습니다. ",
    "arabic": (
        "تحتاج الدفيئة إلى لترين من الماء يوميا. قال البستاني ذلك في الصباح. لم يسأل أحد لماذا. "
    ),
    "hebrew": "החממה צריכה שני ליטר מים ביום. הגנן אמר זאת בבוקר. איש לא שאל למה. ",
    "hindi": "ग्रीनहाउस को प्रतिदिन दो लीटर पानी चाहिए। माली ने सुबह यह कहा। किसी ने नहीं पूछा। ",
    "thai": "เรือนกระจกต้องการน้ำสองลิตรต่อวัน คนสวนพูดในตอนเช้า ไม่มีใครถามว่าทำไม ",
    "russian": (
        "Теплице нужно два литра воды в день. Садовник сказал это утром. Никто не спросил почему. "
    ),
    "greek": (
        "Το θερμοκήπιο χρειάζεται δύο λίτρα νερό. Ο κηπουρός το είπε το πρωί. Κανείς δεν ρώτησε. "
    ),
    "emoji": "Water 💧💧 daily 👩‍🌾👍🏽. Flags 🇩🇪🇯🇵 fly! Nobody asked why 🤷. ",
    # Letters that have no composed form.
    "decomposed": "Aq\u0303a und bx\u0303x\u0303o. Lm\u0302a k\u0303e b\u0306o. Qf\u0302q. ",
}


@pytest.mark.parametrize("encoder", ENCODERS, ids=["characters", "words", "space-first", "bytes"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_many_languages_are_cut_whole_and_alike(language: str, encoder: object) -> None:
    text = LANGUAGES[language] * 12

    def made(name: str) -> list[Chunk]:
        return cut(read(name, text), encoder, 60, 5)  # type: ignore[arg-type]

    chunks = made("a.txt")
    assert chunks == made("a.txt")
    assert "".join("".join(chunk.text.split()) for chunk in chunks) == "".join(text.split())
    assert all(len(chunk.ids) <= 60 for chunk in chunks)
    [*_, last] = made("a.md")
    assert last.end == chunks[-1].end


@pytest.mark.parametrize(
    "language", ["chinese", "japanese", "korean", "arabic", "hebrew", "russian", "greek"]
)
def test_sentences_of_many_languages_are_kept_whole(language: str) -> None:
    text = LANGUAGES[language] * 12
    chunks = cut(read("a.txt", text), CHARACTERS, 120, 5)
    assert all(chunk.text.rstrip().endswith((".", "。")) for chunk in chunks)
