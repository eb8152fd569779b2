"""Relations of travel, houses, contracts and the laboratory.

How they are written: `training.facts.wording`.
"""

from __future__ import annotations

from training.facts import values as v
from training.facts.wording import Relation, relation

OUT: dict[str, Relation] = {
    "departs": relation(
        "Departure|Departs|Leaves",
        v.clock(5, 22),
        "{e} leaves at {v}|{e} departs at {v}|be there in time, {e} goes at {v}",
        "At what time does {e} leave|What is the departure time of {e}|When does {e} depart|At what hour does {e} go",
        "What leaves at {v}|Which {noun} departs at {v}",
    ),
    "platform": relation(
        "Platform|From",
        v.made("platform {digit}", "platform {two}", "pier {letter}", "bay {digit}", "platform {digit}{letter}"),
        "{e} goes from {v}|{e} leaves from {v}|for {e} walk to {v}",
        "From which platform does {e} go|Where does {e} leave from|Where do I have to walk for {e}"
        "|Where do I board {e}",
        "What goes from {v}|Which {noun} leaves from {v}",
    ),
    "fare": relation(
        "Fare|Ticket|Single fare",
        v.money(3, 140),
        "{e} costs {v} one way|a ticket for {e} is {v}|for {e} one pays {v}",
        "How much is a ticket for {e}|What does {e} cost|What is the fare of {e}|How much does one pay for {e}",
        "Which {noun} costs {v}|For which {noun} does one pay {v}",
    ),
    "rides": relation(
        "Journey|Travel time|Duration",
        v.measure(12, 290, "minutes|min"),
        "{e} takes {v}|the ride on {e} lasts {v}|with {e} it is {v} to the end",
        "How long does {e} take|What is the travel time of {e}|How many minutes is the ride on {e}"
        "|How long does one sit on {e}",
        "Which {noun} takes {v}|The ride on which {noun} lasts {v}",
    ),
    "change": relation(
        "Change at|Via",
        v.town,
        "with {e} we change at {v}|{e} means changing at {v}|{e} needs a change in {v}",
        "Where do we change with {e}|At which place does {e} need a change|In what town do I change when taking {e}"
        "|Which stop is for changing with {e}",
        "Which {noun} means changing at {v}|Taking what do we change at {v}",
    ),
    "night": relation(
        "Per night|Price per night|Rate",
        v.money(38, 320),
        "{e} charges {v} a night|a night at {e} is {v}|{e} asks for {v} per night",
        "How much does {e} charge a night|What is a night at {e}|What is the rate of {e}|How much does {e} ask for"
        " per night",
        "Which {noun} charges {v} a night|Where is a night {v}",
    ),
    "booking": relation(
        "Booking code|Booking|Confirmation",
        v.serial,
        "the booking code for {e} is {v}|{e} has us under {v}|{e} confirmed with the code {v}",
        "What is the booking code for {e}|Under what code does {e} have us|What code did {e} confirm with"
        "|Which confirmation do I show at {e}",
        "Which {noun} has us under {v}|For which {noun} is the booking code {v}",
    ),
    "checkin": relation(
        "Check-in from|Check-in",
        v.clock(12, 18, 30),
        "{e} lets us in from {v}|check-in at {e} is from {v}|{e} has the rooms ready at {v}",
        "From what time is check-in at {e}|When does {e} let us in|At what time are the rooms ready at {e}"
        "|What is the earliest arrival at {e}",
        "Which {noun} lets us in from {v}|Where is check-in from {v}",
    ),
    "address": relation(
        "Address|Street",
        v.street,
        "{e} is at {v}|the address of {e} is {v}|you find {e} at {v}",
        "What is the address of {e}|Where is {e}|On which street is {e}|At what address do I find {e}",
        "Which {noun} is at {v}|What is at {v}",
    ),
    "walk": relation(
        "Walk from the station|Distance",
        v.measure(3, 38, "minutes|min"),
        "{e} is {v} from the station on foot|from the station to {e} it is {v}|walking from the station to {e}"
        " takes {v}",
        "How far is {e} from the station|How long does one walk from the station to {e}|How many minutes is it from"
        " the station to {e}|What is the walking time to {e}",
        "Which {noun} is {v} from the station|What can be reached from the station in {v}",
    ),
    "opens": relation(
        "Opens|Opening time",
        v.clock(6, 11, 15),
        "{e} opens at {v}|from {v} on {e} is open|{e} unlocks its door at {v}",
        "At what time does {e} open|When does {e} open|From what time on is {e} open|What is the opening time of {e}",
        "Which {noun} opens at {v}|What opens at {v}",
    ),
    "closes": relation(
        "Closes|Closing time",
        v.clock(15, 20, 15),
        "{e} closes at {v}|{e} is open until {v}|last orders at {e} are at {v}",
        "At what time does {e} close|Until when is {e} open|At what hour does {e} shut|What is the closing time of"
        " {e}",
        "Which {noun} closes at {v}|What is open until {v}",
    ),
    "shut_on": relation(
        "Closed on|Day of rest",
        v.weekday,
        "{e} is closed on {v}|on {v} {e} stays shut|{e} does not open on {v}",
        "On which day is {e} closed|What is the closing day of {e}|Which weekday does {e} stay shut"
        "|When does {e} not open at all",
        "Which {noun} is closed on {v}|What stays shut on {v}",
    ),
    "sells": relation(
        "Go there for|Known for",
        v.one_of(
            "rye rolls|lamp wicks|goat cheese|brass screws|used maps|linen thread|smoked trout|fountain pens"
            "|wild honey|cork tiles|walnut oil|felt slippers|bicycle tubes|pickled lemons|sheet music|garden shears"
        ),
        "{e} has the best {v}|we get {v} at {e}|go to {e} for {v}",
        "What do we get at {e}|What is {e} good for|What do I go to {e} for|What does {e} have the best of",
        "Where do we get {v}|Which {noun} has the best {v}",
    ),
    "distance": relation(
        "Length|Distance",
        v.measure(3, 34, "km|kilometres", 0.5),
        "{e} is {v} long|{e} runs for {v}|on {e} one walks {v}",
        "How long is {e}|What is the length of {e}|How many kilometres does one walk on {e}|How far does {e} run",
        "Which {noun} is {v} long|On which {noun} does one walk {v}",
    ),
    "climb": relation(
        "Climb|Ascent",
        v.measure(60, 1900, "m|metres", 10),
        "{e} climbs {v}|the ascent on {e} is {v}|{e} goes up by {v}",
        "How much does {e} climb|What is the ascent on {e}|By how many metres does {e} go up"
        "|What is the height gain of {e}",
        "Which {noun} climbs {v}|On which {noun} is the ascent {v}",
    ),
    "marked": relation(
        "Signs|Marks",
        v.made("{colour} dots", "a {colour} triangle", "{colour} and {colour} stripes", "a {colour} arrow",
        "a carved {bird}"),
        "{e} is marked with {v}|follow {v} on {e}|the signs of {e} show {v}",
        "How is {e} marked|What signs do I follow on {e}|What do the signs of {e} show|What marks show the way on"
        " {e}",
        "Which {noun} is marked with {v}|On which {noun} do I follow {v}",
    ),
    "plate": relation(
        "Number plate|Registration",
        v.made("{letter}{letter} {three} {letter}", "{letter}{two} {letter}{letter}{letter}",
        "{letter}{letter}-{four}"),
        "{e} has the number plate {v}|the registration of {e} is {v}|{e} carries the plate {v}",
        "What is the number plate of {e}|Which registration does {e} have|What plate does {e} carry"
        "|How is {e} registered",
        "Which {noun} has the number plate {v}|Which {noun} is registered as {v}",
    ),
    "mileage": relation(
        "Mileage|Odometer",
        lambda rng, style: (f"{rng.randint(2, 240)},{rng.randint(0, 999):03} km",),
        "{e} has done {v}|the odometer of {e} shows {v}|{e} stands at {v}",
        "How far has {e} been driven|What does the odometer of {e} show|What is the mileage of {e}"
        "|How many kilometres has {e} done",
        "Which {noun} has done {v}|The odometer of which {noun} shows {v}",
    ),
    "drives": relation(
        "Driver|Driven by",
        v.person,
        "{v} drives {e}|{e} is driven by {v}|the keys of {e} are with {v}",
        "Who drives {e}|By whom is {e} driven|Who has the keys of {e}|Whom do I ask for {e}",
        "Which {noun} does {v} drive|What does {v} drive",
    ),
    "inspection": relation(
        "Inspection|Next inspection|MOT",
        v.date,
        "{e} is due for inspection on {v}|the inspection of {e} is on {v}|{e} goes to be inspected on {v}",
        "When is {e} due for inspection|On what date is the inspection of {e}|When will {e} be inspected"
        "|By when does {e} need its inspection",
        "Which {noun} is due for inspection on {v}|What will be inspected on {v}",
    ),
    "door_code": relation(
        "Code|Keypad",
        v.pin,
        "{e} opens with {v}|the code of {e} is {v}|type {v} at {e}",
        "What is the code of {e}|With which code does {e} open|What do I type at {e}|Which code is for {e}",
        "Which {noun} opens with {v}|Where do I type {v}",
    ),
    "key_at": relation(
        "Key|Key at",
        v.spot,
        "the key for {e} is {v}|for {e} there is a key {v}|we hide the key of {e} {v}",
        "Where is the key for {e}|Where do I find the key of {e}|Where do we hide the key of {e}"
        "|In which place is {e}'s key",
        "Which {noun} has its key {v}|For which {noun} is the key {v}",
    ),
    "material": relation(
        "Material|Made of",
        v.made("solid {wood}", "{wood} and steel", "{wood} with {colour} felt", "reclaimed {wood}",
        "oiled {wood}", "{wood} plywood"),
        "{e} is made of {v}|for {e} we used {v}|{e} was built from {v}",
        "What is {e} made of|Which material did we use for {e}|From what was {e} built|Of which wood is {e}",
        "Which {noun} is made of {v}|What was built from {v}",
    ),
    "monthly": relation(
        "Monthly|Per month|Fee",
        v.money(6, 190),
        "{e} costs {v} a month|each month {v} go to {e}|we pay {v} a month for {e}",
        "How much is {e} a month|What do we pay for {e} each month|What is the monthly cost of {e}"
        "|How much does {e} cost us",
        "Which {noun} costs {v} a month|For which {noun} do we pay {v}",
    ),
    "contract": relation(
        "Contract no.|Policy no.|Number",
        v.pin,
        "the number of {e} is {v}|{e} has the number {v}|{e} is filed under {v}",
        "What is the number of {e}|Which number does {e} have|Under what number is {e} filed"
        "|What reference do I give for {e}",
        "Which {noun} has the number {v}|Which {noun} is filed under {v}",
    ),
    "renews": relation(
        "Renews|Ends|Until",
        v.date,
        "{e} renews on {v}|{e} runs until {v}|we can cancel {e} until {v}",
        "When does {e} renew|Until when does {e} run|By what date can we cancel {e}|What is the end date of {e}",
        "Which {noun} renews on {v}|Which {noun} runs until {v}",
    ),
    "provider": relation(
        "Provider|With",
        v.company,
        "{e} is with {v}|{v} provides {e}|for {e} we went to {v}",
        "With which company is {e}|Who provides {e}|Who is the provider of {e}|Which firm did we choose for {e}",
        "What is with {v}|Which {noun} does {v} provide",
    ),
    "mass": relation(
        "Mass|Weighed in",
        v.measure(1.2, 96, "mg|milligrams", 0.1),
        "{e} weighs {v}|we weighed {v} for {e}|the mass of {e} was {v}",
        "What is the mass of {e}|How much does {e} weigh|How many milligrams did we weigh for {e}"
        "|What did the balance show for {e}",
        "Which {noun} weighs {v}|Which {noun} has a mass of {v}",
    ),
    "ph": relation(
        "pH",
        v.made("pH {digit}.{digit}", "pH {digit}.{two}"),
        "{e} is at {v}|the reading for {e} was {v}|{e} settled at {v}",
        "What is the pH of {e}|Which pH did {e} settle at|How acidic is {e}|What was the pH reading for {e}",
        "Which {noun} is at {v}|Which {noun} settled at {v}",
    ),
    "freezer": relation(
        "Stored|Storage",
        v.made("freezer {digit}, rack {letter}", "the {colour} tray in fridge {digit}", "drawer {two}",
        "box {letter}{digit}"),
        "{e} is in {v}|{e} was moved to {v}|we store {e} in {v}",
        "Where is {e} stored|In which place is {e}|Where was {e} moved|Where can I get {e}",
        "Which {noun} is in {v}|What is stored in {v}",
    ),
    "turned": relation(
        "Colour|Looks",
        v.colour,
        "{e} turned {v}|{e} is {v} now|after the night {e} was {v}",
        "What colour did {e} turn|What does {e} look like now|Which colour is {e}|What colour was {e} after the"
        " night",
        "Which {noun} turned {v}|Which {noun} is {v} now",
    ),
    "done_by": relation(
        "Operator|Done by",
        v.person,
        "{v} prepared {e}|{e} was made by {v}|{e} is {v}'s work",
        "Who prepared {e}|By whom was {e} made|Whose work is {e}|Whom do I ask about {e}",
        "Which {noun} did {v} prepare|Which {noun} is {v}'s work",
    ),
    "reads": relation(
        "Alarm at|Threshold",
        v.measure(4, 96, "%|percent"),
        "{e} sounds at {v}|the alarm of {e} is set to {v}|{e} warns us at {v}",
        "At which value does {e} sound|What is the alarm of {e} set to|At what reading does {e} warn us"
        "|What is the threshold of {e}",
        "Which {noun} sounds at {v}|The alarm of which {noun} is set to {v}",
    ),
    "battery": relation(
        "Battery|Batteries",
        v.made("a CR{four}", "two AA cells", "three AAA cells", "a 9 V block", "an ER{four}", "one {brand} pack"),
        "{e} takes {v}|{e} runs on {v}|for {e} we need {v}",
        "What battery does {e} take|What does {e} run on|Which batteries do we need for {e}"
        "|What goes into the battery slot of {e}",
        "Which {noun} takes {v}|What runs on {v}",
    ),
    "composer": relation(
        "Composer|By",
        v.person,
        "{e} is by {v}|{v} wrote {e}|the notes of {e} say {v} wrote it",
        "Who wrote {e}|Who composed {e}|By whom is {e}|What is the composer of {e} called",
        "Which {noun} did {v} write|What is by {v}",
    ),
    "soloist": relation(
        "Soloist|Solo",
        v.person,
        "{v} sings the solo in {e}|the solo in {e} goes to {v}|in {e} we hear {v} alone",
        "Who sings the solo in {e}|To whom goes the solo in {e}|Who is the soloist of {e}|Whom do we hear alone in"
        " {e}",
        "In which {noun} does {v} sing the solo|Which {noun} has {v} as soloist",
    ),
    "lasts": relation(
        "Duration|Length",
        v.measure(2, 27, "minutes|min"),
        "{e} lasts {v}|{e} takes {v}|{e} is {v} long",
        "How long does {e} last|How many minutes does {e} take|What is the duration of {e}|How long is {e}",
        "Which {noun} lasts {v}|What takes {v}",
    ),
}  # fmt: skip
