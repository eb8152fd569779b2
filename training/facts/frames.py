"""The letters, minutes, sheets and so on that hold the facts, and single facts that fit into many of them."""

from __future__ import annotations

from training.facts import values as v
from training.facts.wording import Relation, relation

# What a passage of this frame starts and ends with; `{a}`, `{b}`, `{c}` are persons, `{a1}` is the first name of a.
HEADS: dict[str, str] = {
    "note": "~Notes to myself about {topic}.~Everything about {topic} in one place.~So that nobody has to ask"
    " again: {topic}.~Written down on {date}.~A few words on {topic}, before I forget.",
    "diary": "{weekday}, {date}\n\nSlept badly, up early.~{date}. Grey sky and two cups of coffee.~Diary,"
    " {date}\n\nA day of small things.~{weekday}. Spent the morning on {topic}.~Dear diary, today it was all about"
    " {topic}.",
    "letter": "{town}, {date}\n\nDear {b1},\n\nThank you for your kind letter. You asked about {topic}.~Dear"
    " {b1},\n\nI hope this finds you well. Here is what you need to know about {topic}.~My dear {b1},\n\nAt last I"
    " find the time to write about {topic}.",
    "email": "From: {a}\nTo: {b}\nSubject: {topic}\n\nHi {b1},\n\nas promised, a summary.~From: {a}\nTo:"
    " {b}\nSubject: Re: {topic}\n\nHello {b1},\n\nthanks for asking. Here is what I found.~From: {a}\nTo:"
    " {b}\nDate: {date}\nSubject: {topic}\n\n{b1},\n\na few things before the weekend.",
    "minutes": "Minutes of the meeting on {date}\nPresent: {a}, {b}, {c}\nChair: {a}\nNotes: {b}\n\nTopic: {topic}"
    "~Meeting about {topic}\nDate: {date}\nChair: {a}\nMinutes taken by {b}\nExcused: {c}~Team meeting, {date}. {a}"
    " chaired, {b} took the notes, {c} sent apologies. We talked about {topic}.",
    "manual": "Read this before you start.~This sheet explains what matters about {topic}.~Keep this page with"
    " {topic}.",
    "sheet": "~{Topic}~Data sheet, as of {date}",
    "readme": "~This page describes {topic}.~Short reference for {topic}; keep it current.~Set-up notes, last"
    " checked on {date}.",
    "ticket": "Ticket #{four}: {topic}\nReported by: {a}\nStatus: open\n\nHi, please find the details"
    " below.~[{three}] {Topic}\nReporter: {a}\nState: waiting\n\nDetails as discussed:",
    "changelog": "All notable changes are listed here.~{Topic}, newest not always first.~What changed, for people"
    " in a hurry.",
    "recipe": "A recipe that never failed so far.~From an old handwritten book.~For a rainy {weekday}.~My favourite"
    " of the {season}.",
    "table": "~Overview of {topic}.~{Topic}, as of {date}:",
    "list": "~{Topic}:~List for {topic}",
    "lab": "Lab notebook, {date}\n\nContinued with {topic}.~{date}: {topic}.~Notebook page {two}, {topic}.",
}
TAILS: dict[str, str] = {
    "letter": "Warm regards,\n{a}~With love,\n{a}~Yours,\n{a}",
    "email": "Best,\n{a1}~Thanks,\n{a1}~Kind regards\n{a}",
    "diary": "~Early to bed.~Tomorrow more.",
    "minutes": "~The meeting closed without further points.",
}
# Facts that the frame itself states: which person, and how one asks.
FRAME_FACTS: dict[str, tuple[tuple[str, str], ...]] = {
    "letter": (
        (
            "a",
            "Who wrote the letter about {topic}|Who signed the letter about {topic}|From whom is the letter on"
            " {topic}",
        ),
    ),
    "email": (
        (
            "a",
            "Who sent the e-mail about {topic}|From whom is the mail on {topic}|Who wrote the e-mail with the subject"
            " '{topic}'",
        ),
        (
            "b",
            "To whom was the e-mail about {topic} sent|Who got the mail on {topic}|Who is the recipient of the mail"
            " on {topic}",
        ),
    ),
    "minutes": (
        (
            "a",
            "Who chaired the meeting about {topic}|Who was in the chair when {topic} came up|Who led the meeting on"
            " {topic}",
        ),
        (
            "b",
            "Who took the minutes of the meeting about {topic}|Who wrote the notes of the meeting on {topic}",
        ),
    ),
    "ticket": (
        (
            "a",
            "Who reported the ticket about {topic}|Who opened the ticket on {topic}|Who is the reporter of the"
            " ticket about {topic}",
        ),
    ),
}
FRAME_TITLES: dict[str, str] = {
    "letter": "Letter to {b1}|Letter, {date}|{Topic}",
    "email": "{Topic}|Re: {topic}|Mail from {a}",
    "diary": "Diary, {date}|{date}|Diary {year}",
    "minutes": "Minutes, {date}|{Topic}: minutes|Meeting of {date}",
    "ticket": "Ticket: {topic}|{Topic}",
    "home": "{Topic}|{Topic} ({town})|{Topic}, {month} {year}|{Topic}: notes|Notes on {topic}"
    "|{Topic} (page {digit})|{surname}: {topic}",
    "": "{Topic}|{Topic} ({town})|{Topic}, {month} {year}|{Topic}: notes|Notes on {topic}|{firm}: {topic}"
    "|{Topic} (draft {digit})",
}

# Facts about one thing alone: name, tags of the scenes that they fit into, values, statements, questions.
_ASIDES = (
    (
        "spare key", "home garden", v.spot,
        "The spare key is {v}|We keep the spare key {v}|If you are locked out, the spare key is {v}",
        "Where is the spare key|Where do we keep the spare key|Where can I find a key if I am locked out"
        "|In what place is the extra key",
    ),
    (
        "wifi", "home family travel", v.password,
        "The Wi-Fi password is {v}|For the wireless network, type {v}|Guests get on the Wi-Fi with {v}",
        "What is the Wi-Fi password|What do I type for the wireless network|How do guests get on the Wi-Fi"
        "|Which password does the wireless network have",
    ),
    (
        "alarm", "home work", v.pin,
        "The code of the burglar alarm is {v}|Switch the burglar alarm off with {v}|The burglar alarm wants {v}",
        "What is the code of the burglar alarm|How is the burglar alarm switched off"
        "|Which code does the burglar alarm want|What do I enter at the burglar alarm",
    ),
    (
        "bins", "home garden", v.weekday,
        "The bins go out on {v}|Rubbish is collected on {v}|The rubbish truck comes on {v}",
        "When do the bins go out|On which day is the rubbish collected|What day does the rubbish truck come"
        "|When do I put out the rubbish",
    ),
    (
        "water", "home garden", v.spot,
        "The main water tap is {v}|To shut off the water, use the tap {v}",
        "Where is the main water tap|Where do I shut off the water|In which place is the tap that stops the water"
        "|Where must I go to turn off the water",
    ),
    (
        "plumber", "home", v.person,
        "Our plumber is {v}|With leaks we call {v}|The plumbing is done by {v}",
        "Who is our plumber|Whom do we call when there is a leak|Who does the plumbing"
        "|Which person repairs our pipes",
    ),
    (
        "compost", "garden", v.weekday,
        "The compost is turned every {v}|I turn the compost on {v}",
        "On which day is the compost turned|When do I turn the compost|What day is for turning the compost"
        "|Which weekday does the compost get turned",
    ),
    (
        "seeds", "garden", v.company,
        "The seeds come from {v}|I ordered the seeds from {v}|All seeds were bought at {v}",
        "Where do the seeds come from|From whom did I order the seeds|Where were the seeds bought"
        "|Which firm sells us the seeds",
    ),
    (
        "oil", "food bake", v.spot,
        "The good olive oil is {v}|You will find the good olive oil {v}",
        "Where is the good olive oil|Where do I find the good olive oil|In what place is the good olive oil"
        "|Where should I look for the good olive oil",
    ),
    (
        "heat", "bake", v.measure(150, 240, "°C|degrees", 5),
        "Heat the oven to {v}|The oven should be at {v}|Bake it at {v}",
        "To what temperature is the oven heated|How hot should the oven be|At how many degrees is it baked"
        "|What is the oven setting",
    ),
    (
        "minutes", "bake", v.measure(20, 95, "minutes|min", 5),
        "It stays in the oven for {v}|It is ready after {v}|It needs {v} of baking",
        "How long does it stay in the oven|After how long is it ready|How much baking time does it need"
        "|How many minutes does it bake",
    ),
    (
        "recipe", "bake", v.person,
        "The recipe is from {v}|I got the recipe from {v}|{v} gave me the recipe",
        "Who gave me the recipe|From whom is the recipe|Whose recipe is it|Where did I get the recipe from",
    ),
    (
        "serves", "bake", v.measure(4, 18, "people|persons"),
        "It is enough for {v}|The quantities are for {v}|It feeds {v}",
        "How many people does it feed|For how many is it enough|For how many people are the quantities"
        "|How many can eat of it",
    ),
    (
        "sitter", "family home", v.person,
        "The babysitter is {v}|{v} looks after the little ones|When we are out, {v} stays with the children",
        "Who looks after the little ones|Who is the babysitter|Who stays with the children when we are out"
        "|What is the babysitter's name",
    ),
    (
        "pharmacy", "family", v.street,
        "The nearest pharmacy is at {v}|The pharmacy has moved to {v}",
        "Where is the nearest pharmacy|What is the address of the pharmacy|Where has the pharmacy moved"
        "|On which street do I find the pharmacy",
    ),
    (
        "door", "work tech", v.pin,
        "The code for the staff entrance is {v}|The staff entrance opens with {v}",
        "What is the code for the staff entrance|How does the staff entrance open"
        "|What do I type at the staff entrance|Which code opens the staff entrance",
    ),
    (
        "outing", "work lab tech", v.date,
        "The works outing is on {v}|We leave for the works outing on {v}|The works outing has been set for {v}",
        "When is the works outing|On what date do we leave for the works outing|For when has the works outing been"
        " set|What is the date of the works outing",
    ),
    (
        "remote", "work", v.spot,
        "The beamer remote is {v}|Please put the beamer remote back {v}",
        "Where is the beamer remote|Where do I find the remote of the beamer"
        "|Where should the beamer remote be put back|In what place is the remote of the beamer",
    ),
    (
        "coffee", "work lab tech", v.money(1, 9),
        "Coffee is now {v} a month|The coffee fund costs {v} each month",
        "How much is coffee a month|What does the coffee fund cost|How much do I pay into the coffee fund"
        "|What is the monthly price of coffee",
    ),
    (
        "safety", "work lab", v.person,
        "The safety officer is {v}|{v} is the new safety officer|Accidents are reported to {v}",
        "Who is the safety officer|To whom are accidents reported|What is the safety officer's name"
        "|Whom do I tell about an accident",
    ),
    (
        "oncall", "tech", v.person,
        "On call this week: {v}|{v} is on call this week|The pager is with {v}",
        "Who is on call this week|Who has the pager|With whom is the pager|Whom do I wake up this week",
    ),
    (
        "deploy", "tech", v.weekday,
        "We deploy on {v}|Deployments go out every {v}|The deployment window is on {v}",
        "On which day do we deploy|When do deployments go out|Which day is the deployment window"
        "|What weekday is for deployments",
    ),
    (
        "staging", "tech", v.made("http://staging.{brand}.example:{four}", "https://test.{town}.example",
        "stage-{two}.{svc}.example"),
        "Staging is at {v}|Try it on {v} first, that is staging|The staging address is {v}",
        "What is the address of staging|Where is staging|Where can I try it first"
        "|Under which address do I find staging",
    ),
    (
        "keep", "tech", v.measure(5, 180, "days", 5),
        "Logs are kept for {v}|Old logs go away after {v}",
        "How long are logs kept|After what time do old logs go away|For how many days are logs kept"
        "|When are old logs deleted",
    ),
    (
        "taxi", "travel", v.phone,
        "The taxi number is {v}|For a taxi call {v}|Taxis can be ordered on {v}",
        "What is the taxi number|Which number do I call for a taxi|How can a taxi be ordered"
        "|On what number do I get a taxi",
    ),
    (
        "locker", "travel", v.pin,
        "The luggage locker opens with {v}|The code of our luggage locker is {v}",
        "What opens the luggage locker|What is the code of the luggage locker"
        "|With which code do I get the luggage back|What do I type at the luggage locker",
    ),
    (
        "meet", "travel", v.made("under the {colour} clock", "at the {town} fountain",
        "by the {ordinal} ticket machine", "in front of the {surname} museum", "outside the {shopname}"),
        "We meet {v}|The meeting point is {v}|Wait for us {v}",
        "Where do we meet|What is the meeting point|Where should I wait for you|At which place do we come together",
    ),
    (
        "gas", "lab", v.company,
        "The gas bottles come from {v}|New gas bottles are ordered at {v}",
        "Where do the gas bottles come from|At which company are gas bottles ordered|Who delivers the gas bottles"
        "|From whom do we get gas bottles",
    ),
    (
        "hood", "lab", v.made("room {three}", "lab {letter}{two}", "building {digit}"),
        "The spare fume hood is in {v}|A second fume hood is free in {v}",
        "Where is the spare fume hood|In which place is a second fume hood free|Where can I find another fume hood"
        "|Which room has the spare fume hood",
    ),
)  # fmt: skip
ASIDES: dict[str, tuple[str, Relation]] = {
    name: (tags, relation("", make, says, asks)) for name, tags, make, says, asks in _ASIDES
}
