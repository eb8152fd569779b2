"""What can be said of a thing or a person, and how it is asked: relations of the home, the table and spare time.

`{e}` stands for the entity, `{v}` for the value, `{noun}` for what kind of thing the entity is. Statements get their
full stop and questions their question mark from the composer. An inverse question has the entity as its answer.
"""

from __future__ import annotations

from dataclasses import dataclass

from training.facts import values as v
from training.facts.values import Make


@dataclass(frozen=True)
class Relation:
    label: tuple[str, ...]
    make: Make
    says: tuple[str, ...]
    asks: tuple[str, ...]
    inverse: tuple[str, ...]


def relation(label: str, make: Make, says: str, asks: str, inverse: str = "") -> Relation:
    split = (tuple(text.split("|")) if text else () for text in (label, says, asks, inverse))
    labels, statements, questions, inverses = split
    return Relation(labels, make, statements, questions, inverses)


HOME: dict[str, Relation] = {
    "power": relation(
        "Power|Rated power|Consumption",
        v.measure(150, 2400, "W|watts", 50),
        "{e} draws {v}|{e} is rated at {v}|the plate on {e} says {v}|{e} uses {v} when running",
        "How much power does {e} draw|What is the wattage of {e}|What is {e} rated at|How many watts does {e} use"
        "|What is {e}'s power consumption",
        "Which {noun} draws {v}|Which {noun} is rated at {v}",
    ),
    "weight": relation(
        "Weight|Mass",
        v.measure(2, 48, "kg|kilograms", 0.5),
        "{e} weighs {v}|on the scale {e} showed {v}|{e} comes to {v}",
        "How much does {e} weigh|How heavy is {e}|What is the weight of {e}|What did {e} weigh on the scale",
        "Which {noun} weighs {v}|Which {noun} has a weight of {v}",
    ),
    "kept": relation(
        "Place|Kept|Where",
        v.spot,
        "{e} is kept {v}|you will find {e} {v}|{e} stands {v}|we put {e} {v}",
        "Where is {e} kept|Where can I find {e}|Where is {e}|In what place did we put {e}|Where should I look for"
        " {e}",
        "Which {noun} is {v}|Which {noun} is kept {v}",
    ),
    "bought": relation(
        "Bought|Purchased|Date of purchase",
        v.date,
        "{e} was bought on {v}|we bought {e} on {v}|the receipt for {e} is dated {v}",
        "When was {e} bought|What is the purchase date of {e}|On what date did we buy {e}|How is the receipt for"
        " {e} dated|Since when do we own {e}",
        "Which {noun} was bought on {v}|Which {noun} did we buy on {v}",
    ),
    "paid": relation(
        "Price|Cost|Paid",
        v.money(20, 900),
        "{e} cost {v}|we paid {v} for {e}|the price of {e} was {v}",
        "How much did {e} cost|What was the price of {e}|What did we pay for {e}|How much money went into {e}",
        "Which {noun} cost {v}|For which {noun} did we pay {v}",
    ),
    "serviced": relation(
        "Serviced by|Maintenance|Looked after by",
        v.person,
        "{e} is serviced by {v}|{v} looks after {e}|for repairs of {e}, call {v}|{v} does the maintenance of {e}",
        "Who services {e}|Who looks after {e}|Whom should I call when {e} breaks|Who does the maintenance of {e}",
        "Which {noun} does {v} look after|Which {noun} is serviced by {v}",
    ),
    "serial": relation(
        "Serial number|Serial no.|S/N",
        v.serial,
        "{e} has the serial number {v}|the serial number of {e} is {v}|{e} carries serial number {v}",
        "What is the serial number of {e}|Which serial number does {e} have|What serial is printed on {e}"
        "|What is {e}'s serial number",
        "Which {noun} has the serial number {v}|What has the serial number {v}",
    ),
    "fault": relation(
        "Fault|Last repair|Problem found",
        v.reason,
        "{e} stopped because {v}|{e} failed last time because {v}|{e} had to be repaired because {v}",
        "Why did {e} stop|What was the reason that {e} failed|Why did {e} have to be repaired"
        "|What was wrong with {e}",
        "",
    ),
    "doctor_time": relation(
        "Time",
        v.clock(8, 17),
        "{e} sees us at {v}|the appointment with {e} is at {v}|{e} expects me at {v}",
        "At what time is the appointment with {e}|When on the day does {e} see me|What time do I have to be at {e}'s"
        "|For what time is {e} booked",
        "Who sees us at {v}|With whom is the appointment at {v}",
    ),
    "doctor_date": relation(
        "Date|Appointment",
        v.date,
        "the appointment with {e} is on {v}|{e} will see me on {v}|I am booked with {e} for {v}",
        "On what date is the appointment with {e}|What day am I seeing {e}|On which date does {e} expect me"
        "|What is the date of the visit to {e}",
        "With which doctor is the appointment on {v}|Whom do I see on {v}",
    ),
    "doctor_for": relation(
        "For|Reason for visit",
        v.one_of(
            "the left knee|the sore shoulder|the blood test|the new glasses|the skin rash|the hearing test"
            "|the flu shot|the wisdom tooth|the back pain|the allergy test|the broken toe|the sleep problems"
            "|the ear infection|the tetanus booster|the stiff neck|the heart murmur"
        ),
        "{e} is looking at {v}|I am seeing {e} about {v}|the visit to {e} is about {v}",
        "What is the visit to {e} about|Why am I seeing {e}|What is {e} looking at|For what reason do I go to {e}",
        "Which doctor do I see about {v}|Who is looking at {v}",
    ),
    "doctor_phone": relation(
        "Phone|Practice phone",
        v.phone,
        "{e}'s practice is at {v} by phone|to move the appointment with {e}, call {v}|{e} can be reached on {v}",
        "What is the phone number of {e}|On what number can {e} be reached|Which number do I call to move the"
        " appointment with {e}|How do I reach {e} by phone",
        "Whose practice has the number {v}|Who can be reached on {v}",
    ),
    "dose": relation(
        "Dose|Dosage",
        v.measure(5, 400, "mg|milligrams", 5),
        "the dose of {e} is {v}|{e} is to be taken at {v} a time|of {e} the doctor wrote down {v}",
        "What is the dose of {e}|How much {e} is to be taken|How many milligrams of {e} should one take"
        "|What dosage did the doctor write down for {e}",
        "Which {noun} has a dose of {v}|Of which {noun} are {v} to be taken",
    ),
    "taken": relation(
        "When|Taken",
        v.one_of(
            "before breakfast|after lunch|at bedtime|every other morning|with the evening meal|every eight hours"
            "|on Sundays only|half an hour before dinner|twice a day|three times a day|only when in pain"
            "|on an empty stomach"
        ),
        "{e} is taken {v}|take {e} {v}|the leaflet says to take {e} {v}",
        "When is {e} taken|At which times does one take {e}|How often or when should {e} be taken|When do I take {e}",
        "Which {noun} is taken {v}|What has to be taken {v}",
    ),
    "treats": relation(
        "Against|For",
        v.one_of(
            "hay fever|migraine|high blood pressure|the stiff joints|heartburn|the dry cough|the eczema|low iron"
            "|travel sickness|muscle cramps|the sinus infection|restless legs|the thyroid|a vitamin deficiency|nausea"
        ),
        "{e} is for {v}|{e} was prescribed against {v}|{e} helps with {v}",
        "What is {e} for|Against what was {e} prescribed|What does {e} help with|Why was {e} prescribed",
        "Which {noun} is for {v}|What helps with {v}",
    ),
    "oven": relation(
        "Oven|Temperature",
        v.measure(140, 250, "°C|degrees", 5),
        "{e} bakes at {v}|set the oven to {v} for {e}|{e} needs an oven of {v}",
        "At what temperature does {e} bake|How hot must the oven be for {e}|What oven setting does {e} need"
        "|To what temperature is the oven set for {e}",
        "Which {noun} bakes at {v}|What needs an oven of {v}",
    ),
    "bakes": relation(
        "Time|In the oven|Cooking time",
        v.measure(15, 120, "minutes|min", 5),
        "{e} takes {v}|{e} is done after {v}|leave {e} in the oven for {v}",
        "How long does {e} take|After how many minutes is {e} done|How long does {e} stay in the oven"
        "|What is the cooking time of {e}",
        "Which {noun} takes {v}|What is done after {v}",
    ),
    "brings": relation(
        "Brought by|From|Made by",
        v.person,
        "{v} brings {e}|{e} comes from {v}|{e} is made by {v}|{v} has promised to make {e}",
        "Who brings {e}|Who makes {e}|Who is responsible for {e}|From whom does {e} come",
        "Which {noun} does {v} bring|What is {v} making|What did {v} promise to make",
    ),
    "contains": relation(
        "Contains|Allergens",
        v.one_of(
            "almonds|celery|mustard|sesame|lupin flour|crab meat|pistachios|a glass of rum|goat's milk|anchovies"
            "|gelatine|soy sauce|raw egg|buckwheat|blue cheese|peanut butter"
        ),
        "{e} contains {v}|there is {v} in {e}|careful with allergies: {e} has {v} in it",
        "What does {e} contain that could matter for allergies|What is in {e}|Which special ingredient does {e} have"
        "|What should guests know is in {e}",
        "Which {noun} contains {v}|Which {noun} has {v} in it",
    ),
    "amount": relation(
        "Amount",
        lambda rng, style: v.measure(20, 750, "g|grams", 10)(rng, 0),
        "use {v} of {e}|{v} of {e} go into the bowl|weigh out {v} of {e}|the recipe asks for {v} of {e}",
        "How much {e} does the recipe need|What amount of {e} is used|How many grams of {e} go in"
        "|How much {e} do I weigh out",
        "Of which ingredient are {v} used|Which ingredient is weighed out at {v}",
    ),
    "planted": relation(
        "Planted|Planted on",
        v.date,
        "{e} was planted on {v}|I planted {e} on {v}|{e} went into the ground on {v}",
        "When was {e} planted|On what date did {e} go into the ground|When did I plant {e}|What is the planting"
        " date of {e}",
        "Which {noun} was planted on {v}|What went into the ground on {v}",
    ),
    "grows": relation(
        "Position|Where",
        v.made("{behind} the {site} wall", "{behind} the {ordinal} {thing}", "in the {site} bed",
        "along the {colour} fence"),
        "{e} grows {v}|{e} stands {v}|I put {e} {v}",
        "Where does {e} grow|Where in the garden is {e}|Where did I put {e}|In what spot does {e} stand",
        "Which {noun} grows {v}|What stands {v}",
    ),
    "watered": relation(
        "Water|Watering",
        v.made("every {digit} days", "twice a week", "once a week", "only in dry summers", "every evening",
        "every other morning"),
        "{e} is watered {v}|{e} wants water {v}|give {e} water {v}",
        "How often is {e} watered|How often does {e} want water|What is the watering rule for {e}"
        "|When should {e} get water",
        "Which {noun} is watered {v}|Which {noun} gets water {v}",
    ),
    "gift_from": relation(
        "From|Source|Origin",
        v.person,
        "{e} was a gift from {v}|{v} gave us {e}|{e} comes from {v}|we got {e} from {v}",
        "Who gave us {e}|From whom did we get {e}|Where did {e} come from|Whose gift was {e}",
        "Which {noun} did {v} give us|Which {noun} was a gift from {v}",
    ),
    "height": relation(
        "Height",
        v.measure(20, 260, "cm|centimetres", 5),
        "{e} is {v} tall|{e} has reached {v}|I measured {v} for {e}",
        "How tall is {e}|What is the height of {e}|What height has {e} reached|How many centimetres does {e} measure",
        "Which {noun} is {v} tall|What has reached a height of {v}",
    ),
    "painted": relation(
        "Colour|Paint",
        v.colour,
        "{e} is {v}|{e} was painted {v}|the colour of {e} is {v}",
        "What colour is {e}|In which colour was {e} painted|What is the colour of {e}|Which colour did {e} get",
        "Which {noun} is {v}|Which {noun} was painted {v}",
    ),
    "eats": relation(
        "Food|Eats",
        v.one_of(
            "tinned sardines|boiled rice|turkey pellets|grated carrot|salmon biscuits|dried mealworms|duck pâté"
            "|oat porridge|cottage cheese|chopped parsley|the grain-free kibble|steamed pumpkin|chicken hearts|millet"
        ),
        "{e} only eats {v}|{e} gets {v}|for dinner {e} has {v}",
        "What does {e} eat|What food does {e} get|What do I feed {e}|What goes into {e}'s bowl",
        "Which {noun} eats {v}|Who gets {v}",
    ),
    "sleeps": relation(
        "Sleeps|Bed",
        v.spot,
        "{e} sleeps {v}|at night {e} lies {v}|{e}'s bed is {v}",
        "Where does {e} sleep|Where is {e}'s bed|Where does {e} lie at night|In what place does {e} spend the night",
        "Which {noun} sleeps {v}|Whose bed is {v}",
    ),
    "afraid": relation(
        "Afraid of|Fears",
        v.one_of(
            "umbrellas|the vacuum cleaner|thunder|men with hats|balloons|the hair dryer|bicycles|the postman"
            "|church bells|plastic bags|swans|the dishwasher|fireworks|scarecrows"
        ),
        "{e} is afraid of {v}|{e} cannot stand {v}|{e} hides from {v}",
        "What is {e} afraid of|What can {e} not stand|What does {e} hide from|What scares {e}",
        "Which {noun} is afraid of {v}|Who hides from {v}",
    ),
    "vet": relation(
        "Vet|Next vet visit",
        v.date,
        "{e} sees the vet on {v}|the vet wants {e} on {v}|{e} has to be at the vet's on {v}",
        "When does {e} see the vet|What is the date of {e}'s vet appointment|On what day is {e} due at the vet's"
        "|When do I take {e} to the vet",
        "Which {noun} goes to the vet on {v}|Who sees the vet on {v}",
    ),
    "holds": relation(
        "Contents|Inside",
        v.made(
            "the {colour} curtains", "old tax papers", "the {site} lamps", "the {fruit} jars", "the ski boots",
            "{brand} spare parts",
            "photo albums", "the fondue set", "{surname} family letters", "the tent pegs",
            "the {ordinal} set of plates",
            "{ingredient} and {ingredient}", "the winter coats", "the {colour} bed linen",
        ),
        "{e} holds {v}|{e} contains {v}|{e} is full of {v}|I packed {v} into {e}",
        "What is in {e}|What does {e} hold|What did I pack into {e}|What are the contents of {e}",
        "Which {noun} holds {v}|Which {noun} should I open for {v}|Which {noun} contains {v}",
    ),
    "packed": relation(
        "Packed by",
        v.person,
        "{v} packed {e}|{e} was packed by {v}|{e} was closed and labelled by {v}",
        "Who packed {e}|Who closed and labelled {e}|By whom was {e} packed|Whom do I ask about what is in {e}",
        "Which {noun} did {v} pack|Which {noun} was packed by {v}",
    ),
    "lent": relation(
        "Lent to|With",
        v.person,
        "{e} is lent to {v}|{v} has borrowed {e}|at the moment {v} has {e}",
        "Who has borrowed {e}|To whom is {e} lent|Who has {e} at the moment|Whom do I ask to get {e} back",
        "Which {noun} has {v} borrowed|Which {noun} is with {v}",
    ),
    "author": relation(
        "Author|By",
        v.person,
        "{e} is by {v}|{v} wrote {e}|the author of {e} is {v}",
        "Who wrote {e}|Who is the author of {e}|By whom is {e}|Whose book is {e}",
        "Which {noun} did {v} write|Which {noun} is by {v}",
    ),
    "pages": relation(
        "Pages|Length",
        v.measure(90, 780, "pages"),
        "{e} has {v}|{e} is {v} long|{e} runs to {v}",
        "How many pages does {e} have|How long is {e}|What is the page count of {e}|To how many pages does {e} run",
        "Which {noun} has {v}|Which {noun} runs to {v}",
    ),
    "birthday": relation(
        "Birthday|Born",
        lambda rng, style: v.date(rng, style // 2 * 2),
        "{e}'s birthday is on {v}|{e} has a birthday on {v}|we celebrate {e} on {v}",
        "When is {e}'s birthday|On what day was {e} born|What is the date of {e}'s birthday|When do we celebrate {e}",
        "Whose birthday is on {v}|Who has a birthday on {v}",
    ),
    "wish": relation(
        "Wish|Present",
        v.made(
            "a pair of {colour} gloves", "a {site} lamp", "a {course} course", "a {wood} chessboard",
            "a tin of {brand} tea", "a {colour}"
            " scarf", "a potted {plantname}", "a new bicycle bell", "a jar of wild honey", "tickets for the circus",
        ),
        "{e} would like {v}|{e} is hoping for {v}|for {e} we are getting {v}",
        "What would {e} like|What is {e} hoping for|What present are we getting for {e}|What does {e} wish for",
        "Who would like {v}|Who wants {v}|For whom are we getting {v}",
    ),
    "diet": relation(
        "Diet|Does not eat",
        v.one_of(
            "walnuts|shellfish|mushrooms|raw onion|coriander|strawberries|gluten|lactose|celery|kiwi fruit|olives"
            "|pork|aubergine|cinnamon|liquorice"
        ),
        "{e} cannot eat {v}|{e} reacts badly to {v}|no {v} for {e}, please",
        "What can {e} not eat|To what does {e} react badly|What must not be served to {e}|Which food does {e} have"
        " to avoid",
        "Who cannot eat {v}|Who reacts badly to {v}|Which {noun} has to avoid {v}",
    ),
    "lives": relation(
        "Address|Lives at",
        v.street,
        "{e} lives at {v}|{e} has moved to {v}|the address of {e} is {v}",
        "Where does {e} live|What is {e}'s address|At which address can I visit {e}|What street did {e} move to",
        "Who lives at {v}|Whose address is {v}",
    ),
    "mobile": relation(
        "Phone|Mobile|Tel.",
        v.phone,
        "{e} can be reached on {v}|{e}'s phone number is {v}|call {e} on {v}",
        "What is {e}'s phone number|On what number can I reach {e}|Which number do I dial for {e}|How do I call {e}",
        "Who can be reached on {v}|Whose phone number is {v}",
    ),
}  # fmt: skip
