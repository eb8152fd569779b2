"""Chat templates of others: what they print is what transformers prints, and those that leave a
passage no place are refused while a model is prepared.
"""

import json
from pathlib import Path

import pytest
from tokenizers import Tokenizer as Tokens

from mplus_cli.errors import ModelError
from mplus_cli.model.config import ModelConfig
from mplus_cli.model.net.tokenizer import Tokenizer
from mplus_cli.model.prepared.prepare import folder_source, prepare
from tests.toy import TEMPLATE, make_checkpoint

PASSAGE, QUESTION = "The gate code is 4711.", "What is the gate code?"
LINES = "{% for m in messages %}{{ m.content }}\n{% endfor %}"
WORKS = {
    "it ends turns with eos_token": LINES.replace("\n", "{{ '' + eos_token }}\n"),
    "what the model says is marked for training": "{% for m in messages %}"
    "{% if m.role == 'assistant' %}{%- generation -%}{{ m.content }}{%- endgeneration -%}"
    "{% else %}<|im_start|>{{ m.content }}{% endif %}{% endfor %}",
    "it asks whether there are tools": "{% if tools is not none %}tools{% endif %}" + LINES,
    "it trims": TEMPLATE.replace("message['content']", "message['content'] | trim"),
}
REFUSED = {
    "prints no question": "Hello.",
    "prints it twice": "{% for m in messages %}{{ m.content + m.content }}{% endfor %}",
    "prints a part": "{% for m in messages %}{{ m.content[:20] }}{% endfor %}",
    "writes it otherwise": "{% for m in messages %}{{ m.content | upper }}{% endfor %}",
    "in JSON": "{{ messages | tojson }}",
    "loops for long": "{% for each in range(1000000000) %}x{% endfor %}",
    "calls itself": "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}",
    "wants what is not there": "{{ messages | attr('x') | join }}{{ messages[0].content.x.y }}",
    "is no text": "{{ '\\ud800' }}" + LINES,
    "wants Python": "{{ ''.__class__.__mro__ }}" + LINES,
}


def with_template(folder: Path, template: str, vocabulary: int = 259) -> Path:
    checkpoint = make_checkpoint(folder, "plain", vocab_size=vocabulary)
    file = checkpoint / "tokenizer_config.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {"chat_template": template}))
    return checkpoint


@pytest.mark.parametrize("template", WORKS.values(), ids=list(WORKS))
def test_it_prints_what_transformers_prints(template: str, tmp_path: Path) -> None:
    from transformers import AutoTokenizer

    checkpoint = with_template(tmp_path / "checkpoint", template)
    config = prepare(folder_source("x", checkpoint), tmp_path / "prepared")
    tokenizer = Tokenizer(tmp_path / "prepared", config)
    messages = [
        {"role": "system", "content": config.answering.system},
        {"role": "user", "content": f"Passage:\n{PASSAGE}\nQuestion: {QUESTION}"},
    ]
    own = AutoTokenizer.from_pretrained(checkpoint)
    asked = {"add_generation_prompt": True, "return_dict": False}
    found = [*tokenizer.prefix(), *tokenizer.passage(PASSAGE), *tokenizer.prompt(QUESTION, None)]
    assert found == own.apply_chat_template(messages, **asked)
    text = tokenizer.text(PASSAGE, QUESTION, None)
    assert text == own.apply_chat_template(messages, **asked, tokenize=False)


@pytest.mark.parametrize("template", REFUSED.values(), ids=list(REFUSED))
def test_one_without_a_place_for_a_passage_is_refused(template: str, tmp_path: Path) -> None:
    checkpoint = with_template(tmp_path / "checkpoint", template)
    with pytest.raises(ModelError, match="chat template of x") as refused:
        prepare(folder_source("x", checkpoint), tmp_path / "prepared")
    assert "chat_template.jinja" in refused.value.hint
    assert [path.name for path in tmp_path.iterdir()] == ["checkpoint"]


def test_a_token_may_span_a_question_and_what_follows_it(tmp_path: Path) -> None:
    checkpoint = with_template(tmp_path / "checkpoint", LINES + "\nAnswer:", vocabulary=260)
    file = checkpoint / "tokenizer.json"
    described = json.loads(file.read_text())
    free = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True}
    described["pre_tokenizer"] = free | {"use_regex": False}
    described["model"]["merges"] = [["?", "Ċ"]]
    described["model"]["vocab"]["?Ċ"] = 259
    file.write_text(json.dumps(described))
    prepare(folder_source("x", checkpoint), tmp_path / "prepared")
    tokenizer = Tokenizer(tmp_path / "prepared", ModelConfig.load(tmp_path / "prepared"))
    for question in (QUESTION, f" {QUESTION}\n "):
        found = [*tokenizer.passage(PASSAGE), *tokenizer.prompt(question, None)]
        text = tokenizer.text(PASSAGE, question, None)
        assert Tokens.from_file(str(file)).encode(text).ids[-len(found) :] == found
        assert 259 in found


def test_a_tokenizer_of_another_model_is_refused(tmp_path: Path) -> None:
    for vocabulary, refused in ((258, True), (200, True), (259, False)):
        checkpoint = with_template(tmp_path / str(vocabulary), TEMPLATE, vocabulary)
        source = folder_source("x", checkpoint)
        if refused:
            with pytest.raises(ModelError, match="embeddings of") as said:
                prepare(source, tmp_path / "prepared")
            assert "tokenizer" in said.value.hint
        else:
            prepare(source, tmp_path / "prepared")
