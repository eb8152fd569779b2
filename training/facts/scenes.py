"""What the passages are about: kinds of entities, scenes that put relations together, sentences that state no"
" fact."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Kind:
    """How entities are named: `{noun}` is drawn once for a passage, the other slots for every entity."""

    nouns: str
    patterns: str
    capital: bool = True  # names of programs stay small at the start of a sentence


@dataclass(frozen=True)
class Scene:
    kind: str
    relations: str
    tag: str
    frames: str
    topics: str
    noun: str = ""


MACHINES = "pump|heater|dehumidifier|drill|fan|compressor|lawn mower|vacuum cleaner|sander|freezer|generator|projector|lamp"
KINDS: dict[str, Kind] = {
    "machine": Kind(
        MACHINES,
        "the {site} {noun}|the {brand} {noun}|the {age} {noun}|the {brand} {hundred}|{noun} {letter}"
        "|{noun} no. {digit}",
    ),
    "person": Kind("person", ""),
    "doctor": Kind("doctor", "Dr {surname}"),
    "medicine": Kind("medicine", "{drug}"),
    "dish": Kind("dish", "the {fruit} {dishword}"),
    "ingredient": Kind("ingredient", "{ingredient}"),
    "plant": Kind("plant", "the {plantname}|the {season} {plantname}|the {ordinal} {plantname}"),
    "pet": Kind("cat|dog|rabbit|hen|goat|parrot", "{petname}|{pet}"),
    "box": Kind(
        "box|crate|suitcase|chest",
        "{noun} {letter}|the {colour} {noun}|{noun} {two}|the {site} {noun}",
    ),
    "book": Kind(
        "book|novel", "The {titleadj} {titlenoun}|The {titlenoun} of {town}|A {titlenoun} in {town}"
    ),
    "company": Kind("supplier|company|firm", "{surname} {firm_end}|{brand} {firm_end}|{brand}"),
    "product": Kind(
        "product|article", "the {brand} {ware}|the {colour} {ware}|the {ware} no. {two}"
    ),
    "project": Kind("project", "Project {bird}|the {bird} project|the {town} project"),
    "meeting": Kind("meeting", "the {meeting}"),
    "event": Kind("event|evening", "the {event}"),
    "course": Kind("course|class", "the {course} {noun}"),
    "task": Kind("ticket|task|issue", "{noun} {four}|{noun} #{three}|the {svc} {noun}"),
    "service": Kind("service|program", "{svc}-{svc2}|the {svc} {svc2}", capital=False),
    "release": Kind(
        "release|version|build", "{noun} {version}.{digit}|{noun} {version}|the {bird} {noun}"
    ),
    "line": Kind(
        "train|ferry|bus|coach|tram",
        "the {town} {noun}|{noun} {two}|{noun} {letter}{letter} {four}",
    ),
    "hotel": Kind(
        "hotel|inn|guest house", "Hotel {brand}|the {hotelname}|Pension {surname}|the {town} {noun}"
    ),
    "shop": Kind("shop", "the {shopname}"),
    "trail": Kind("trail|path|loop", "the {trail} {noun}|the {town} {noun}"),
    "vehicle": Kind("vehicle", "the {colour} {vehicle}|the {brand} {vehicle}|the {age} {vehicle}"),
    "door": Kind("entrance", "the {door}"),
    "furniture": Kind(
        "piece", "the {site} {furniture}|the {surname} {furniture}|the {age} {furniture}"
    ),
    "contract": Kind("contract", "the {contract} {noun}"),
    "sample": Kind(
        "sample|batch|specimen", "{noun} {letter}{two}|{noun} {three}|{noun} {two}{letter}"
    ),
    "sensor": Kind(
        "sensor|detector", "the {site} {noun}|{noun} {letter}{digit}|the {brand} {noun}"
    ),
    "music": Kind("piece|song", "the {season} {piece}|the {town} {piece}|the {piece} no. {digit}"),
}

HOUSE, OFFICE = (
    "note note diary letter email sheet table list",
    "email minutes note sheet table list",
)
CODE = "readme readme sheet note email ticket table"
SCENES: tuple[Scene, ...] = (
    Scene(
        "machine",
        "power weight kept bought paid serviced serial fault",
        "home",
        HOUSE + " manual manual",
        "our {nouns}|the {nouns} in {town}",
    ),
    Scene(
        "machine",
        "power serial serviced fault inspection weight",
        "work",
        "manual ticket sheet note email",
        "the {nouns} at {firm}|the {brand} {nouns}",
    ),
    Scene(
        "person",
        "extension office duty day_off email",
        "work",
        OFFICE,
        "the seating plan|the team in {town}|the office phones",
        "colleague",
    ),
    Scene(
        "person",
        "birthday wish diet lives mobile",
        "family",
        HOUSE,
        "the family|birthdays and visits|the {surname} people",
        "relative",
    ),
    Scene(
        "person",
        "lives mobile email diet duty",
        "family",
        "note list letter email sheet table",
        "the neighbours|the street party|the helpers in {town}",
        "neighbour",
    ),
    Scene(
        "doctor",
        "doctor_time doctor_date doctor_for doctor_phone address",
        "family",
        "note diary letter list email",
        "the appointments in {month}|the doctors|my appointments",
    ),
    Scene(
        "medicine",
        "dose taken treats kept",
        "family",
        "note letter sheet table list",
        "{first}'s medicines|the medicine box",
    ),
    Scene(
        "dish",
        "oven bakes brings contains",
        "food",
        HOUSE,
        "the dinner in {month}|the street party|the {surname} lunch",
    ),
    Scene(
        "ingredient",
        "amount",
        "bake",
        "recipe recipe recipe note letter",
        "the {fruit} {dishword} from {town}|{first}'s {fruit} {dishword}|the {season} {dishword}",
    ),
    Scene(
        "plant",
        "planted grows watered gift_from height",
        "garden",
        HOUSE,
        "the garden|the plants in {town}|the {season} garden",
    ),
    Scene(
        "pet",
        "eats sleeps afraid vet",
        "home",
        HOUSE,
        "the {nouns}|looking after the {nouns}|our {nouns}",
    ),
    Scene(
        "box",
        "holds packed weight kept",
        "home",
        HOUSE,
        "the move to {town}|the {nouns}|the {nouns} for {town}",
    ),
    Scene(
        "book",
        "author pages lent kept",
        "home",
        HOUSE,
        "the reading list|my {nouns}|the shelf in {town}",
    ),
    Scene(
        "company",
        "contact discount customer delivers mobile",
        "work",
        OFFICE,
        "our {nouns}|orders for {month}|the {nouns}",
    ),
    Scene(
        "product",
        "costs stock shelf ships",
        "work",
        OFFICE,
        "the {season} price list|the shop in {town}|stock and prices",
    ),
    Scene(
        "project",
        "led deadline budget client late",
        "work",
        OFFICE,
        "running projects|the projects of {firm}|the plan for {year}",
    ),
    Scene(
        "meeting",
        "on_date begins venue run_by seats",
        "work",
        OFFICE,
        "the meetings in {month}|the calendar of {firm}|our {nouns}",
    ),
    Scene(
        "event",
        "on_date begins venue fee seats run_by",
        "family",
        HOUSE + " minutes",
        "the {season} programme|events in {town}",
    ),
    Scene(
        "course",
        "on_day begins run_by fee seats",
        "family",
        HOUSE,
        "courses in {town}|the {season} courses|evening classes",
    ),
    Scene(
        "task",
        "assigned cause estimate deadline",
        "tech",
        "minutes ticket note email table list",
        "open {nouns}|the {svc} {nouns}|this week's {nouns}",
    ),
    Scene(
        "service",
        "port host release timeout logs led",
        "tech",
        CODE,
        "the {brand} cluster|our services|the {firm} set-up",
    ),
    Scene(
        "service",
        "flag secret nightly host port led",
        "tech",
        CODE,
        "the {brand} servers|the {town} servers|operations",
    ),
    Scene(
        "release",
        "out_on fixes done_by",
        "tech",
        "changelog changelog readme email note",
        "{brand} releases|changes in {brand}",
    ),
    Scene(
        "line",
        "departs platform fare rides change",
        "travel",
        HOUSE,
        "the way to {town}|the trip in {month}|the {nouns} to {town}",
    ),
    Scene(
        "hotel",
        "night booking checkin address walk",
        "travel",
        HOUSE,
        "our hotels|the nights in {town}|the {season} tour",
    ),
    Scene(
        "shop",
        "opens closes shut_on sells address",
        "travel",
        HOUSE,
        "shops in {town}|errands|the shops near the flat",
    ),
    Scene(
        "trail",
        "distance climb marked",
        "travel",
        HOUSE,
        "walks around {town}|the {season} walks|hiking near {town}",
    ),
    Scene(
        "vehicle",
        "plate mileage drives inspection kept",
        "work",
        OFFICE,
        "our vehicles|the vehicles of {firm}|the yard",
    ),
    Scene(
        "door",
        "door_code key_at painted",
        "family",
        HOUSE + " manual manual",
        "the locks|the house in {town}|doors and keys",
    ),
    Scene(
        "furniture",
        "material paid painted weight lent",
        "home",
        HOUSE,
        "the furniture|the workshop orders|the {town} flat",
    ),
    Scene(
        "contract",
        "monthly contract renews provider",
        "home",
        HOUSE,
        "our contracts|the household papers|contracts in {year}",
    ),
    Scene(
        "sample",
        "mass ph freezer turned done_by",
        "lab",
        "lab lab note minutes table list",
        "the {brand} series|the {nouns} from {town}|run {three}",
    ),
    Scene(
        "sensor",
        "reads battery kept serial bought",
        "home",
        HOUSE + " manual manual",
        "the {nouns}|{nouns} in the house|the {nouns} in {town}",
    ),
    Scene(
        "music",
        "composer soloist lasts",
        "family",
        "note list email minutes letter table",
        "the concert in {town}|the {season} programme|choir in {month}",
    ),
)

FILLERS: dict[str, str] = {
    "any": "The {colour} folder holds only old papers.|{first} still has to read this.|{first} found it funny."
    "|Forget the list from {town}, it is wrong.|We began with this in {year} or so.|Somebody from {brand} may ring"
    " about it.|The {colour} sticker means nothing.|My pen ran dry, so parts are in pencil."
    "|{first} and {first} send their greetings.|A copy hangs {behind} the {thing}.|{surname} was no help at all,"
    " sadly.|The photograph on the back shows {town}.|Nothing here is secret, but please don't pass it on."
    "|I will add to this when I know more.|Some of it may sound obvious.|Last time we had to look it all up again."
    "|Most of it has not changed for a long while.|If something is wrong, please correct it."
    "|It took longer than expected to collect all this.|Ask again if anything is unclear.|Better written down than"
    " forgotten.|I checked it twice.|That is about all I can remember.|The rest can wait.|Don't mix them up, they"
    " are easily confused.|I copied this from several slips of paper.|We should go through it once more soon."
    "|Somebody asked about it only last week.",
    "home": "The house has been quiet since the children left.|It rained most of the week and little got done."
    "|We still want to tidy up the cellar properly.|The neighbours were kind enough to help."
    "|The floor needs sweeping again.|A window rattles when the wind is up.|The instructions got wet and can hardly"
    " be read.|Nobody remembers who hung the old mirror.|There is always more to mend than there is time."
    "|The light bulbs are all of the same kind now.",
    "garden": "The snails have been worse than ever.|It was a mild winter and a late spring."
    "|The compost is nearly ready.|I saw two hedgehogs this month.|The hose leaks a little."
    "|Weeding takes most of the morning.|The soil is heavy and holds water well.|Frost is still possible."
    "|The birds took most of the berries.|I mean to draw a proper map of the beds.",
    "food": "Everyone asked for seconds last time.|Use what the season offers.|The kitchen will smell wonderful."
    "|Leftovers can be frozen.|Plates and glasses are there already.|Drinks are bought together."
    "|We need a longer table.|Bring a bowl to take something home.|The children eat first.|Nobody should go home"
    " hungry.",
    "bake": "Let it cool before cutting.|Taste before adding salt.|It keeps well under a cloth."
    "|A wooden spoon is best.|Don't open the door too early.|Everything should be at room temperature."
    "|Grease the tin well.|Stir slowly and always in one direction.|The dough may rest overnight."
    "|It tastes even better the next day.|Beat it until your arm hurts.|Sift it twice.",
    "family": "Everybody is well, apart from the usual colds.|We are looking forward to seeing you."
    "|The children have grown a lot.|There will be coffee for everyone.|Please don't bring more chairs."
    "|It was a lovely evening last time.|Parking is difficult, so come by bus if you can.|We had to laugh a lot"
    " about the photographs.|The list on the fridge is out of date.|Some of us will be late as always.",
    "work": "The canteen is closed for repairs.|Please keep the corridor free.|We had good feedback from the last"
    " audit.|The new carpet is finally in.|Thanks to all who stayed late.|The old list should be thrown away."
    "|Numbers will be checked again at the end of the quarter.|Paper copies are no longer sent out."
    "|Several people asked for a clear overview.|The lift is out of order again.|Questions are welcome at any time.",
    "tech": "Changes go through review as usual.|The dashboards are still being rebuilt.|Don't edit the files by"
    " hand.|Most of the old scripts have been removed.|Tests run on every push.|The wiki page is out of date."
    "|Restart one after the other, never all at once.|Alerts were noisy last week.|The diagram in the repository"
    " shows the whole picture.|Nothing has to be compiled.|Read the messages before asking for help.",
    "travel": "Take water and something to eat.|The weather forecast is mixed.|We travel light this time."
    "|The map is in the side pocket.|Shops are few, so plan ahead.|Last year we nearly missed it."
    "|The view is worth it.|Bring good shoes.|There may be changes because of building works."
    "|Photographs are allowed everywhere.|It gets crowded in the holidays.",
    "lab": "Gloves and glasses at all times.|The balance was calibrated this morning.|The fume hood is noisy again."
    "|All glassware was rinsed twice.|No leaks were seen.|The smell was faint but sharp.|We repeat the run if the"
    " numbers look odd.|Labels must be readable.|The log of the centrifuge is full.|Nothing was spilled."
    "|The stirrer needed a new bar.",
}
