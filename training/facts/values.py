"""Invented names and values: words from syllables, people, places, measures, dates, prices, codes.

A maker takes a random source and a style. The style is drawn once for a passage, so that the prices of one list have
one currency and the dates of one sheet one format. It gives the forms of a value that count as right; the first is
the one that a passage shows.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from random import Random

Value = tuple[str, ...]
Make = Callable[[Random, int], Value]


def bars(text: str) -> list[str]:
    return text.split("|")


MONTHS = bars(
    "January|February|March|April|May|June|July|August|September|October|November|December"
)
WOMEN = bars(
    "Mara|Ingrid|Aylin|Chiara|Priya|Noor|Yuki|Amara|Zofia|Leila|Hana|Marisol|Eun-ji|Thandi|Saoirse|Beatriz|Katya"
    "|Freya|Mei|Adaeze|Greta|Nadia|Pilar|Sunita|Odile|Wanjiru|Tove|Ilse|Rosa|Esra|Linh|Farah|Agnes|Dunja|Colette"
    "|Imani|Sanna|Ximena|Radka|Shirin|Malia|Orla|Keiko|Fatou|Petra|Lucinda|Anjali|Helga|Miriam|Tamsin"
)
MEN = bars(
    "Jonas|Tomasz|Kofi|Emre|Luca|Arjun|Omar|Kenji|Piotr|Davor|Mateo|Sipho|Ciaran|Rui|Dmitri|Anders|Wei|Chidi|Felix"
    "|Samir|Pablo|Ravi|Benoit|Kamau|Nils|Otto|Bruno|Cem|Minh|Reza|Hugo|Goran|Laurent|Tariq|Eero|Rafael|Vaclav|Babak"
    "|Keoni|Fergus|Haruto|Mamadou|Stefan|Edwin|Vikram|Rolf|Elias|Barnaby|Teodor|Ishaan"
)
LASTNAMES = bars(
    "Lind|Okafor|Yilmaz|Moretti|Banerjee|Haddad|Tanaka|Mensah|Kowalska|Novak|Herrera|Dlamini|Byrne|Carvalho|Volkov"
    "|Holm|Zhang|Eze|Brandt|Mansour|Ortega|Iyer|Fontaine|Njoroge|Berg|Keller|Rossi|Demir|Tran|Farahani|Sorensen"
    "|Horvat|Girard|Diallo|Virtanen|Quispe|Dvorak|Kahale|Gallagher|Mori|Castellan|Whitlock|Penhale|Ashdown"
    "|Marchetti|Lindqvist|Oyelaran|Petrov|Nakamura|Vandermeer|Abelard|Sato|Kruger|Almeida|Rahman|Szabo|Thorne"
    "|Ivarsson|Bakker|Fairweather"
)
HEADS = bars(
    "Tar|Bel|Kor|Lin|Mar|Os|Vel|Dra|Hal|Fen|Gri|Jor|Kes|Lum|Mor|Nor|Pel|Quin|Ros|Sel|Tor|Ul|Ver|Wen|Yar|Zel|Bran|Cas"
    "|Del|Esk|Fal|Gal|Hol|Ist|Kal|Lor|Mel|Nim|Or|Pra|Rav|Sil|Thal|Var|Wil|Zan|Ald|Bir|Cor|Dun"
)
MIDDLES = bars("a|e|i|o|u|an|en|or|il|am|ev|ud|ar|is|on|eth|ari|olu|ine|aro")
TOWN_ENDS = bars(
    "ford|wick|by|stad|holm|berg|vale|mouth|grove|ton|dale|haven|bridge|ness|minster|field|vik|bach"
)
BRAND_ENDS = bars("x|nik|lo|tec|rin|dor|mont|sa|vex|con|ra|lux|tor|zen|da|max|pro|via")

LISTS: dict[str, str] = {
    "site": "cellar|garden|attic|garage|kitchen|roof|yard|workshop|guest-room|stable|barn|balcony|hallway|laundry"
    "|porch|greenhouse|upstairs|back-room|boathouse|pantry",
    "colour": "red|blue|green|yellow|white|black|grey|orange|brown|purple|turquoise|silver|beige|pink",
    "shade": "dark |light |pale |bright |dusty |deep |||",
    "age": "old|new|small|big|spare|second-hand|borrowed|repaired",
    "ordinal": "first|second|third|fourth|fifth|last|middle|left|right",
    "thing": "flower pot|paint tin|toolbox|bread bin|coat rack|water barrel|bookcase|radiator|filing cabinet"
    "|wood pile|laundry basket|window sill|fuse box|spice rack|shoe cupboard|ladder|doormat|bench|stone step"
    "|garden chair",
    "holder": "drawer|biscuit tin|cupboard|wooden box|glass jar|leather bag|metal locker|wicker basket|plastic crate",
    "behind": "behind|under|next to|beside|on top of|to the left of",
    "part": "bearing|hinge|seal|cable|switch|filter|valve|belt|fuse|battery|gasket|handle|lid|sensor|drain|spring"
    "|chain",
    "broke": "was worn out|had cracked|had come loose|was missing|was the wrong size|had melted|was fitted backwards"
    "|had been chewed by mice|was full of water|was broken|was stuck",
    "street_end": "Street|Lane|Road|Avenue|Row|Hill|Square|Terrace|Walk|Quay",
    "firm_end": "& Sons|Ltd|Brothers|Supplies|Trading|Works|Partners|GmbH|& Daughters|Cooperative|Studio|Logistics",
    "fruit": "plum|apple|walnut|poppy seed|rhubarb|leek|pumpkin|lemon|cherry|fennel|spinach|chestnut|apricot|mushroom"
    "|pear|carrot|onion|hazelnut|lentil|beetroot",
    "dishword": "cake|tart|gratin|bread|pie|pudding|strudel|quiche|crumble|roll|galette",
    "plantname": "quince|fig|rosemary|hydrangea|lavender|magnolia|clematis|peony|gooseberry|wisteria|camellia|medlar"
    "|honeysuckle|fuchsia|blackcurrant|laurel|lilac|oleander|sage|dahlia|raspberry|jasmine",
    "ingredient": "flour|sugar|butter|milk|ground almonds|cornstarch|honey|cream|yoghurt|rye flour|oats|grated cheese"
    "|olive oil|raisins|breadcrumbs|semolina|sour cream|dark chocolate|red lentils|rice",
    "svc": "orders|billing|mail|search|auth|media|report|ledger|stock|invoice|queue|session|geo|audit|label|booking"
    "|metrics|catalog|notify|upload",
    "svc2": "api|worker|db|relay|cache|gateway|proxy|sync|cron|store",
    "ware": "soap|lamp oil|twine|notebook|candle|brush|teapot|rope|glue|varnish|thermos|apron|sponge|umbrella"
    "|blanket",
    "petname": "Biscuit|Pepper|Mochi|Juno|Olive|Ziggy|Clementine|Rufus|Nimbus|Pickle|Saffron|Tofu|Waldo|Poppy"
    "|Figaro|Mabel|Sooty|Bramble|Domino|Hazel|Kiwi|Luna|Marble|Nutmeg|Otis|Pixel|Quincy|Rolo|Sesame|Truffle",
    "event": "choir rehearsal|book club|flea market|chess evening|harvest dinner|film night|poetry reading"
    "|repair cafe|puppet show|tango evening|wine tasting|quiz night|lantern walk|jam session",
    "meeting": "budget review|fire drill|safety training|board meeting|planning day|kick-off|sales call|works council"
    "|stock count|audit meeting|design review|hiring round",
    "room": "kitchen|hallway|cellar|attic|garage|bathroom|workshop|greenhouse|boathouse|pantry|laundry|study",
    "course": "pottery|watercolour|sailing|Portuguese|first-aid|bookbinding|beekeeping|yoga|carpentry|photography"
    "|calligraphy|swimming|Arabic|juggling|knitting|piano",
    "season": "spring|summer|autumn|winter",
    "bird": "Heron|Kestrel|Osprey|Swift|Plover|Lapwing|Curlew|Falcon|Sparrow|Bittern|Merlin|Dunlin|Egret|Jackdaw"
    "|Siskin",
    "titleadj": "Salt|Winter|Silent|Paper|Glass|Hollow|Last|Crooked|Burning|Northern|Copper|Forgotten|Borrowed|Amber",
    "titlenoun": "Orchard|Ferry|Cartographer|Harbour|Clockmaker|Garden|Letters|Lighthouse|River|Apprentice|Bridge"
    "|Winter|Meadow|Archive|Staircase|Pilgrim",
    "hotelname": "Seagull|Golden Lion|Old Mill|Linden Tree|White Horse|Harbour View|Three Keys|Post Horn|Blue Anchor"
    "|Lantern|Black Swan|Vineyard",
    "wood": "oak|ash|pine|walnut|cherry|birch|maple|larch|beech|elm",
    "furniture": "bench|table|bookcase|stool|cradle|chest|wardrobe|desk|chair|coat stand",
    "shopname": "bakery|pharmacy|hardware shop|bookshop|butcher's|fish shop|post office|bicycle shop|florist's"
    "|tailor's",
    "trail": "ridge|gorge|lake|chapel|quarry|waterfall|forest|castle|cliff|meadow|mill|vineyard",
    "vehicle": "van|trailer|minibus|tractor|estate car|cargo bike|pick-up|scooter",
    "door": "front door|garden gate|cellar door|side entrance|garage door|loading bay|bike shed|archive door"
    "|roof hatch",
    "policy": "electricity|gas|internet|household insurance|car insurance|mobile phone|water|dental insurance"
    "|storage unit|gym|streaming|liability insurance",
    "sensor": "temperature|humidity|smoke|door|water-level|motion|wind|light|pressure|soil",
    "piece": "Nocturne|Waltz|Serenade|Prelude|Ballad|Lullaby|March|Hymn|Barcarolle|Fantasy|Elegy|Rondo",
    "contract": "electricity|gas|internet|gym|phone|water|storage|cleaning|alarm|newspaper",
    "password": "tulip|basalt|walrus|ember|copper|lagoon|saddle|pickle|thistle|comet|marble|otter|raven|biscuit"
    "|cobalt",
}
SLOTS: dict[str, list[str]] = {name: text.split("|") for name, text in LISTS.items()}


def word(rng: Random, ends: list[str]) -> str:
    return (
        rng.choice(HEADS) + (rng.choice(MIDDLES) if rng.random() < 0.7 else "") + rng.choice(ends)
    )


def lastname(rng: Random) -> str:
    return (
        rng.choice(LASTNAMES)
        if rng.random() < 0.7
        else word(rng, ["sen", "mann", "ova", "ez", "ini", "ek", "er", "ian"])
    )


def person_name(rng: Random) -> tuple[str, str]:
    """A full name and its pronoun."""
    woman = rng.random() < 0.5
    return f"{rng.choice(WOMEN if woman else MEN)} {lastname(rng)}", "she" if woman else "he"


def _serial(rng: Random) -> str:
    letters = "".join(rng.choice("ABCDEFGHJKLMNPQRSTUVWXYZ") for _ in range(2))
    return f"{letters}{rng.choice(['-', '', ' '])}{rng.randint(100, 99999)}{rng.choice(['', '-' + rng.choice('ABCKX')])}"


WEEKDAYS = bars("Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday")
MADE: dict[str, Callable[[Random], str]] = {
    "town": lambda rng: word(rng, TOWN_ENDS),
    "brand": lambda rng: word(rng, BRAND_ENDS),
    "drug": lambda rng: word(rng, ["mol", "pril", "xan", "dine", "cort", "zol", "vit", "stat"]),
    "pet": lambda rng: word(rng, ["y", "o", "bo", "kin", "la", "mi"]),
    "surname": lastname,
    "first": lambda rng: rng.choice(WOMEN + MEN),
    "person": lambda rng: person_name(rng)[0],
    "letter": lambda rng: rng.choice("ABCDEFGHJKLMNPRSTUVW"),
    "digit": lambda rng: str(rng.randint(1, 9)),
    "two": lambda rng: str(rng.randint(11, 99)),
    "three": lambda rng: str(rng.randint(101, 989)),
    "four": lambda rng: str(rng.randint(1011, 9899)),
    "port": lambda rng: str(rng.randint(1024, 65535)),
    "octet": lambda rng: str(rng.randint(2, 254)),
    "hundred": lambda rng: str(rng.randint(1, 98) * 50),
    "code": _serial,
    "version": lambda rng: f"{rng.randint(0, 9)}.{rng.randint(0, 24)}",
    "date": lambda rng: date(rng, rng.randrange(60))[0],
    "weekday": lambda rng: rng.choice(WEEKDAYS),
    "month": lambda rng: rng.choice(MONTHS),
    "year": lambda rng: str(rng.randint(2016, 2027)),
}


def fill(rng: Random, template: str, fixed: Mapping[str, str] | None = None) -> str:
    """The template with its {slots} filled: from `fixed`, or drawn anew; slots that nobody knows stay."""

    def draw(match: re.Match[str]) -> str:
        name = match[1]
        if fixed is not None and name in fixed:
            return fixed[name]
        if name in MADE:
            return MADE[name](rng)
        return rng.choice(SLOTS[name]) if name in SLOTS else match[0]

    return re.sub(r"\{(\w+)\}", draw, template)


def made(*templates: str) -> Make:
    """A maker that fills one of the templates; "a~b" also accepts b for a."""
    return lambda rng, style: tuple(fill(rng, templates[rng.randrange(len(templates))]).split("~"))


def one_of(choices: str) -> Make:
    return lambda rng, style: tuple(rng.choice(choices.split("|")).split("~"))


def measure(low: float, high: float, units: str, step: float = 1.0) -> Make:
    """Numbers with a unit; the other names of the unit and the bare number are right too."""

    def make(rng: Random, style: int) -> Value:
        number = f"{low + step * rng.randrange(round((high - low) / step) + 1):g}"
        names = units.split("|")
        names = names[style % len(names) :] + names[: style % len(names)]
        return (*(f"{number} {name}" for name in names), number)

    return make


def money(low: float, high: float, cents: bool = True) -> Make:
    forms = (
        "€{n}|{n} euros",
        "{n} euros|€{n}",
        "${n}|{n} dollars",
        "£{n}|{n} pounds",
        "CHF {n}|{n} francs",
        "{n} kr|{n} kronor",
    )

    def make(rng: Random, style: int) -> Value:
        amount = int(rng.uniform(low, high)) + rng.choice(
            (0.0, 0.2, 0.4, 0.5, 0.75, 0.9, 0.95, 0.99)
        )
        digits = 2 if cents and style % 3 else 0
        text = f"{amount:,.{digits}f}" if digits else f"{max(1, round(amount)):,}"
        return (*(form.format(n=text) for form in forms[style % 6].split("|")), text)

    return make


def date(rng: Random, style: int) -> Value:
    day, month, year = rng.randint(1, 28), rng.randint(1, 12), 2017 + style % 9 + rng.randint(0, 1)
    name, suffix = (
        MONTHS[month - 1],
        {1: "st", 2: "nd", 3: "rd", 21: "st", 22: "nd", 23: "rd"}.get(day, "th"),
    )
    short = [
        f"{day} {name}",
        f"{name} {day}",
        f"the {day}{suffix} of {name}",
        f"{name} {day}{suffix}",
    ]
    full = [
        f"{day} {name} {year}",
        f"{name} {day}, {year}",
        f"{year}-{month:02}-{day:02}",
        f"{day:02}.{month:02}.{year}",
    ]
    forms = full if style % 2 else short
    forms = forms[style // 2 % 4 :] + forms[: style // 2 % 4]
    return (*forms, *(short[:2] if style % 2 else ()))


def clock(first: int, last: int, step: int = 5) -> Make:
    """Times of day between two hours, in 24 hours, 12 hours or (now and then) words."""
    hours = bars("twelve|one|two|three|four|five|six|seven|eight|nine|ten|eleven")

    def make(rng: Random, style: int) -> Value:
        hour, minute = rng.randint(first, last), rng.randrange(0, 60, step)
        plain, half = f"{hour}:{minute:02}", "am" if hour < 12 else "pm"
        twelve = f"{(hour - 1) % 12 + 1}:{minute:02}"
        spoken = {
            15: f"a quarter past {hours[hour % 12]}",
            30: f"half past {hours[hour % 12]}",
        }.get(minute)
        forms = [f"{hour:02}:{minute:02}", plain, f"{twelve} {half}", f"{twelve}{half}", twelve]
        first_form = (plain, f"{twelve} {half}", f"{hour:02}:{minute:02}", spoken or plain)[
            style % 4
        ]
        return tuple(dict.fromkeys((first_form, *forms, *([spoken] if spoken else []))))

    return make


def person(rng: Random, style: int) -> Value:
    name = person_name(rng)[0]
    return name, name.split()[0]


def colour(rng: Random, style: int) -> Value:
    """Two shades of one colour would make questions ambiguous, so the colour alone is a form too."""
    base = fill(rng, "{colour}")
    return tuple(dict.fromkeys((fill(rng, "{shade}") + base, base)))


def email(rng: Random, style: int) -> Value:
    name, house = rng.choice(WOMEN + MEN).lower(), word(rng, BRAND_ENDS).lower()
    local = (f"{name[0]}.{lastname(rng).lower()}", name, f"{name}{rng.randint(2, 99)}")[style % 3]
    return (f"{local}@{house}.{('example', 'org', 'net')[style % 3]}",)


def phone(rng: Random, style: int) -> Value:
    a, b, c = rng.randint(200, 999), rng.randint(100, 999), rng.randint(1000, 9999)
    text = (f"+44 {a} {b} {c}", f"0{a} {b}{c}", f"{a}-{b}-{c}", f"({a}) {b} {c}", f"0{a}/{b}{c}")[
        style % 5
    ]
    return text, re.sub(r"\D", "", text)


def password(rng: Random, style: int) -> Value:
    a, b = rng.sample(SLOTS["password"], 2)
    forms = (
        f"{a}-{b}-{rng.randint(2, 99)}",
        f"{a.title()}{b.title()}{rng.randint(2, 99)}!",
        f"{a}{rng.randint(100, 9999)}",
    )
    return (rng.choice((*forms, f"{b}_{a.upper()}_{rng.randint(2, 99)}")),)


weekday: Make = one_of("Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday")
month: Make = one_of("|".join(MONTHS))
company: Make = made("{surname} {firm_end}", "{brand} {firm_end}", "{brand}")
town: Make = made("{town}")
street: Make = made(
    "{two} {town} {street_end}", "{digit} {surname} {street_end}", "{surname} {street_end} {two}"
)
spot: Make = made(
    "{behind} the {ordinal} {thing}",
    "{behind} the {colour} {thing}",
    "in the {colour} {holder}",
    "in the {holder} {behind} the {thing}",
    "in the {holder} in the {room}",
    "on the hook next to the {thing}",
)
reason: Make = made("the {part} {broke}", "its {part} {broke}")
serial: Make = made("{code}")
pin: Make = made("{four}", "{three}{digit}", "{two}{four}", "{code}")
