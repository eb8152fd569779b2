"""Documents of a household and an office, of every format, and questions about them.

Nothing was ever trained on either. `files/` holds the documents, `questions.jsonl` a question a
line: {"kind": str, "question": str, "answers": [str, ...], "document": str | null}. The first
answer stands in its document word for word, but for those of several parts and for dates that the
text gives by a word ("yesterday"). A question without answers is one that no document answers.
"""
