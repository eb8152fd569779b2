"""Invented notices whose answers have several parts: enumerations, changes from this to that, reasons, steps.

Of a statement the part in <…> is the answer. Slots in {…} are drawn once for a statement and its questions; a number
tells several of one kind apart ({first1}, {first2}). A question in vain has other values in its slots, of which nothing
is said.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from random import Random
from typing import Any

from training.facts.layouts import capital
from training.facts.scenes import FILLERS
from training.facts.values import MONTHS, SLOTS, WEEKDAYS, bars, fill

LISTS = {
    "things": "the ladder, two buckets and the long brush|gloves, bin bags and a rake|a torch, a whistle and a map|pens, glue and coloured paper"
    "|the keys, the log book and the stamp|plates, cups and a sharp knife|a passport, two photographs and the old card|flour, eggs and a lemon"
    "|nails, a saw and the spirit level|towels, soap and slippers|cables, a splitter and the small screen|blankets, candles and matches",
    "duty": "the cloakroom|the cash desk|the first-aid tent|the car park|the raffle|the coffee stand|the lighting|the guest book|the sound desk|the children's corner",
    "occasion": "summer fair|autumn concert|annual meeting|open day|street party|book sale|jubilee|regatta|science night|harvest supper|staff outing|first-aid course",
    "place": "the reading room|the sauna|the small hall|the swimming pool|the workshop|the gym|the canteen|the archive|the roof terrace|the ceramics room|the car park",
    "works": "a burst pipe|building works|a broken lift|the inspection of the wiring|the new floor|an exhibition|the flu|a missing permit|the heat|a wasps' nest",
    "machine": "coffee machine|dishwasher|copier|projector|lawn mower|label printer|heat pump|sewing machine|bread maker|scanner|tumble dryer|pressure washer",
    "sign": "a red lamp|code E3|code F7|a long tone|an orange triangle|the word WAIT|two short beeps|a blinking drop|code 41|a grey cloud",
    "key": "Start|Stop|Menu|Fan|Back|Mode|Plus|Timer|Light|Steam|Copy|Home|Lock",
    "fee": "the annual fee|the entrance fee|the deposit|the rent of a locker|the price of a season ticket|the parking fee|the hire of the hall|the charge for late return",
    "file": "settings.ini|users.csv|report.docx|plan.pdf|backup.tar|notes.md|hosts.txt|mapping.json|rates.xlsx|labels.svg",
    "command": "sync|export|purge|index|merge|publish|verify|rotate|import|prune",
    "tool": "harbour|lantern|quarry|thicket|meridian|sparrow|bramble|gantry|cobalt|drift",
    "team": "the night shift|the sales team|the laboratory|the kitchen|the front desk|the drawing office|the warehouse|the archive team",
    "product": "beeswax polish|floor soap|lemon syrup|plaster|glass cleaner|wood glue|tomato feed|rust remover|candle wax|descaler",
    "step1": "close the tap|switch off the power|empty the tray|remove the cover|open the vent|loosen both screws|pull out the filter|unlock the wheel|take off the lid",
    "step2": "wait ten minutes|rinse the sieve|wipe the contacts|turn the disc to the left|press the blue lever|lift out the basket|check the seal|blow out the dust|pour in a litre of water",
    "step3": "close it again|start the test|note the reading|put the cover back|reset the counter|tighten everything by hand|run it empty once|call the office|hang up the sign",
    "task": "clean the drain|change the belt|descale the boiler|reset the alarm|replace the lamp|bleed the radiator|calibrate the scale|empty the sump|renew the seal|fill up the ink",
    "subject": "the hedge|the noise at night|the bicycles in the yard|the heating|the new bins|the playground|the stairwell light|the laundry rota|the leaking roof|the satellite dish",
}  # fmt: skip
# What is forbidden, and why.
RULES = {
    "take glasses to the pool": "broken glass can't be seen in the water",
    "feed the ducks": "bread makes them ill",
    "use the side gate": "its lock is worn out",
    "leave prams in the hall": "the way must be free in a fire",
    "open the upper windows": "the frames are rotten",
    "park on the lawn": "the water pipes lie just below",
    "store paint in the cellar": "its vapours are dangerous",
    "use the lift with bicycles": "they scratch the doors",
    "burn painted wood": "it eats the stones of the stove",
    "pour oil into the sink": "it blocks the drain",
    "water the cactus": "its roots rot at once",
    "switch off the server": "the phones hang on it",
    "wear shoes on the stage": "the new floor is soft",
    "lend out the ladder": "two rungs are loose",
}
POOLS = {
    **SLOTS,
    **{name: bars(text) for name, text in LISTS.items()},
    "forbidden": list(RULES),
    "harm": list(RULES.values()),
    "weekday": WEEKDAYS,
    "month": MONTHS,
    "half": ["00", "15", "30", "45"],
}
RISING = ("nth", "day", "hour", "amount", "month")  # of two such the first is the smaller one


@dataclass(frozen=True)
class Statement:
    says: tuple[str, ...]
    asks: tuple[str, ...]


def stated(says: str, asks: str) -> Statement:
    return Statement(tuple(says.split("|")), tuple(asks.split("|")))


STATEMENTS: tuple[Statement, ...] = (
    stated("<{person1}, {person2} and {person3}> look after {duty}.|For {duty} we have <{person1}, {person2} and {person3}>.|{duty}: <{person1}, {person2}, {person3}>", "Who looks after {duty}|Who is responsible for {duty}|Who does {duty}"),
    stated("At the {occasion} were <{person1}, {person2}, {person3} and {person4}>.|Present at the {occasion}: <{person1}, {person2}, {person3}, {person4}>", "Who was at the {occasion}|Who was present at the {occasion}|Who came to the {occasion}"),
    stated("Excused from the {occasion}: <{person1} and {person2}>.|<{person1} and {person2}> could not come to the {occasion}.", "Who was excused from the {occasion}|Who could not come to the {occasion}"),
    stated("The {occasion} is moved <from the {nth1} to the {nth2} of {month}>.|We have to move the {occasion} <from the {nth1} to the {nth2} of {month}>, sorry.|New date: the {occasion} goes <from the {nth1} to the {nth2} of {month}>.", "From when to when is the {occasion} moved|How does the date of the {occasion} change|To which date is the {occasion} moved"),
    stated("The {occasion} lasts <from {weekday1} to {weekday2}>.|We plan the {occasion} <from {weekday1} to {weekday2}>.", "From when to when is the {occasion}|On which days is the {occasion}|How long does the {occasion} last"),
    stated("{fee} goes up <from {amount1} to {amount2} euros>.|From {month} on, {fee} rises <from {amount1} to {amount2} euros>.|{fee} was raised <from {amount1} to {amount2} euros> by all votes but one.", "From what to what does {fee} rise|How does {fee} change|What happens to {fee}"),
    stated("{place} is now open <from {hour1} to {hour2}>.|New hours: {place} <from {hour1} to {hour2}>.|You can use {place} <from {hour1} to {hour2}>.", "When is {place} open|What are the hours of {place}|From when to when is {place} open"),
    stated("{place} is closed <because of {works}>.|<Because of {works}> nobody can use {place} at present.|We had to close {place} <because of {works}>.", "Why is {place} closed|For what reason is {place} closed|Why can nobody use {place}"),
    stated("{place} is closed <from {month1} to {month2}>.|<From {month1} to {month2}> {place} stays shut.", "When is {place} closed|For which months is {place} shut|From when to when is {place} closed"),
    stated("{place} moves <from the {ordinal1} to the {ordinal2} floor>.|We have moved {place} <from the {ordinal1} to the {ordinal2} floor>.", "Where does {place} move|From which floor to which floor does {place} move"),
    stated("To lock the {machine}, press <{key1} and {key2}> together.|The {machine} is locked with <{key1} and {key2}>, pressed at the same time.|Press <{key1} and {key2}> at once and the {machine} is locked.", "Which keys lock the {machine}|How is the {machine} locked|What do I press to lock the {machine}"),
    stated("When the {machine} shows {sign}, <{step1} and {step2}>.|If {sign} appears on the {machine}: <{step1}, {step2}>.|{sign} on the {machine} means: <{step1} and {step2}>.", "What should I do when the {machine} shows {sign}|What helps when {sign} appears on the {machine}"),
    stated("To {task}, <{step1}, {step2} and {step3}>.|How to {task}: <{step1}, {step2}, {step3}>.|Whoever has to {task} should <{step1}, {step2} and {step3}>.", "How do I {task}|What are the steps to {task}|How does one {task}"),
    stated("Before you {task}, <{step1}>.|First <{step1}>, only then {task}.", "What must be done before I {task}|What comes first when I {task}"),
    stated("Please don't {forbidden}, <because {harm}>.|It is forbidden to {forbidden}, <because {harm}>.|Never {forbidden}, <because {harm}>!", "Why should I not {forbidden}|Why is it forbidden to {forbidden}|What is the reason not to {forbidden}"),
    stated("For the {occasion} please bring <{things}>.|Everyone brings to the {occasion}: <{things}>.|What we need for the {occasion}: <{things}>.", "What should one bring to the {occasion}|What is needed for the {occasion}"),
    stated("{person} is in charge of {duty} <on {weekday1} and {weekday2}>.|<On {weekday1} and {weekday2}> {person} does {duty}.", "On which days is {person} in charge of {duty}|When does {person} do {duty}"),
    stated("{person} moves <from {team1} to {team2}>.|<From {team1} to {team2}>: that is {person}'s way from {month} on.|We lend {person} <from {team1} to {team2}>.", "From where to where does {person} move|To which team does {person} move"),
    stated("{tool} {command} reads <{file1} and {file2}>.|The files that {tool} {command} needs are <{file1} and {file2}>.|`{tool} {command}` wants <{file1} and {file2}> in the same folder.", "Which files does {tool} {command} read|What does {tool} {command} need"),
    stated("{tool} {command} ends with <{code1} when a file is missing and {code2} when it is locked>.|Exit codes of {tool} {command}: <{code1} when a file is missing and {code2} when it is locked>.", "With which exit codes does {tool} {command} end|Which exit codes has {tool} {command}"),
    stated("The option --{command} of {tool} was renamed <from -{letter1} to -{letter2}>.|{tool}: the short form of --{command} changes <from -{letter1} to -{letter2}>.", "How was the short form of --{command} renamed|From what to what did the short form of --{command} change"),
    stated("On {subject} the meeting decided <to ask for offers and to vote again in {month}>.|{subject}: decided <to ask for offers and to vote again in {month}>.", "What was decided on {subject}|What did the meeting decide about {subject}"),
    stated("{person1} complained about {subject}, <since nothing has happened for {number} weeks>.|About {subject} {person1} was angry, <since nothing has happened for {number} weeks>.", "Why did {person1} complain about {subject}|Why was {person1} angry"),
    stated("Of {product} take <{number} spoons in a bucket of warm water>.|Mix {product} like this: <{number} spoons in a bucket of warm water>.", "How is {product} mixed|How much {product} is taken"),
    stated("{product} is sold in bottles of <{amount1} and {amount2} millilitres>.|We have {product} in two sizes, <{amount1} and {amount2} millilitres>.", "In which sizes is {product} sold|Which sizes of {product} are there"),
    stated("{person} was born on <{day1} {month} 19{two}> in {town}.|{person}, born <{day1} {month} 19{two}>, grew up in {town}.", "When was {person} born|What is the date of birth of {person}"),
    stated("{person} worked in {town} <from 19{two} to 20{small}>.|<From 19{two} to 20{small}> {person} lived and worked in {town}.", "When did {person} work in {town}|From when to when did {person} work in {town}"),
    stated("The children of {person} are called <{first1}, {first2} and {first3}>.|{person} has three children, <{first1}, {first2} and {first3}>.", "What are the names of {person}'s children|Who are the children of {person}"),
    stated("The {machine} was bought <on {day1} {month} for {amount1} euros>.|We paid for the {machine} <on {day1} {month}, {amount1} euros> in all.", "When was the {machine} bought, and for how much|On what day and for what price was the {machine} bought"),
    stated("The {machine} is <{amount1} cm wide and {amount2} cm high>, so it fits beside the door.|Size of the {machine}: <{amount1} cm wide and {amount2} cm high>.", "How large is the {machine}|How wide and how high is the {machine}"),
    stated("Parking for the {occasion} is <behind the {colour} house and along the {town} road>.|Cars for the {occasion} stand <behind the {colour} house and along the {town} road>.", "Where can one park for the {occasion}|Where do cars stand during the {occasion}"),
)  # fmt: skip
HEADS = bars(
    "Notice|To all|House news|News in short|Minutes|From the office|What is new|Memo|Bulletin no. {two}|Letter to members|Notes of {month}|Handbook, page {two}"
    "|Information for {team}|{town} community centre|Newsletter {season}"
)
DRAWN = {
    "person": "{first} {surname}",
    "hour": "{h}:{half}",
    "amount": "{sum}",
    "number": "{few}",
    "code": "{exit}",
    "small": "{teens}",
}
NUMBERS = {
    "day": (1, 28),
    "h": (7, 20),
    "sum": (12, 490),
    "few": (2, 9),
    "exit": (2, 99),
    "teens": (10, 24),
}


def make_notices(seed: int, count: int) -> list[dict[str, Any]]:
    """`count` notices with their questions, as `training.data` has them; the same for a seed."""
    return [_passage(Random(f"notice {seed}/{index}")) for index in range(count)]


def _passage(rng: Random) -> dict[str, Any]:
    used: set[str] = set()
    chosen = rng.sample(STATEMENTS, rng.randint(4, 6))
    texts, qas = [], []
    for statement in chosen:
        slots = _slots(rng, statement, used)
        said = _filled(rng.choice(statement.says), slots)
        texts.append(capital(said.replace("<", "").replace(">", "")))
        answer = said[said.index("<") + 1 : said.index(">")]
        shown = answer if answer in texts[-1] else capital(answer)
        qas.append({"question": _question(rng, statement, slots), "answers": [shown]})
    asked = rng.sample(qas, min(len(qas), rng.randint(3, 5)))
    asked += [_in_vain(rng, each, used) for each in rng.sample(chosen, rng.randint(1, 2))]
    title = fill(rng, _filled(rng.choice(HEADS), {"team": rng.choice(POOLS["team"])}))
    context = _set(rng, title, texts)
    return {"context": context, "title": title, "source": "notice", "qas": asked}


def _slots(rng: Random, statement: Statement, used: set[str]) -> dict[str, str]:
    """Values for all slots of a statement and its questions, none of which stands there yet."""
    names = dict.fromkeys(re.findall(r"\{(\w+)\}", " ".join((*statement.says, *statement.asks))))
    slots: dict[str, str] = {}
    for name in names:
        tries = [_value(rng, name) for _ in range(30)]
        slots[name] = next((each for each in tries if each not in used), tries[0])
        used.add(slots[name])
    if "forbidden" in slots:
        slots["harm"] = RULES[slots["forbidden"]]
    for first, second in ((f"{kind}1", f"{kind}2") for kind in RISING):
        if second in slots:
            slots[first], slots[second] = sorted((slots[first], slots[second]), key=_rank)
    return slots


def _rank(value: str) -> int:
    """The place of a month in the year, or a number's size."""
    return MONTHS.index(value) if value in MONTHS else int(re.sub(r"\D", "", value))


def _value(rng: Random, name: str) -> str:
    kind = name if name in POOLS else name.rstrip("0123456789")
    if kind in NUMBERS:
        return str(rng.randint(*NUMBERS[kind]))
    if kind == "nth":
        number = rng.randint(1, 28)
        return f"{number}{ {1: 'st', 2: 'nd', 3: 'rd', 21: 'st', 22: 'nd', 23: 'rd'}.get(number, 'th') }"
    if kind in DRAWN:
        parts = re.findall(r"\{(\w+)\}", DRAWN[kind])
        return _filled(DRAWN[kind], {part: _value(rng, part) for part in parts})
    return rng.choice(POOLS[kind]) if kind in POOLS else fill(rng, f"{{{kind}}}")


def _filled(template: str, slots: Mapping[str, str]) -> str:
    return re.sub(r"\{(\w+)\}", lambda match: slots.get(match[1], match[0]), template)


def _question(rng: Random, statement: Statement, slots: Mapping[str, str]) -> str:
    return capital(_filled(rng.choice(statement.asks), slots)) + "?"


def _in_vain(rng: Random, statement: Statement, used: set[str]) -> dict[str, Any]:
    return {"question": _question(rng, statement, _slots(rng, statement, used)), "answers": []}


def _set(rng: Random, title: str, texts: list[str]) -> str:
    """The statements as a paragraph, as bullets or numbered, with a sentence or two between."""
    for _ in range(rng.randint(0, 2)):
        filler = fill(rng, rng.choice(FILLERS[rng.choice(("any", "work", "home"))].split("|")))
        texts.insert(rng.randint(0, len(texts)), filler)
    mark = rng.choice(("", "", "- ", "* ", "{}. "))
    ended = [text if text.endswith((".", "!", "?")) else f"{text}." for text in texts]
    lines = [f"{mark.format(at)}{text}" for at, text in enumerate(ended, 1)]
    body = " ".join(lines) if not mark else "\n".join(lines)
    head = f"{rng.choice(('', '# ', '## '))}{title}\n\n" if rng.random() < 0.7 else ""
    return head + body
