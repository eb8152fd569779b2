"""Invented private documents and short questions about them: material to train and test reading from a memory.

A passage tells of several entities of one kind that are easily confused, in the words of one of many relations and
in the form of one of many frames. Every question names one fact of its passage; the last one, or the last `NEAR`, none.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from random import Random
from typing import Any

from training.facts import layouts
from training.facts.frames import ASIDES, FRAME_FACTS, FRAME_TITLES, HEADS, TAILS
from training.facts.layouts import Cell, Entity, capital, sentence
from training.facts.scenes import FILLERS, KINDS, SCENES, Scene
from training.facts.values import Value, fill, person_name
from training.facts.wording import HOME, Relation
from training.facts.wording_out import OUT
from training.facts.wording_work import WORK

RELATIONS: dict[str, Relation] = {**HOME, **WORK, **OUT}
WORDS = range(50, 171)
ANSWER_WORDS = 8
NEAR = 3
PROSE = (layouts.prose_by_entity, layouts.prose_by_entity, layouts.prose_by_relation)
LAYOUTS = {
    "diary": PROSE,
    "letter": PROSE,
    "email": (*PROSE, layouts.bullets, layouts.sections, layouts.listed),
    "minutes": (*PROSE, layouts.bullets),
    "manual": (layouts.headed, layouts.sections, layouts.prose_by_entity, layouts.bullets),
    "sheet": (layouts.sections, layouts.sections, layouts.listed),
    "readme": (layouts.sections, layouts.bullets, layouts.headed, layouts.table),
    "ticket": (*PROSE, layouts.sections, layouts.bullets),
    "changelog": (layouts.sections, layouts.headed, layouts.bullets),
    "recipe": (layouts.amounts,),
    "table": (layouts.table,),
    "list": (layouts.listed, layouts.bullets),
    "lab": (*PROSE, layouts.sections),
    "note": (*PROSE, layouts.bullets, layouts.sections, layouts.headed, layouts.listed),
}
# Ways to lead into a question, for the few that have one; some people type no question mark.
LEADS = (
    "According to the notes, {}?",
    "Remind me: {}?",
    "Do you remember: {}?",
    "{}",
    "Please tell me: {}?",
    "Quick question: {}?",
)


@dataclass(frozen=True)
class Fact:
    """Something stated, and all the ways to ask for it."""

    asks: tuple[str, ...]
    answers: Value


@dataclass
class Draft:
    """A passage in the making. `used` holds every name and value so far: no two facts share one."""

    rng: Random
    scene: Scene
    words: dict[str, str]
    entities: list[Entity] = field(default_factory=list)
    cells: list[Cell] = field(default_factory=list)
    asides: dict[str, Value] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)
    pattern: str = ""


class UnsuitableError(Exception):
    """This draft can't become a passage; the next one may."""


def make_facts(seed: int, count: int) -> list[dict[str, Any]]:
    """`count` passages with their questions; the same for the same seed."""
    return [_passage(Random(f"{seed}/{index}")) for index in range(count)]


def make_near_misses(seed: int, count: int) -> list[dict[str, Any]]:
    """As `make_facts`, but each with `NEAR` questions just beside what it says."""
    found = [_passage(Random(f"near {seed}/{index}"), NEAR) for index in range(count)]
    return [{**each, "source": "near"} for each in found]


def _passage(rng: Random, lost: int = 1) -> dict[str, Any]:
    while True:
        try:
            return _compose(rng, lost)
        except UnsuitableError:
            continue


def _compose(rng: Random, lost: int) -> dict[str, Any]:
    draft = _draft(rng)
    frame = rng.choice(draft.scene.frames.split())
    context = _write(draft, frame)
    if len(context.split()) not in WORDS:
        raise UnsuitableError
    asked = rng.sample(facts := _facts(draft, frame), min(len(facts), rng.randint(2, 5)))
    qas = [_question(draft, fact, context) for fact in asked]
    for _ in range(lost):
        qas.append({"question": _polish(rng, _unanswerable(draft, context)), "answers": []})
    if len({qa["question"] for qa in qas}) < len(qas):
        raise UnsuitableError
    title, context = _entitle(draft, frame, context)
    return {"context": context, "title": title, "source": "facts", "qas": qas}


# What the passage is about


def _draft(rng: Random) -> Draft:
    scene = rng.choice(SCENES)
    kind = KINDS[scene.kind]
    noun = scene.noun or rng.choice(kind.nouns.split("|"))
    words = {
        name: fill(rng, f"{{{name}}}")
        for name in ("town", "brand", "surname", "first", "season", "month", "date", "weekday")
    }
    words |= {
        "noun": noun,
        "nouns": _plural(noun),
        "firm": fill(rng, "{surname} {firm_end}"),
        "year": fill(rng, "{year}"),
    }
    words["topic"] = fill(rng, rng.choice(scene.topics.split("|")), words)
    words["Topic"] = capital(words["topic"])
    draft = Draft(rng, scene, words, pattern=rng.choice(kind.patterns.split("|")))
    for letter in "abc":
        full = _fresh(draft, lambda: (person_name(rng)[0],))[0]
        draft.words |= {letter: full, f"{letter}1": full.split()[0]}
    draft.entities = [
        _entity(draft)
        for _ in range(rng.choice((2, 3, 3, 4) if scene.kind != "ingredient" else (4, 5)))
    ]
    _state(draft)
    return draft


def _plural(noun: str) -> str:
    if noun.endswith("y") and noun[-2] not in "aeou":
        return noun[:-1] + "ies"
    return noun + ("es" if noun.endswith(("s", "x", "ch", "sh")) else "s")


def _fresh(draft: Draft, make: Callable[[], Value]) -> Value:
    """A value none of whose forms, and for persons none of whose names, stands in the draft yet."""
    for _ in range(40):
        value: Value = make()
        forms = {form.lower() for form in value}
        if " " in value[0] and value[0].replace(" ", "").replace("-", "").isalpha():
            forms |= {part.lower() for part in value[0].split() if part[0].isupper()}
        if not forms & draft.used:
            draft.used |= forms
            return value
    raise UnsuitableError


def _entity(draft: Draft) -> Entity:
    rng, kind, noun = draft.rng, KINDS[draft.scene.kind], draft.words["noun"]
    name, pronoun = person_name(rng)
    if draft.scene.kind == "person":
        return Entity(
            _fresh(draft, lambda: (name, name.split()[0]))[0], name, noun, pronoun, person=True
        )
    ref = _fresh(draft, lambda: (fill(rng, draft.pattern, {"noun": noun}),))[0]
    human = draft.scene.kind in ("doctor", "pet")
    return Entity(
        ref.removeprefix("the "),
        ref,
        noun,
        pronoun if human else "it",
        kind.capital or ref.startswith("the "),
    )


def _state(draft: Draft) -> None:
    """Choose what is said of whom, and facts beside."""
    rng, possible = draft.rng, draft.scene.relations.split()
    keys = rng.sample(possible, min(len(possible), rng.choice((1, 2, 2, 3, 3))))
    styles = {key: rng.randrange(60) for key in keys}
    for entity in draft.entities:
        for key in keys:
            if rng.random() < 0.85:
                draft.cells.append(_cell(draft, entity, key, styles[key]))
    fitting = [name for name, (tags, _) in ASIDES.items() if draft.scene.tag in tags.split()]
    for name in rng.sample(fitting, min(len(fitting), rng.choice((0, 1, 1, 2)))):
        draft.asides[name] = _fresh(draft, partial(ASIDES[name][1].make, rng, rng.randrange(60)))
    while len(draft.cells) + len(draft.asides) > 8:
        draft.cells.pop(rng.randrange(len(draft.cells)))
    draft.entities = [
        entity for entity in draft.entities if any(cell.entity is entity for cell in draft.cells)
    ]
    if len(draft.entities) < 2 or not 3 <= len(draft.cells) + len(draft.asides) <= 8:
        raise UnsuitableError


def _cell(draft: Draft, entity: Entity, key: str, style: int) -> Cell:
    return Cell(
        entity, key, RELATIONS[key], _fresh(draft, lambda: RELATIONS[key].make(draft.rng, style))
    )


# The text


def _write(draft: Draft, frame: str) -> str:
    rng = draft.rng
    head, tail = (
        fill(rng, rng.choice(texts.get(frame, "").split("~")), draft.words)
        for texts in (HEADS, TAILS)
    )
    blocks = rng.choice(LAYOUTS[frame])(rng, draft.cells)
    loose = [
        sentence(rng.choice(ASIDES[name][1].says).replace("{v}", value[0]))
        for name, value in draft.asides.items()
    ]
    flat = all("\n" not in block for block in blocks)
    fillers = _fillers(draft, " ".join([head, tail, *blocks, *loose]))
    if flat and frame != "minutes":
        body = _paragraphs(rng, _mixed(rng, blocks, loose + fillers))
    else:
        cut = rng.randint(0, len(fillers))
        before, after = fillers[:cut], _mixed(rng, loose, fillers[cut:])
        main = [f"{index}. {block}" for index, block in enumerate(blocks, 1)] if flat else blocks
        parts = [" ".join(before), ("\n" if flat else "\n\n").join(main), " ".join(after)]
        body = "\n\n".join(part for part in parts if part)
    return "\n\n".join(part for part in (head, body, tail) if part)


def _fillers(draft: Draft, written: str) -> list[str]:
    """Sentences without a fact, until the passage is long enough."""
    rng, goal = draft.rng, draft.rng.randint(52, 105)
    own, plain = (FILLERS[tag].split("|") for tag in (draft.scene.tag, "any"))
    rng.shuffle(own)
    rng.shuffle(plain)
    chosen: list[str] = []
    length = len(written.split())
    while length < goal and own and plain:
        chosen.append(fill(rng, (own if rng.random() < 0.6 else plain).pop()))
        length += len(chosen[-1].split())
    return chosen or [fill(rng, own[0])]


def _mixed(rng: Random, blocks: Sequence[str], others: Iterable[str]) -> list[str]:
    """The blocks in their order, the others anywhere between."""
    mixed = list(blocks)
    for other in others:
        mixed.insert(rng.randint(0, len(mixed)), other)
    return mixed


def _paragraphs(rng: Random, texts: list[str]) -> str:
    parts, size = [], rng.choice((3, 4, 6, 9))
    for start in range(0, len(texts), size):
        parts.append(" ".join(texts[start : start + size]))
    return "\n\n".join(parts)


def _entitle(draft: Draft, frame: str, context: str) -> tuple[str | None, str]:
    """A title beside the text, as a heading in it, both, or none."""
    rng = draft.rng
    titles = FRAME_TITLES.get(
        frame, FRAME_TITLES["" if draft.scene.tag in ("work", "tech", "lab") else "home"]
    )
    title = capital(fill(rng, rng.choice(titles.split("|")), draft.words))
    plain = frame not in FRAME_TITLES
    room = len(context.split()) + len(title.split()) + 1 in WORDS
    if plain and room and rng.random() < 0.5:
        context = f"{rng.choice(('# ', '# ', '', '## '))}{title}\n\n{context}"
    if rng.random() < 0.1:
        title = re.sub(r"\W+", rng.choice("-_"), title.lower()).strip("-_") + rng.choice(
            (".md", ".txt")
        )
    return (title if rng.random() < 0.7 else None), context


# The questions


def _facts(draft: Draft, frame: str) -> list[Fact]:
    """All that the passage states, each thing once: asked for either way round."""
    facts = [
        _inverse(cell)
        if cell.relation.inverse and draft.rng.random() < 0.3
        else _direct(cell, draft.rng)
        for cell in draft.cells
    ]
    facts += [Fact(ASIDES[name][1].asks, value) for name, value in draft.asides.items()]
    for who, asks in FRAME_FACTS.get(frame, ()):
        if draft.rng.random() < 0.4:
            name = draft.words[who]
            facts.append(
                Fact(
                    tuple(fill(draft.rng, ask, draft.words) for ask in asks.split("|")),
                    (name, name.split()[0]),
                )
            )
    return facts


def _direct(cell: Cell, rng: Random) -> Fact:
    short = cell.entity.person and rng.random() < 0.25
    return Fact(tuple(_named(ask, cell.entity, short) for ask in cell.relation.asks), cell.value)


def _inverse(cell: Cell) -> Fact:
    asks = tuple(
        _named(ask, cell.entity).replace("{v}", cell.value[0]) for ask in cell.relation.inverse
    )
    entity = cell.entity
    short = (entity.name.split()[0],) if entity.person else ()
    return Fact(asks, (entity.name, *((entity.ref,) if entity.ref != entity.name else ()), *short))


def _named(template: str, entity: Entity, short: bool = False) -> str:
    """The template about the entity; `short`: by the first name alone, as friends ask."""
    ref = entity.name.split()[0] if short else entity.ref
    return template.replace("{e}", ref).replace("{noun}", entity.noun)


def _question(draft: Draft, fact: Fact, context: str) -> dict[str, Any]:
    """The question in one of its wordings; the first answer as the passage writes it."""
    forms = (fact.answers[0], capital(fact.answers[0]))
    found = next((form for form in forms if form in context), None)
    if found is None or len(found.split()) > ANSWER_WORDS:
        raise UnsuitableError
    answers = list(dict.fromkeys((found, *fact.answers)))
    return {"question": _polish(draft.rng, draft.rng.choice(fact.asks)), "answers": answers}


def _polish(rng: Random, ask: str) -> str:
    lead = rng.choice(LEADS) if rng.random() < 0.08 else "{}?"
    small = lead != "{}?" and not lead.startswith("{}")
    return lead.format(ask[0].lower() + ask[1:] if small else ask)


def _unanswerable(draft: Draft, context: str) -> str:
    """A question that sounds as if the passage answered it."""
    rng = draft.rng
    way = rng.choice((_unstated, _unstated, _absent, _absent, _unknown_value, _other_aside))
    asks = way(draft, context)
    if not asks:
        raise UnsuitableError
    return rng.choice(asks)


def _unstated(draft: Draft, context: str) -> list[str]:
    """Something that is not said of a present entity, best if it is said of another one."""
    known = {(cell.entity.name, cell.key) for cell in draft.cells}
    stated = {cell.key for cell in draft.cells}
    gaps = [
        (one, key)
        for one in draft.entities
        for key in draft.scene.relations.split()
        if (one.name, key) not in known
    ]
    near = [gap for gap in gaps if gap[1] in stated]
    if not gaps:
        return []
    entity, key = draft.rng.choice(near if near and draft.rng.random() < 0.6 else gaps)
    return [_named(ask, entity) for ask in RELATIONS[key].asks]


def _absent(draft: Draft, context: str) -> list[str]:
    """What is said of others, asked about one that the passage does not know."""
    stranger = _entity(draft)
    if stranger.name.lower() in context.lower():
        return []
    return [_named(ask, stranger) for ask in draft.rng.choice(draft.cells).relation.asks]


def _unknown_value(draft: Draft, context: str) -> list[str]:
    """Who or what has a value that nothing has."""
    cell = draft.rng.choice(draft.cells)
    value = _fresh(draft, lambda: cell.relation.make(draft.rng, draft.rng.randrange(60)))
    if any(form.lower() in context.lower() for form in value):
        return []
    return [_named(ask, cell.entity).replace("{v}", value[0]) for ask in cell.relation.inverse]


def _other_aside(draft: Draft, context: str) -> list[str]:
    names = [
        name
        for name, (tags, _) in ASIDES.items()
        if draft.scene.tag in tags.split() and name not in draft.asides
    ]
    return list(ASIDES[draft.rng.choice(names)][1].asks) if names else []
