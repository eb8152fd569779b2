"""How stated facts are set on the page: prose, bullets, sheets, tables, lists."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from training.facts.values import Value
from training.facts.wording import Relation

# Words that stay before the value when a list leaves the verb out: "A leaves at 7:15, B at 8:20".
LINKS = {
    "at",
    "on",
    "in",
    "to",
    "for",
    "by",
    "from",
    "with",
    "of",
    "after",
    "until",
    "because",
    "against",
    "around",
}


@dataclass(frozen=True)
class Entity:
    """A thing or person of a passage: its bare name, and how sentences refer to it."""

    name: str
    ref: str
    noun: str
    pronoun: str = "it"
    capital: bool = True
    person: bool = False

    @property
    def heading(self) -> str:
        return capital(self.name) if self.capital else self.name


@dataclass(frozen=True)
class Cell:
    """One fact: what a relation says of an entity."""

    entity: Entity
    key: str
    relation: Relation
    value: Value


def capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def sentence(text: str, small: bool = False) -> str:
    """With a capital and a full stop; `small` keeps a name that begins with a small letter."""
    end = "" if text.endswith((".", "!", "?")) else "."
    return (text if small else capital(text)) + end


def _said(rng: Random, cell: Cell, merged: bool = False) -> str:
    """A statement template of the cell's relation with the value in it; `merged`: one that begins with the entity."""
    says = [text for text in cell.relation.says if not merged or text.startswith("{e} ")]
    return rng.choice(says or list(cell.relation.says)).replace("{v}", cell.value[0])


def _about(template: str, entity: Entity, again: bool = False) -> str:
    ref = entity.pronoun if again and template.startswith("{e} ") else entity.ref
    text = template.replace("{e}", ref)
    return sentence(text, small=not entity.capital and text.startswith(entity.ref))


def by_entity(cells: list[Cell]) -> dict[str, list[Cell]]:
    groups: dict[str, list[Cell]] = {}
    for cell in cells:
        groups.setdefault(cell.entity.name, []).append(cell)
    return groups


def by_relation(cells: list[Cell]) -> dict[str, list[Cell]]:
    groups: dict[str, list[Cell]] = {}
    for cell in cells:
        groups.setdefault(cell.key, []).append(cell)
    return groups


def prose_by_entity(rng: Random, cells: list[Cell]) -> list[str]:
    """A few sentences on each entity; later ones say "it", or share one subject."""
    return [_portrait(rng, group) for group in by_entity(cells).values()]


def _portrait(rng: Random, group: list[Cell]) -> str:
    entity, texts = (
        group[0].entity,
        [_said(rng, cell, merged=index > 0) for index, cell in enumerate(group)],
    )
    sentences: list[str] = []
    while texts:
        text = texts.pop(0)
        joins = (
            text.startswith("{e} ")
            and texts
            and texts[0].startswith("{e} ")
            and "because" not in text
        )
        if joins and rng.random() < 0.4:
            text = f"{text} and {texts.pop(0)[4:]}"
        sentences.append(_about(text, entity, again=bool(sentences)))
    return " ".join(sentences)


def prose_by_relation(rng: Random, cells: list[Cell]) -> list[str]:
    """What is the same of all entities in one sentence, often with the verb said once."""
    return [_comparison(rng, group) for group in by_relation(cells).values()]


def _comparison(rng: Random, group: list[Cell]) -> str:
    says = group[0].relation.says
    gapping = [
        text
        for text in says
        if text.startswith("{e} ") and text.endswith("{v}") and text != "{e} {v}"
    ]
    if len(group) > 1 and gapping and rng.random() < 0.6:
        return _gapped(rng.choice(gapping), group)
    texts = [_said(rng, cell).replace("{e}", cell.entity.ref) for cell in group]
    small = [
        not cell.entity.capital and text.startswith(cell.entity.ref)
        for cell, text in zip(group, texts, strict=True)
    ]
    if len(texts) == 2 and rng.random() < 0.5:
        return sentence(f"{texts[0]}, {rng.choice(('while', 'but', 'and'))} {texts[1]}", small[0])
    return " ".join(sentence(text, keep) for text, keep in zip(texts, small, strict=True))


def _gapped(template: str, group: list[Cell]) -> str:
    last = template[:-4].rsplit(maxsplit=1)[-1]
    link = f"{last} " if last in LINKS else ""
    first = template.replace("{e}", group[0].entity.ref).replace("{v}", group[0].value[0])
    rest = [f"{cell.entity.ref} {link}{cell.value[0]}" for cell in group[1:]]
    text = ", ".join([first, *rest[:-1]]) + " and " + rest[-1]
    return sentence(text, small=not group[0].entity.capital)


def bullets(rng: Random, cells: list[Cell]) -> list[str]:
    mark = rng.choice("-*•")
    chosen = (
        prose_by_entity(rng, cells)
        if rng.random() < 0.3
        else [_about(_said(rng, cell), cell.entity) for cell in cells]
    )
    return ["\n".join(f"{mark} {text}" for text in chosen)]


def sections(rng: Random, cells: list[Cell]) -> list[str]:
    """A heading for each entity, under it `label: value` lines."""
    heading = rng.choice(("## {}", "### {}", "**{}**", "{}:", "[{}]", "== {} =="))
    colon, labels = rng.choice((": ", ": ", ": ", " = ", " - ")), _labels(rng, cells)
    mark = rng.choice(("", "", "- ", "  "))
    return [
        "\n".join(
            [
                heading.format(group[0].entity.heading),
                *(f"{mark}{labels[c.key]}{colon}{c.value[0]}" for c in group),
            ]
        )
        for group in by_entity(cells).values()
    ]


def headed(rng: Random, cells: list[Cell]) -> list[str]:
    """A heading for each entity, under it sentences."""
    level = rng.choice(("##", "###"))
    return [
        f"{level} {group[0].entity.heading}\n\n{_portrait(rng, group)}"
        for group in by_entity(cells).values()
    ]


def listed(rng: Random, cells: list[Cell]) -> list[str]:
    """For each relation a list `entity: value`."""
    labels, mark, colon = (
        _labels(rng, cells),
        rng.choice(("- ", "* ", "", "  ")),
        rng.choice((": ", ": ", " - ", " \u2013 ", ", ")),
    )
    return [
        "\n".join(
            [
                f"{capital(labels[key])}:",
                *(f"{mark}{cell.entity.heading}{colon}{cell.value[0]}" for cell in group),
            ]
        )
        for key, group in by_relation(cells).items()
    ]


def amounts(rng: Random, cells: list[Cell]) -> list[str]:
    """The ingredients of a recipe."""
    mark, head = (
        rng.choice(("- ", "* ", "")),
        rng.choice(("Ingredients:", "## Ingredients", "You need:", "Shopping list:")),
    )
    return ["\n".join([head, *(f"{mark}{cell.value[0]} {cell.entity.ref}" for cell in cells)])]


def table(rng: Random, cells: list[Cell]) -> list[str]:
    labels, keys = _labels(rng, cells), list(by_relation(cells))
    rows = [
        [capital(cells[0].entity.noun), *(capital(labels[key]) for key in keys)],
        ["---"] * (len(keys) + 1),
    ]
    for group in by_entity(cells).values():
        known = {cell.key: cell.value[0] for cell in group}
        rows.append([group[0].entity.heading, *(known.get(key, "?") for key in keys)])
    return ["\n".join("| " + " | ".join(row) + " |" for row in rows)]


def _labels(rng: Random, cells: list[Cell]) -> dict[str, str]:
    return {key: rng.choice(group[0].relation.label) for key, group in by_relation(cells).items()}
