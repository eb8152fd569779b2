"""The memory as a model of OpenAI's API, asked by OpenAI's own client."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import openai
import pytest
from openai.types.chat import ChatCompletionUserMessageParam
from openai.types.responses import ResponseOutputMessage, ResponseOutputText

from mplus_cli.serving.web.openai import housework
from tests.serving.served import Served
from tests.serving.web.conftest import Got, engaged

Call = Callable[..., Got]
QUESTION = "What is the gate code?"
ASKED: list[ChatCompletionUserMessageParam] = [{"role": "user", "content": QUESTION}]


@pytest.fixture
def client(house: Served) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=f"{house.url}/v1", api_key="none", max_retries=0) as found:
        yield found


def test_models(client: openai.OpenAI) -> None:
    [model] = client.models.list()
    assert (model.id, model.owned_by) == ("chunks", "mplus")
    assert client.models.retrieve("chunks") == model
    with pytest.raises(openai.NotFoundError, match="there is no model 'gpt-9'"):
        client.models.retrieve("gpt-9")


def test_an_answer_with_its_sources(client: openai.OpenAI, house: Served) -> None:
    done = client.chat.completions.create(model="any", messages=ASKED, max_tokens=8)
    own = house.desk.memory.ask(QUESTION, max_tokens=8)
    [choice] = done.choices
    assert choice.message.content == own.text
    assert choice.finish_reason == ("length" if own.cut else "stop")
    assert done.usage is not None
    assert done.usage.completion_tokens == own.usage["answer_tokens"]
    known: dict[str, Any] = (done.model_extra or {})["mplus"]
    assert known["declined"] == own.declined
    [source] = known["sources"]
    assert source["url"] == f"{house.url}/documents/{source['document']}#{source['chunk']}"
    for annotation in choice.message.annotations or []:
        cited = annotation.url_citation
        assert (cited.url, cited.end_index) == (source["url"], len(own.text))
        assert cited.title == f"gate.txt, {source['place']}"
    assert bool(choice.message.annotations) == (not own.declined)


def test_an_answer_as_it_grows(client: openai.OpenAI, house: Served) -> None:
    chunks = list(
        client.chat.completions.create(
            model="any",
            messages=ASKED,
            max_completion_tokens=8,
            stream=True,
            stream_options={"include_usage": True},
            extra_body={"mplus": {"events": True}},
        )
    )
    own = house.desk.memory.ask(QUESTION, max_tokens=8)
    deltas = [chunk.choices[0].delta for chunk in chunks if chunk.choices]
    assert deltas[0].role == "assistant"
    assert "".join(delta.content or "" for delta in deltas).startswith(own.text)
    assert (chunks[-1].choices, chunks[-1].usage is not None) == ([], True)
    [reason] = [chunk.choices[0].finish_reason for chunk in chunks if chunk.choices][-1:]
    assert reason in ("stop", "length")
    extra = [chunk.model_extra or {} for chunk in chunks]
    known = [each["mplus"] for each in extra if "mplus" in each]
    assert [len(each["sources"]) for each in known] == [1]
    shown = [each["event"] for each in extra if "event" in each]
    assert [each["type"] for each in shown] == ["source"] * (not own.declined)
    for each in shown:
        assert each["data"]["metadata"][0]["source"] == known[0]["sources"][0]["url"]


def test_a_conversation_of_many_turns_and_parts(client: openai.OpenAI) -> None:
    messages: Any = [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "Hello"},
        {"role": "assistant", "content": "Yes?"},
        {"role": "user", "content": [{"type": "text", "text": QUESTION}]},
    ]
    alone = client.chat.completions.create(model="", messages=ASKED, max_tokens=8)
    asked = client.chat.completions.create(
        model="", messages=messages, max_tokens=8, seed=1, user="ann", logit_bias={}
    )
    assert asked.choices[0].message.content == alone.choices[0].message.content


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ({"n": 2}, "there is one answer"),
        ({"tools": [{"type": "function", "function": {"name": "f"}}]}, "calls no tools"),
        ({"response_format": {"type": "json_object"}}, "text, not json_object"),
        ({"messages": []}, "no message is the user's"),
        ({"messages": [{"role": "user", "content": " "}]}, "there is no question"),
        ({"temperature": -1}, "temperature is -1"),
        ({"stop": [""]}, "a text to stop at is empty"),
        ({"max_tokens": 0}, "max_tokens: input should be"),
        (
            {"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {}}]}]},
            "has 'image_url' in it",
        ),
    ],
)
@pytest.mark.parametrize("stream", [False, True])
def test_what_is_refused(
    client: openai.OpenAI, wanted: dict[str, Any], said: str, stream: bool
) -> None:
    asked: Any = {"model": "m", "messages": ASKED, "stream": stream} | wanted
    with pytest.raises(openai.BadRequestError, match=said) as refused:
        client.chat.completions.create(**asked)
    assert refused.value.code == "usage"
    assert refused.value.type == "invalid_request_error"


def test_a_limit_beyond_what_there_is_room_for(client: openai.OpenAI) -> None:
    asked = client.chat.completions.create(
        model="m", messages=ASKED, max_tokens=100_000, stream=True
    )
    assert next(iter(asked)).choices[0].delta.role == "assistant"
    asked.close()


def test_the_line_is_full(client: openai.OpenAI, house: Served) -> None:
    with (
        engaged(house, waiting=64),
        pytest.raises(openai.InternalServerError, match="64 questions are waiting") as busy,
    ):
        client.chat.completions.create(model="m", messages=ASKED, stream=True)
    assert busy.value.status_code == 503
    assert int(busy.value.response.headers["retry-after"]) >= 1


def test_responses(client: openai.OpenAI, house: Served) -> None:
    own = house.desk.memory.ask(QUESTION, max_tokens=16)
    whole = client.responses.create(
        model="m", input=QUESTION, instructions="Be brief.", max_output_tokens=16
    )
    assert whole.output_text == own.text
    assert whole.usage is not None and whole.usage.output_tokens == own.usage["answer_tokens"]
    events = list(
        client.responses.create(
            model="m",
            input=[{"role": "user", "content": [{"type": "input_text", "text": QUESTION}]}],
            max_output_tokens=16,
            stream=True,
        )
    )
    assert [event.sequence_number for event in events] == list(range(len(events)))
    last = events[-1]
    assert last.type in ("response.completed", "response.incomplete")
    [message] = last.response.output
    assert isinstance(message, ResponseOutputMessage)
    [part] = message.content
    assert isinstance(part, ResponseOutputText) and part.text == own.text
    assert len(part.annotations) == (not own.declined)
    with pytest.raises(openai.BadRequestError, match="not stored"):
        client.responses.create(model="m", input="And now?", previous_response_id="resp_1")


TASK = """### Task:
Generate a concise, 3-5 word title with an emoji.
### Output:
JSON format: {{ "{key}": "…" }}
### Chat History:
<chat_history>
USER: What is the code of the gate in the garden, please?
ASSISTANT: 4417
</chat_history>"""


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("title", "What is the code of the gate …"),
        ("queries", ["What is the code of the gate in the garden, please?"]),
        ("tags", []),
        ("follow_ups", []),
        ("text", ""),
    ],
)
def test_housework_of_a_chat_window_asks_no_memory(call: Call, key: str, expected: object) -> None:
    body = {"messages": [{"role": "user", "content": TASK.format(key=key)}]}
    done = call("POST", "/v1/chat/completions", body).json
    assert json.loads(done["choices"][0]["message"]["content"]) == {key: expected}
    assert "mplus" not in done
    events = call("POST", "/v1/chat/completions", body | {"stream": True}).events
    assert events[-1] == ("", "[DONE]")
    said = "".join(
        data["choices"][0]["delta"].get("content", "") for _, data in events[:-1] if data["choices"]
    )
    assert json.loads(said) == {key: expected}


def test_titles_are_the_first_words() -> None:
    assert housework.title("Who?") == "Who"
    assert housework.done("### Task: sing") == ""
    assert housework.done("What is the task?") is None
