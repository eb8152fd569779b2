"""How streams of everyday notes are worded: what changes, and how one asks for the latest.

Letters in braces: {e} what it is about ("the gas meter"), {E} the same at a sentence's start, {v}
the value.
"""

from __future__ import annotations

from typing import NamedTuple


class Form(NamedTuple):
    """One thing that can be told of something. slot: what it replaces, when told of the same again;
    value: of what sort ("count", "reading", "place", "name", "day", "hour", "state").
    """

    slot: str
    value: str
    facts: tuple[str, ...]
    notes: tuple[str, ...]
    questions: tuple[str, ...]


_STOCK = Form(
    "left",
    "count",
    (
        "There are {v} {e} left.",
        "We have {v} {e} left.",
        "Only {v} {e} remain.",
        "After counting again, there are {v} {e}.",
        "We now have {v} {e}.",
        "{v} {e} are left on the shelf.",
        "The latest count of {e} is {v}.",
        "The number of {e} is now {v}.",
        "Somebody counted the {e} and found {v}.",
        "I counted {v} {e} today.",
        "The {e} in stock are {v} now.",
    ),
    ("{E}: {v} left.", "{E}: {v}.", "{E} left: {v}.", "{v} {e}.", "{E} now {v}."),
    (
        "How many {e} are left?",
        "How many {e} are there?",
        "How many {e} do we have?",
        "What is the latest count of {e}?",
        "What is the number of {e} now?",
    ),
)

_PARCEL_PLACE = Form(
    "at",
    "place",
    (
        "{E} is in the {v} now.",
        "{E} was brought to the {v}.",
        "{E} has arrived at the {v}.",
        "{E} has been moved to the {v}.",
        "Somebody put {e} in the {v}.",
        "{E} now lies in the {v}.",
        "The courier left {e} in the {v}.",
        "They sent {e} on to the {v}.",
        "You can pick up {e} in the {v}.",
        "In the {v} there is {e}.",
    ),
    ("{E}: {v}.", "{E}: now in the {v}.", "{E} -> {v}.", "{E}: arrived, {v}."),
    (
        "Where is {e}?",
        "Where is {e} now?",
        "In which place is {e}?",
        "Where can I find {e}?",
        "Where was {e} taken last?",
    ),
)

_PARCEL_PERSON = Form(
    "at",
    "name",
    (
        "{v} has {e} now.",
        "{E} was handed to {v}.",
        "{v} took {e}.",
        "{v} signed for {e}.",
        "{E} is with {v}.",
        "{v} keeps {e} for the moment.",
        "{E} was picked up by {v}.",
        "{v} is looking after {e}.",
        "They left {e} with {v}.",
    ),
    ("{E}: with {v}.", "{E}: {v} has it.", "{E}: taken by {v}."),
    (
        "Who has {e}?",
        "Who has {e} now?",
        "With whom is {e}?",
        "Who took {e}?",
        "Who is looking after {e}?",
    ),
)

_DAY = Form(
    "day",
    "day",
    (
        "{E} is on {v}.",
        "{E} was moved to {v}.",
        "{E} takes place on {v}.",
        "{E} will be on {v} instead.",
        "They put off {e} until {v}.",
        "{v} is the new day for {e}.",
        "We agreed on {v} for {e}.",
        "On {v} there is {e}.",
        "{E} has been set for {v}.",
        "Please come to {e} on {v}.",
    ),
    ("{E}: {v}.", "{E}: moved to {v}.", "{E} now {v}.", "{v}: {e}."),
    (
        "On which day is {e}?",
        "What day is {e}?",
        "When is {e}?",
        "On what day does {e} take place?",
    ),
)

_ROOM = Form(
    "room",
    "place",
    (
        "{E} is in the {v}.",
        "{E} was moved to the {v}.",
        "{E} takes place in the {v}.",
        "{E} will be held in the {v}.",
        "We meet in the {v} for {e}.",
        "The {v} is booked for {e}.",
        "The place for {e} is the {v}.",
        "Please come to the {v} for {e}.",
        "For {e}, go to the {v}.",
    ),
    ("{E}: in the {v}.", "{E}: room is the {v}.", "{E} -> {v}."),
    (
        "Where is {e}?",
        "In which place is {e}?",
        "Where does {e} take place?",
        "Where will {e} be held?",
    ),
)

_HOUR = Form(
    "hour",
    "hour",
    (
        "{E} starts at {v}.",
        "{E} begins at {v}.",
        "{E} was moved to {v}.",
        "{E} will be at {v}.",
        "The new time for {e} is {v}.",
        "Be there at {v} for {e}.",
        "They start {e} at {v} now.",
        "At {v} {e} starts.",
        "We agreed to start {e} at {v}.",
    ),
    ("{E}: {v}.", "{E}: starts {v}.", "{E} now at {v}."),
    (
        "At what time is {e}?",
        "At what time does {e} start?",
        "What time does {e} begin?",
        "At which hour is {e}?",
    ),
)

_METER = Form(
    "reading",
    "reading",
    (
        "{E} reads {v}.",
        "{E} shows {v}.",
        "{E} is at {v}.",
        "The reading of {e} is {v}.",
        "I read {v} on {e}.",
        "{E} has reached {v}.",
        "This time {e} showed {v}.",
        "They noted {v} for {e}.",
        "The last value of {e} was {v}.",
        "{v} is what {e} shows.",
    ),
    ("{E}: {v}.", "{E} {v}.", "{E}, reading {v}.", "{E} = {v}."),
    (
        "What does {e} read?",
        "What does {e} show?",
        "What is the reading of {e}?",
        "What was the last value of {e}?",
        "Which number does {e} show?",
    ),
)

_HOLDER = Form(
    "at",
    "name",
    (
        "{v} borrowed {e}.",
        "{v} has {e}.",
        "{v} holds {e} now.",
        "{v} took {e} home.",
        "{E} was lent to {v}.",
        "{E} is with {v}.",
        "{E} went to {v}.",
        "I gave {e} to {v}.",
        "{v} asked for {e} and got it.",
        "{v} needs {e} and keeps it for now.",
        "The one who has {e} is {v}.",
        "It was {v} who took {e}.",
    ),
    ("{E}: {v}.", "{E}: with {v}.", "{E}: lent to {v}.", "{v}: {e}."),
    (
        "Who has {e}?",
        "Who holds {e}?",
        "Who borrowed {e}?",
        "Who took {e} last?",
        "Who has {e} now?",
    ),
)

_STATUS = Form(
    "state",
    "state",
    (
        "{E} is {v}.",
        "{E} is {v} now.",
        "{E} is {v} again.",
        "Today {e} is {v}.",
        "I saw that {e} is {v}.",
        "As of now {e} is {v}.",
        "They say that {e} is {v}.",
        "Please note that {e} is {v}.",
        "Now {e} is {v}.",
        "It turned out that {e} is {v}.",
    ),
    ("{E}: {v}.", "{E}: now {v}.", "{E} - {v}.", "{E}: status {v}."),
    (
        "What is the status of {e}?",
        "What state is {e} in?",
        "In which state is {e}?",
        "What is the latest on {e}?",
        "How is {e} now?",
    ),
)

STREAMS: dict[str, tuple[Form, ...]] = {
    "stock": (_STOCK,),
    "parcel": (_PARCEL_PLACE, _PARCEL_PERSON),
    "meeting": (_DAY, _ROOM, _HOUR),
    "meter": (_METER,),
    "holder": (_HOLDER,),
    "status": (_STATUS,),
}

WHAT_HAS = ("What does {v} have?", "What does {v} hold?", "What has {v} got?", "What is with {v}?")
IS_IT = ("Is {e} {v}?", "Is {e} {v} now?", "Is it true that {e} is {v}?", "Would you call {e} {v}?")

UNITS = ("boxes", "bags", "packs", "cases", "crates", "bottles", "jars", "rolls", "sacks")
METERS = ("gas", "water", "power", "heat", "pressure", "oil", "solar", "main")
GATHERINGS = ("meeting", "class", "lesson", "call", "workshop", "session", "course")
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July", "August", "September"),
    *("October", "November", "December"),
)
PARCELS = (
    "the parcel for {name}",
    "the parcel from {name}",
    "parcel {number}",
    "the {thing} parcel",
)
MACHINES = (
    *("printer", "elevator", "heater", "camera", "computer", "radio", "pump", "engine", "oven"),
    *("fan", "scanner", "server", "drill", "tractor", "lamp", "boiler", "router"),
)
STATES: dict[str, tuple[str, ...]] = {
    "machine": ("broken", "running", "ready", "off", "on", "hot", "cold", "busy", "idle", "clean"),
    "door": ("open", "closed", "locked", "stuck", "blocked", "free"),
    "ticket": ("open", "closed", "waiting", "blocked", "done", "new", "urgent", "lost", "paid"),
}

# Notes that tell nothing of what is asked; {b} is what there is a count of.
_ASKED = ("Somebody asked about {e}.", "We talked about {e}.", "There was a letter about {e}.")
_SEEN = ("A man came to look at {e}.", "Somebody cleaned {e}.", "{E} was not cheap.")
ASIDES: dict[str, tuple[str, ...]] = {
    "stock": (
        *_ASKED,
        "A customer bought some {b}.",
        "A customer asked for {b}.",
        "We have ordered more {b}.",
        "People like our {b}.",
        "Next week we buy {e} again.",
        "The price of {e} has not changed.",
    ),
    "parcel": (*_ASKED, "Nobody knows what is in {e}.", "{E} is heavy.", "Please weigh {e}."),
    "meeting": (*_ASKED, "{E} was long last time.", "Please bring paper to {e}."),
    "meter": (*_ASKED, *_SEEN),
    "holder": (*_ASKED, *_SEEN, "{E} is useful.", "Everybody likes {e}."),
    "status": (*_ASKED, *_SEEN),
}
