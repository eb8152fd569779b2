"""What the tools take: pydantic models, from which the published JSON schemas follow.

A document has an id, "12"; a passage of it has one, too, "12#3": its chunk, counted from 0.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

LONGEST_QUESTION, LONGEST_NOTE, LONGEST_TITLE = 20_000, 1_000_000, 80  # characters
LONGEST_ANSWER_TOKENS = 2_048
MOST_PASSAGES = 50
MOST_BEFORE = 50  # questions
PAGE = 20_000  # characters of a document that one call gives, unless it says otherwise


def _written(given: object) -> object:
    """An id as it is written; agents send that of a document as a number, too."""
    return str(given) if type(given) is int else given


_Number = Annotated[int, Field(ge=0)]
_DOCUMENT, _PASSAGE = r"^[0-9]{1,18}$", r"^[0-9]{1,18}(#[0-9]{1,9})?$"
DocumentId = Annotated[
    str,
    Field(pattern=_DOCUMENT),
    BeforeValidator(_written, Annotated[str, Field(pattern=_DOCUMENT)] | _Number),
]
PassageId = Annotated[
    str,
    Field(pattern=_PASSAGE),
    BeforeValidator(_written, Annotated[str, Field(pattern=_PASSAGE)] | _Number),
]
Documents = Annotated[
    list[Annotated[str, BeforeValidator(_written, str | _Number)]] | None,
    Field(
        description="Only these documents: ids, names, the end of a path, folders, or patterns "
        "such as '*.pdf'. Leave out for all."
    ),
]
Since = Annotated[
    str | None,
    Field(
        description="Only documents read on or after a date (2026-01-31), or in the last days "
        "(7d) or weeks (2w)."
    ),
]
After = Annotated[
    list[str],
    Field(
        max_length=MOST_BEFORE,
        description="The user's questions before this one in the same conversation, oldest first, "
        "where this one leaves out what they name.",
    ),
]
At = Annotated[
    str | None,
    Field(description="The memory as a generation had it: its number, its tag, or 'last'."),
]


class Taken(BaseModel):
    """The arguments of a tool; one that it has not is refused."""

    # Built when it is first listed or called: the handshake doesn't wait for it.
    model_config = ConfigDict(defer_build=True, extra="forbid")


class Question(Taken):
    question: Annotated[
        str, Field(min_length=1, max_length=LONGEST_QUESTION, description="The question.")
    ]
    documents: Documents = None
    since: Since = None
    at: At = None
    max_tokens: Annotated[
        int, Field(ge=1, le=LONGEST_ANSWER_TOKENS, description="The longest answer, in tokens.")
    ] = 128
    after: After = []
    quote: Annotated[
        bool, Field(description="Answer with the sentences of the passage themselves.")
    ] = False


class Words(Taken):
    query: Annotated[
        str, Field(min_length=1, max_length=LONGEST_QUESTION, description="What to look for.")
    ]
    limit: Annotated[int, Field(ge=1, le=MOST_PASSAGES, description="So many passages.")] = 5
    documents: Documents = None
    since: Since = None
    at: At = None
    after: After = []


class Wanted(Taken):
    id: Annotated[
        PassageId, Field(description="Of a document ('12'), or of a passage in one ('12#3').")
    ]
    offset: Annotated[int, Field(ge=0, description="From this character of it on.")] = 0
    limit: Annotated[int, Field(ge=1, le=10 * PAGE, description="So many characters.")] = PAGE


class Nothing(Taken):
    """A tool that needs no arguments."""


class Note(Taken):
    text: Annotated[
        str, Field(min_length=1, max_length=LONGEST_NOTE, description="What to remember.")
    ]
    title: Annotated[
        str | None,
        Field(
            min_length=1,
            max_length=LONGEST_TITLE,
            description="What it is about, in a few words: part of the note's name.",
        ),
    ] = None


class Unwanted(Taken):
    ids: Annotated[
        list[DocumentId],
        Field(min_length=1, description="Ids of documents, as search and status give them."),
    ]
    erase: Annotated[
        bool,
        Field(
            description="Remove every byte, and the generations that held them; else a rollback "
            "brings them back."
        ),
    ] = False
    dry_run: Annotated[bool, Field(description="Only say what would go.")] = False
