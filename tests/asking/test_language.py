"""Languages that are told apart, and what is said of a strange one."""

import pytest

from mplus_cli.asking.understanding.language import foreign, language_of

NOTICE = (
    "Die Heizung im Vereinshaus wurde am 12. Oktober 2024 gewartet. Der Kessel steht im Keller "
    "hinter der roten Tür."
)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Wann wurde die Heizung gewartet?", "de"),
        (NOTICE, "de"),
        ("Où est la clé du jardin et qui arrose ?", "fr"),
        ("L\u2019eau n\u2019est pas froide", "fr"),
        ("¿Cuándo se riega el jardín?", "es"),
        ("Chi ha la chiave del giardino?", "it"),
        ("Quem tem a chave do jardim e onde está?", "pt"),
        ("Wie heeft de sleutel van de tuin?", "nl"),
        ("Vem har nyckeln till trädgården?", "sv"),
        ("Hvem har nøglen til haven?", "da"),
        ("Kto ma klucz do ogrodu?", "pl"),
        ("ボイラーの点検はいつですか\uff1f", "ja"),
        ("热水器什么时候检查\uff1f", "zh"),
        ("보일러는 어디에 있습니까?", "ko"),
        ("Где находится ключ?", "ru"),
        ("Де знаходиться ключ її?", "uk"),
        ("Πού είναι το κλειδί;", "el"),
        ("أين المفتاح؟", "ar"),
        ("กุญแจอยู่ที่ไหน", "th"),
        ("Where is the key to the garden?", "en"),
        ("What does 'die Heizung ist in der Wohnung' mean?", "en"),
        ("Who wrote Die Welt als Wille und Vorstellung?", "en"),
        ("the man in the van was on a date in den Haag", "en"),
        ("Heizung Keller", ""),
        ("Jean-Luc Moreau, 14 rue des Lilas", ""),
        ("rent?", ""),
        ("12.10.2024", ""),
        ("", ""),
    ],
)
def test_a_language_is_told_where_it_is_plain(text: str, language: str) -> None:
    assert language_of(text) == language


def test_what_is_strange_to_a_model_is_said() -> None:
    made = "this model was made for English"
    asked, answered = (
        "Where is the boiler of the house?",
        "The boiler is in the cellar of the house.",
    )
    german = "Wo steht der Kessel und wer wartet ihn?"
    assert foreign(["en"], asked, answered) == []
    assert foreign(["en"], german, answered) == [f"the question seems to be in German; {made}"]
    assert foreign(["en"], asked, NOTICE) == [f"the passage seems to be in German; {made}"]
    assert foreign(["en"], german, NOTICE) == [
        f"the question and the passage seem to be in German; {made}"
    ]
    assert len(foreign(["en"], "Où est la clé du jardin et qui arrose ?", NOTICE)) == 2
    assert foreign(["en", "de"], german, NOTICE) == foreign([], german, NOTICE) == []
