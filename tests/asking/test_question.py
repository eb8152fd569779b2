"""Questions as people type them."""

import re
from collections.abc import Mapping

import pytest

from mplus_cli.asking.understanding.question import Question, spelled, understood
from store.index.vocabulary import edits
from store.index.words import fold, forms

LETTER = """Harbour View Lettings. Dear Ms Okafor, we agree to repair the boiler at our own cost.
Our engineer, Mr Lindqvist of Northgate Heating, will call on Tuesday 18 February. From 1 April 2025
the monthly rent rises from 840 to 865 euros. The deposit of 1,680 euros stays as it is. A bicycle
rack stands in the rear courtyard; the key is with the caretaker, Mrs Dubois, in flat 2B. The wifi
password is hunter2; your TK-4471 is on the door. In case of fire call the inspector.
"""
COMMON = frozenset(
    re.findall(
        r"\w+",
        "how much what who when where which does with about from good many come "
        "comes repaired plumber tell know long told story again there week last moved friend",
    )
)


class Texts:
    """The words of a text, as a memory knows them."""

    def __init__(self, text: str) -> None:
        self._forms: Mapping[str, list[str]] = {}
        for word, form in sorted(forms(text)):
            self._forms = {**self._forms, word: [*self._forms.get(word, []), form]}

    def forms(self, word: str) -> list[str]:
        return self._forms.get(fold(word), [])

    def near(self, word: str) -> list[str]:
        most = 0 if len(word) < 4 else 1 if len(word) < 8 else 2
        return [other for other in self._forms if 0 < edits(word, other, most) <= most]


def read(typed: str) -> Question:
    return understood(typed, Texts(LETTER), COMMON.__contains__)


@pytest.mark.parametrize(
    "question",
    [
        "How much is the rent from 1 April 2025?",
        "What does Mr Petrov say about the deposit?",  # another name is no mistake
        "Where does the NATO plumber come from?",
        "Is it in TK-4471?",
        'Who said "call the inspector"?',
        "the key: who has it?",
        "how much is the rent from 1 april 2025?",
        "who is mr lindqvist",
        "Who is Mr Plumner?",  # by its capital a name
        "Who repairs boilers?",  # with another ending
        "What is between the rack and what is behind it?",
        "Was kostet die Heizung?",
        "Comd kostet das und wer ist der gute plumbre?",  # no English words in another language
    ],
)
def test_a_well_typed_question_stays_as_it_is(question: str) -> None:
    found = read(question)
    assert (found.typed, found.asked, found.read, found.parts) == (question, question, {}, ())
    assert found.words == question


@pytest.mark.parametrize(
    ("typed", "asked"),
    [
        ("HOW MUCH IS THE RENT FROM 1 APRIL 2025?", "How much is the rent from 1 April 2025?"),
        ("WHO IS MR LINDQVIST?", "Who is Mr Lindqvist?"),
        ("WHO IS MR LINDQVIST'S CARETAKER?", "Who is Mr Lindqvist's caretaker?"),
        ("WHERE IS TK-4471?", "Where is TK-4471?"),
        ("WHEN CAN I MOVE IN?", "When can I move in?"),
        ("NATO?", "What is the NATO?"),
        ("\u201cWho is Mrs Dubois?\u201d", "Who is Mrs Dubois?"),
        ("(Who is Mrs Dubois?)", "Who is Mrs Dubois?"),
        ("Who has the key \U0001f511\U0001f600???", "Who has the key?"),
        ("rent?", "What is the rent?"),
        ("wifi password", "What is the wifi password?"),
        ("The deposit", "What is the deposit?"),
        ("Hi, could you please tell me who has the key? Thanks a lot!", "Who has the key?"),
        ("hello! i was wondering if you know who has the key", "Who has the key?"),
        ("Please tell me the wifi password.", "What is the wifi password?"),
        ("Who has the key, please?", "Who has the key?"),
        ("Who has the key? Thanks in advance", "Who has the key?"),
        ("Do you know how much the rent is?", "How much is the rent?"),
        ("Can you tell me what the rent of the flat is, please?", "What is the rent of the flat?"),
        ("Do you know when I can move in?", "When I can move in?"),
        ("TK-4471", "What is the TK-4471?"),
        ("Lindqvist", "What is Lindqvist?"),
    ],
)
def test_a_question_has_one_form_however_it_is_typed(typed: str, asked: str) -> None:
    found = read(typed)
    assert found.asked == asked
    assert found.typed == typed
    assert found.read == {}


@pytest.mark.parametrize(
    ("typed", "asked", "taken"),
    [
        ("Who is Mr Lindkvist?", "Who is Mr Lindqvist?", {"Lindkvist": "Lindqvist"}),
        ("who is mr lindqist?", "who is mr Lindqvist?", {"lindqist": "Lindqvist"}),
        ("What is the depsoit?", "What is the deposit?", {"depsoit": "deposit"}),
        ("Waht is the deposit?", "What is the deposit?", {"Waht": "What"}),
        ("WHO IS THE CARETKAER?", "Who is the caretaker?", {"CARETKAER": "caretaker"}),
        ("When is he repaiired?", "When is he repaired?", {"repaiired": "repaired"}),
        ("Who is the plubmer?", "Who is the plumber?", {"plubmer": "plumber"}),
        ("howmuch is therent?", "how much is the rent?", None),
    ],
)
def test_mistyped_words_are_taken_for_those_of_the_texts_and_that_is_told(
    typed: str, asked: str, taken: dict[str, str] | None
) -> None:
    found = read(typed)
    assert found.asked == asked
    assert found.read
    assert taken is None or found.read == taken


def test_a_short_word_may_be_many_so_it_is_only_looked_for() -> None:
    found = read("Where does the rint come from?")
    assert found.asked == "Where does the rint come from?"
    assert found.words.split()[-1] == "rent"


def test_a_text_of_unknown_words_is_left_as_it_is_but_for_the_first_ones() -> None:
    found = read("Wer hat bicycel " + "bicycel boilre " * 40 + "x" * 5_000)
    assert found.asked.split().count("bicycel") > 20
    assert found.asked.endswith("boilre " + "x" * 5_000)


def test_a_compound_is_looked_for_in_its_parts_too() -> None:
    found = read("what is the wifipassword?")
    assert found.asked == "what is the wifipassword?"
    assert found.words.endswith(" wifi password")


STORY = (
    "My friend moved in last week and told me a long story about the landlord, which I know again "
    "from others who moved there, and then she told it again and again until I had to come. She "
    "knows Mrs Dubois well. "
)


def test_the_question_is_found_in_a_story() -> None:
    behind = "I would like to put my bike there soon. Thanks a lot"
    assert read(f"{STORY}Who has the key to the rack? {behind}").asked == (
        "Who has the key to the rack?"
    )
    assert read(f"{STORY}Which flat is she in?").asked == (
        "She knows Mrs Dubois well. Which flat is she in?"
    )
    assert read(STORY.strip()).asked == STORY.strip()


def test_a_text_behind_a_question_belongs_to_it() -> None:
    typed = f"Which of these are about the rent?\n\n{STORY.strip()}"
    assert read(typed).asked == typed


@pytest.mark.parametrize(
    ("typed", "parts"),
    [
        (
            "When is the boiler repaired and who comes?",
            ["When is the boiler repaired?", "Who comes?"],
        ),
        ("when is the boiler repaired? who comes?", ["when is the boiler repaired?", "who comes?"]),
        ("When and where does he call?", ["When does he call?", "Where does he call?"]),
        ("What is the difference between what he says and what she says?", []),
        ("Who has the key and the bicycle?", []),
    ],
)
def test_several_questions_in_one_are_parts_of_it(typed: str, parts: list[str]) -> None:
    found = read(typed)
    assert [part.asked for part in found.parts] == parts


def test_a_part_that_does_not_say_what_it_is_about_is_looked_for_with_the_rest() -> None:
    found = read("When is the boiler repaired and who comes?")
    assert [part.words for part in found.parts] == [
        "When is the boiler repaired?",
        f"Who comes? {found.asked}",
    ]


def test_a_chat_model_is_asked_in_the_users_words() -> None:
    found = spelled("HI, WHO IS LINDKVIST? THANKS", Texts(LETTER), COMMON.__contains__)
    assert found.asked == "HI, WHO IS LINDKVIST? THANKS"
    assert "Lindqvist" in found.words
    assert (found.read, found.parts) == ({}, ())


def test_without_texts_nothing_is_changed_but_its_form() -> None:
    found = understood("what is the depsoit?", Texts(""), COMMON.__contains__)
    assert found.asked == "what is the depsoit?"
