"""Invented tables with short questions: a cell by its row and column, a row by its cell, and rows that are not there.

A table shows some of a subject's rows and columns, so what is asked in vain looks like what is asked rightly: a row that
is left out, a column that is, a cell that is empty. The same table is set in several forms, as readers give them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from training.facts.values import bars, fill

CELLS = 30  # of a table, at most: it stays one chunk
EMPTY = ("-", "", "n/a", "?")


@dataclass(frozen=True)
class Column:
    """asks: `{r}` is the row; inverse: `{v}` is the cell, and the row is the answer."""

    name: str
    make: Callable[[Random], str]
    asks: tuple[str, ...]
    inverse: str = ""


@dataclass(frozen=True)
class Subject:
    titles: tuple[str, ...]
    head: str
    rows: tuple[str, ...]
    columns: tuple[Column, ...]


def column(name: str, make: Callable[[Random], str], asks: str, inverse: str = "") -> Column:
    return Column(name, make, tuple(asks.split("|")), inverse)


def subject(titles: str, head: str, rows: str, *columns: Column) -> Subject:
    return Subject(tuple(titles.split("|")), head, tuple(rows.split("|")), columns)


def number(low: int, high: int, step: int = 1, shown: str = "{}") -> Callable[[Random], str]:
    return lambda rng: shown.format(f"{rng.randrange(low, high + 1, step):,}")


def cents(low: int, high: int, shown: str = "{:.2f}") -> Callable[[Random], str]:
    return lambda rng: shown.format(rng.randrange(low * 20, high * 20) / 20)


def tenths(low: int, high: int, shown: str = "{:.1f}") -> Callable[[Random], str]:
    return lambda rng: shown.format(rng.randrange(low * 10, high * 10) / 10)


def clock(first: int, last: int) -> Callable[[Random], str]:
    return lambda rng: f"{rng.randint(first, last):02}:{rng.randrange(60):02}"


def span(rng: Random) -> str:
    return f"{rng.randint(7, 11)}:{rng.choice(('00', '30'))}-{rng.randint(16, 21)}:00"


def one(text: str) -> Callable[[Random], str]:
    return lambda rng: rng.choice(bars(text))


def slot(template: str) -> Callable[[Random], str]:
    return lambda rng: fill(rng, template)


def day(rng: Random) -> str:
    return f"{rng.randint(1, 28)} {rng.choice(bars('Jan|Feb|Mar|Apr|May|June|July|Aug|Sept|Oct|Nov|Dec'))}"


WEEK = "Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday"
YEAR = "January|February|March|April|May|June|July|August|September|October|November|December"
SUBJECTS: tuple[Subject, ...] = (
    subject(
        "Price list {year}|Prices of the {town} workshop|What we sell",
        "Article",
        "oak board|pine board|wood glue|wall paint, white|wall paint, grey|hinge, brass|hinge, steel|sandpaper, fine|sandpaper, coarse|linseed oil|dowel, 8 mm|dowel, 10 mm",
        column("Price", cents(2, 90), "What does {r} cost|How much is {r}|What is the price of {r}", "Which article costs {v}"),
        column("In stock", number(0, 240), "How many of {r} are in stock|What is the stock of {r}|How much {r} is left"),
        column("Supplier", slot("{surname} {firm_end}"), "Who supplies {r}|From whom do we get {r}", "What comes from {v}"),
        column("Shelf", slot("{letter}{two}"), "On which shelf is {r}|Where is {r} kept", "What is on shelf {v}"),
    ),
    subject(
        "Timetable of the {town} ferry|Ferry times in {season}|Bus {two}, weekdays",
        "Trip",
        "1st trip|2nd trip|3rd trip|4th trip|5th trip|6th trip|7th trip|8th trip",
        column("Harbour", clock(5, 22), "When does the {r} leave the harbour|What time is the {r} at the harbour", "Which trip leaves the harbour at {v}"),
        column("Market Square", clock(5, 22), "When is the {r} at Market Square|When does the {r} reach Market Square"),
        column("Hospital", clock(5, 22), "When does the {r} stop at the hospital|What time is the {r} at the hospital"),
        column("Station", clock(5, 22), "When does the {r} arrive at the station|When is the {r} at the station"),
    ),
    subject(
        "Household budget {year}|What we spent in {year}|Expenses, first half of {year}",
        "Item",
        "Rent|Groceries|Electricity|Gas|Insurance|Car|Trains|Clothes|Gifts|Phone|Savings|Garden",
        *(column(name, number(12, 990), f"How much was spent on {{r}} in {name}|What did {{r}} come to in {name}|{{r}} in {name}") for name in bars("January|February|March|April|May|June")),
    ),
    subject(
        "Staff of {brand}|Telephone list|Who sits where",
        "Name",
        "Ilse Brandt|Kofi Mensah|Radka Novak|Samir Haddad|Tove Holm|Luca Moretti|Anjali Iyer|Piotr Szabo|Orla Byrne|Hugo Girard",
        column("Extension", slot("{three}"), "What is {r}'s extension|On which extension do I reach {r}", "Whose extension is {v}"),
        column("Room", slot("{digit}.{two}"), "In which room does {r} sit|What is {r}'s room", "Who sits in room {v}"),
        column("Role", one("accounts|design|sales|purchasing|IT support|personnel|legal|stock|training|marketing"), "What is {r}'s role|What does {r} do", "Who does {v}"),
        column("Away on", one(WEEK), "On which day is {r} away|When is {r} not there"),
    ),
    subject(
        "Opening hours|When the pool is open|Opening hours of the {town} library",
        "Day",
        WEEK,
        column("Main building", span, "When is the main building open on {r}|What are the main building's hours on {r}"),
        column("Branch", span, "When is the branch open on {r}|What are the hours of the branch on {r}"),
        column("Cafe", span, "When is the cafe open on {r}|What are the cafe's hours on {r}"),
    ),
    subject(
        "{brand} pumps compared|Technical data|Models at a glance",
        "Model",
        "P 100|P 120|P 150|P 200|P 240|X 310|X 320|X 400|X 450",
        column("Power (W)", number(150, 1800, 50), "How many watts does the {r} have|What is the power of the {r}", "Which model has {v} W"),
        column("Weight (kg)", tenths(3, 40), "How heavy is the {r}|What does the {r} weigh", "Which model weighs {v} kg"),
        column("Noise (dB)", number(34, 78), "How loud is the {r}|What is the noise level of the {r}"),
        column("Flow (l/min)", number(20, 180, 5), "What is the flow of the {r}|How many litres a minute does the {r} move"),
        column("Price (€)", number(79, 990), "What does the {r} cost|How much is the {r}", "Which model costs {v} euros"),
    ),
    subject(
        "Results of the {town} run|Fun run {year}: results",
        "Runner",
        "Amara Eze|Jonas Lind|Mei Zhang|Felix Berg|Zofia Kowalska|Rui Carvalho|Hana Tanaka|Bruno Rossi|Leila Mansour|Eero Virtanen",
        column("Number", slot("{three}"), "Which number did {r} wear|What was {r}'s start number", "Who had number {v}"),
        column("Time", lambda rng: f"{rng.randint(38, 95)}:{rng.randrange(60):02}", "What was {r}'s time|How long did {r} take", "Who finished in {v}"),
        column("Club", slot("{town}"), "For which club did {r} run|What is {r}'s club", "Who ran for {v}"),
        column("Place", number(1, 60), "In which place did {r} finish|What was {r}'s place"),
    ),
    subject(
        "Room hire|Rooms of the {town} community centre",
        "Room",
        "Main hall|Blue room|Library|Kitchen|Studio|Garden room|Small hall|Attic|Workshop",
        column("Seats", number(6, 180), "How many seats does the {r} have|How many people fit into the {r}"),
        column("Per hour", number(8, 95, 1, "£{}"), "What does the {r} cost an hour|How much is an hour in the {r}", "Which room costs {v} an hour"),
        column("Per day", number(60, 640, 5, "£{}"), "What does the {r} cost a day|How much is the {r} for a whole day", "Which room costs {v} a day"),
        column("Floor", one("ground|first|second|third|basement"), "On which floor is the {r}"),
    ),
    subject(
        "Medicines in {month}|Tablets and times",
        "Medicine",
        "Belmol|Corpril|Daxan|Fendine|Grizol|Halcort|Lumvit|Norstat|Selmol|Vardine",
        column("Dose", one("5 mg|10 mg|20 mg|40 mg|75 mg|100 mg|250 mg|500 mg"), "What is the dose of {r}|How much {r} is taken"),
        column("Morning", one("1|2|½|0|3"), "How many tablets of {r} in the morning|How much {r} is taken in the morning"),
        column("Evening", one("1|2|½|0|3"), "How many tablets of {r} in the evening|How much {r} is taken in the evening"),
        column("Until", day, "Until when is {r} taken|When does {r} end", "Which medicine is taken until {v}"),
    ),
    subject(
        "Weather station {town}|Measurements of {year}",
        "Month",
        YEAR,
        column("Rain (mm)", number(8, 190), "How much rain fell in {r}|How many millimetres of rain were there in {r}", "In which month did {v} mm of rain fall"),
        column("Mean °C", tenths(-6, 24), "What was the mean temperature in {r}|How warm was {r} on average"),
        column("Sun (h)", number(20, 310), "How many hours of sun did {r} have|How long did the sun shine in {r}", "Which month had {v} hours of sun"),
        column("Frost days", number(0, 28), "How many days of frost were there in {r}"),
    ),
    subject(
        "Subscription plans|Plans of {brand}|What each plan has",
        "Plan",
        "Free|Starter|Basic|Family|Team|Business|Premium|Campus",
        column("Monthly", number(2, 90, 1, "${}"), "What does {r} cost a month|How much is the {r} plan per month", "Which plan costs {v} a month"),
        column("Yearly", number(20, 900, 5, "${}"), "What does {r} cost a year|How much is the {r} plan per year"),
        column("Storage", number(5, 2000, 5, "{} GB"), "How much storage does {r} have|How many gigabytes come with {r}", "Which plan has {v}"),
        column("Users", number(1, 250), "How many users may {r} have|For how many users is the {r} plan"),
    ),
    subject(
        "Services|Ports and owners|The {brand} cluster",
        "service",
        "auth|billing|catalog|gateway|ledger|mail|media|metrics|orders|search|session|upload",
        column("port", slot("{port}"), "Which port does {r} listen on|What is the port of {r}", "Which service uses port {v}"),
        column("replicas", number(1, 12), "How many replicas does {r} have|How often is {r} running"),
        column("memory", number(128, 8192, 128, "{}Mi"), "How much memory does {r} get|What is the memory limit of {r}"),
        column("owner", slot("{first}"), "Who owns {r}|Who is responsible for {r}", "Which service does {v} own"),
        column("timeout", number(2, 90, 1, "{}s"), "What is the timeout of {r}|After what time does {r} give up"),
    ),
    subject(
        "Postage {year}|What parcels cost",
        "Parcel",
        "Letter|Large letter|Small packet|Parcel up to 2 kg|Parcel up to 5 kg|Parcel up to 10 kg|Parcel up to 20 kg",
        column("Inland", cents(1, 19, "€{:.2f}"), "What does the {r} cost inland|How much is the {r} within the country"),
        column("Europe", cents(3, 45, "€{:.2f}"), "What does the {r} cost to Europe|How much is the {r} within Europe"),
        column("World", cents(5, 90, "€{:.2f}"), "What does the {r} cost overseas|How much is the {r} to the rest of the world"),
        column("Days", one("1-2|2-3|3-5|4-6|5-8"), "How many days does the {r} take|How long is the {r} on its way"),
    ),
    subject(
        "Vaccinations of the {town} shelter|Animals in {month}",
        "Animal",
        "Biscuit|Juno|Rufus|Mochi|Pepper|Otis|Saffron|Ziggy|Nimbus|Waldo",
        column("Kind", one("cat|dog|rabbit|guinea pig|parrot|ferret"), "What kind of animal is {r}|What is {r}"),
        column("Born", lambda rng: str(rng.randint(2011, 2025)), "When was {r} born|In which year was {r} born", "Which animal was born in {v}"),
        column("Weight", tenths(1, 38, "{:.1f} kg"), "How much does {r} weigh|How heavy is {r}", "Which animal weighs {v}"),
        column("Arrived", day, "When did {r} arrive|On what day did {r} come", "Which animal came on {v}"),
    ),
    subject(
        "Duty roster|Who does what in week {two}",
        "Day",
        WEEK,
        column("Early", slot("{first}"), "Who has the early shift on {r}|Who works early on {r}", "On which day does {v} have the early shift"),
        column("Late", slot("{first}"), "Who has the late shift on {r}|Who works late on {r}", "On which day does {v} have the late shift"),
        column("Night", slot("{first}"), "Who has the night shift on {r}|Who is on duty in the night of {r}", "On which night is {v} on duty"),
        column("Standby", slot("{first}"), "Who is on standby on {r}"),
    ),
)  # fmt: skip


def make_grids(seed: int, count: int) -> list[dict[str, Any]]:
    """`count` tables with their questions, as `training.data` has them; the same for a seed."""
    return [_passage(Random(f"grid {seed}/{index}")) for index in range(count)]


def _passage(rng: Random) -> dict[str, Any]:
    chosen = rng.choice(SUBJECTS)
    columns = rng.sample(chosen.columns, rng.randint(2, min(4, len(chosen.columns))))
    columns.sort(key=chosen.columns.index)
    most = min(CELLS // (len(columns) + 1), len(chosen.rows) - 1)
    rows = rng.sample(chosen.rows, rng.randint(3, most))
    if rng.random() < 0.7:
        rows.sort(key=chosen.rows.index)
    cells = [[_cell(rng, each) for each in columns] for _ in rows]
    title = fill(rng, rng.choice(chosen.titles))
    context = rng.choice(FORMS)([chosen.head, *(each.name for each in columns)], rows, cells)
    if rng.random() < 0.6:
        context = f"{rng.choice(('', '# ', '## '))}{title}\n\n{context}"
    qas = _asked(rng, columns, rows, cells) + _in_vain(rng, chosen, columns, rows, cells)
    unique = list({qa["question"]: qa for qa in qas}.values())
    return {"context": context, "title": title, "source": "grid", "qas": unique}


def _cell(rng: Random, made: Column) -> str:
    return rng.choice(EMPTY) if rng.random() < 0.04 else made.make(rng)


# Forms: names of the columns, rows, cells -> text


def _lines(names: list[str], rows: list[str], cells: list[list[str]], between: str) -> list[str]:
    return [
        between.join(line) for line in (names, *([a, *b] for a, b in zip(rows, cells, strict=True)))
    ]


def _piped(names: list[str], rows: list[str], cells: list[list[str]]) -> str:
    return "\n".join(_lines(names, rows, cells, " | "))


def _markdown(names: list[str], rows: list[str], cells: list[list[str]]) -> str:
    first, *rest = (f"| {line} |" for line in _lines(names, rows, cells, " | "))
    return "\n".join([first, "|" + "---|" * len(names), *rest])


def _columns(names: list[str], rows: list[str], cells: list[list[str]]) -> str:
    grid = [names, *([a, *b] for a, b in zip(rows, cells, strict=True))]
    widths = [max(map(len, each)) for each in zip(*grid, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in grid
    )


def _records(names: list[str], rows: list[str], cells: list[list[str]]) -> str:
    return "\n\n".join(
        "\n".join(f"{name}: {cell}" for name, cell in zip(names, [row, *line], strict=True))
        for row, line in zip(rows, cells, strict=True)
    )


def _told(names: list[str], rows: list[str], cells: list[list[str]]) -> str:
    return "\n".join(
        f"{row}: " + ", ".join(f"{name} {cell}" for name, cell in zip(names[1:], line, strict=True))
        for row, line in zip(rows, cells, strict=True)
    )


FORMS = (_piped, _piped, _piped, _markdown, _markdown, _columns, _records, _told)


# The questions


def _asked(
    rng: Random, columns: Sequence[Column], rows: Sequence[str], cells: list[list[str]]
) -> list[dict[str, Any]]:
    """Three to five cells asked for, some of them the other way round."""
    places = [
        (r, c) for r in range(len(rows)) for c in range(len(columns)) if cells[r][c] not in EMPTY
    ]
    qas = []
    for r, c in rng.sample(places, min(len(places), rng.randint(3, 5))):
        made, value = columns[c], cells[r][c]
        single = sum(line[c] == value for line in cells) == 1
        if made.inverse and single and rng.random() < 0.25:
            qas.append({"question": made.inverse.format(v=value) + "?", "answers": [rows[r]]})
        else:
            qas.append({"question": _ask(rng, made, rows[r]), "answers": [value]})
    return qas


def _in_vain(
    rng: Random,
    chosen: Subject,
    columns: Sequence[Column],
    rows: Sequence[str],
    cells: list[list[str]],
) -> list[dict[str, Any]]:
    """One or two questions about a row that is not there, a column that is not, an empty cell."""
    away = [each for each in chosen.rows if each not in rows]
    hidden = [each for each in chosen.columns if each not in columns]
    empty = [
        (made, row)
        for row, line in zip(rows, cells, strict=True)
        for made, cell in zip(columns, line, strict=True)
        if cell in EMPTY
    ]
    found = [(rng.choice(columns), rng.choice(away))]
    found += [(rng.choice(hidden), rng.choice(rows))] if hidden and rng.random() < 0.4 else []
    found += empty[:1]
    return [{"question": _ask(rng, *each), "answers": []} for each in found[: rng.randint(1, 2)]]


def _ask(rng: Random, made: Column, row: str) -> str:
    text = rng.choice(made.asks).format(r=row)
    return text[0].upper() + text[1:] + "?"
