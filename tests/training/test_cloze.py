"""Cloze questions ask for what stands once in a passage."""

from random import Random

from training.cloze import BLANK, cloze

TEXT = (
    "The old lighthouse was built by Marta Lindqvist and her crew in 1907. It has been run from Tenfold Harbour ever "
    "since the war ended badly. The keepers found forty chests and seven boats below the northern cliff. Rain fell."
)


def test_questions_leave_out_what_they_ask_for() -> None:
    made = [question for seed in range(40) for question in cloze(TEXT, Random(seed), 3)]
    answers = {question.answers[0] for question in made}
    assert answers == {"Marta Lindqvist", "1907", "Tenfold Harbour", "seven"}
    for question in made:
        answer = question.answers[0]
        assert answer not in question.text
        assert (BLANK in question.text) == (answer in {"Marta Lindqvist", "Tenfold Harbour"})
        assert question.text[0].isupper() or question.text.startswith(BLANK)


def test_no_more_than_asked_for_and_none_of_two_equal_answers() -> None:
    assert len(cloze(TEXT, Random(0), 1)) == 1
    assert cloze("The town of Upper Grendel lies beside the town of Upper Grendel.", Random(0), 3) == []
