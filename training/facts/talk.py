"""What people tell each other, line by line: topics of dialogues and diaries, and what stands between.

In a statement `{v}` is the fact and `[...]` a part that may be left out; `{t}` is a time as people say it ("last
weekend"). In a question `{n}` is who said it and `{v}` the fact, where the question is about the time. Statements are
in the first person, so a diary says them as well. Replies belong to the other person and state no fact of their own.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Topic:
    """tense: which times fit, "past" or "next"; "" where none does."""

    tense: str
    values: tuple[str, ...]
    says: tuple[str, ...]
    asks: tuple[str, ...]
    whens: tuple[str, ...]
    replies: tuple[str, ...]


def topic(
    tense: str, values: str, says: str, asks: str, whens: str = "", replies: str = ""
) -> Topic:
    split = (
        tuple(text.split("|")) if text else () for text in (values, says, asks, whens, replies)
    )
    return Topic(tense, *split)


HOBBIES = (
    "pottery|fencing|archery|beekeeping|calligraphy|bouldering|tango|woodcarving|birdwatching|rowing|origami|embroidery"
    "|choir singing|wild swimming|chess|juggling|bookbinding|stargazing|improv theatre|mushroom picking|table tennis"
)
PLACES = (
    "Lisbon|Tromsø|Kyoto|the Dolomites|Cork|Valparaíso|Ghent|the Faroe Islands|Marrakesh|Ljubljana|Hanoi|Galway|Split"
    "|Oaxaca|Tallinn|the Isle of Skye|Porto|Zanzibar|Bologna|Quebec|Riga|Naxos|the Black Forest|Cartagena"
)
TALK: dict[str, Topic] = {
    "hobby": topic(
        "past",
        HOBBIES,
        "I took up {v}[ {t}], and I can't stop talking about it.|Guess what, I started {v}[ {t}]!|I've finally begun with {v}[, since {t}]. It clears my head.|My new thing is {v}; I tried it for the first time[ {t}].",
        "What did {n} take up|Which new hobby does {n} have|Which pastime has {n} begun|What is {n}'s new hobby",
        "When did {n} take up {v}|When did {n} try {v} for the first time|Since when does {n} do {v}",
        "That suits you so well!|I would have no patience for that.|How brave of you to begin something new.|Will you show me one day?",
    ),
    "job": topic(
        "past",
        "a bakery|a veterinary practice|a small publishing house|the botanical garden|a bicycle workshop|the city archive|a sailing school|a theatre|an animal shelter|a solar company|the tax office|a hospital pharmacy|a map maker's|a radio station",
        "I have a new job at {v}! I signed the contract[ {t}].|They took me! I was hired by {v}[ {t}].|I began work at {v}[ {t}], and everyone is kind.|Big news: I work for {v} now.",
        "Where does {n} work now|Who hired {n}|Where did {n} get a new job|What kind of place does {n} work for",
        "When did {n} sign the contract with {v}|When was {n} hired|When did {n} begin at {v}",
        "Congratulations! You earned it.|At last! What are your colleagues like?|I never doubted it.|Hooray, dinner is on you.",
    ),
    "pet": topic(
        "past",
        "a greyhound|two guinea pigs|a one-eyed cat|a tortoise|a cockatiel|a beagle puppy|three hens|a ginger kitten|a hedgehog|an old donkey|a pair of finches|a Siamese cat",
        "I adopted {v}[ {t}].|There is a new member of the family: I brought home {v}[ {t}].|I couldn't resist, I took in {v}[ {t}].|I have {v} now, and the whole flat is upside down.",
        "Which animal did {n} adopt|What pet did {n} get|Which animal did {n} bring home|What animal lives with {n} now",
        "When did {n} adopt {v}|When did {n} get {v}|When did {n} bring the animal home",
        "Send me a picture at once!|Oh, how sweet. And the furniture?|I am coming over to see that.|The neighbours will love it.",
    ),
    "petname": topic(
        "",
        "Biscuit|Juno|Rufus|Mochi|Pepper|Otis|Saffron|Ziggy|Nimbus|Waldo|Clementine|Fig|Bruno|Pixel|Mango|Hector",
        "My dog is called {v} and steals socks.|My cat {v} slept on the keyboard all day.|I named the puppy {v} in the end.|Our rabbit {v} ate a phone cable.",
        "What is the name of {n}'s pet|What is {n}'s animal called|How did {n} name the pet",
        "",
        "A good name!|Give the little one a treat from me.|That is so typical.|Mine would never do that. I have none, though.",
    ),
    "trip": topic(
        "past",
        PLACES,
        "I was in {v}[ {t}], it was wonderful.|I came back from {v}[ {t}] with sand in every pocket.|We spent a few days in {v}[ {t}].|{v} was a dream, I only got home[ {t}].",
        "Where did {n} travel to|Which place did {n} visit|Where did {n} spend a few days|From where did {n} come back",
        "When was {n} in {v}|When did {n} come back from {v}|When did {n} travel to {v}",
        "I want to see every photograph.|I am green with envy.|And the food?|You look rested, even in writing.",
    ),
    "plan": topic(
        "next",
        PLACES,
        "I'm flying to {v} {t}.|I've booked a week in {v}, we leave {t}.|Off to {v} {t}, I can hardly wait.|{T} I'm going to {v}.",
        "Where is {n} going on holiday|What is the destination of {n}'s trip|Where will {n} travel|Which place has {n} booked",
        "When is {n} going to {v}|When does {n} leave for {v}|When will {n} travel to {v}",
        "Take me with you.|Don't forget the sun cream.|Bring me a fridge magnet.|Who waters your plants?",
    ),
    "home": topic(
        "past",
        "the fourth floor of an old mill|a houseboat|a flat above a florist's|a farmhouse with a walnut tree|a studio near the station|a terraced house by the canal|an attic with two balconies|my grandmother's cottage|a former school",
        "I moved into {v}[ {t}].|We have the keys! We live in {v} now[, since {t}].|The boxes are unpacked: I moved to {v}[ {t}].|{T} I moved out of the old place and into {v}.",
        "Where did {n} move|What kind of home does {n} live in now|Where does {n} live now|Into what did {n} move",
        "When did {n} move|When did {n} move into {v}|Since when does {n} live in {v}",
        "When is the house-warming?|I could have carried something!|Is it quiet there?|That sounds like a film.",
    ),
    "exam": topic(
        "past",
        "the driving test|the sailing licence|the Spanish exam|the first-aid course|the pilot's medical|the hunting exam|the pastry exam|the bar exam|the radio amateur's licence|the lifeguard test",
        "I passed {v}[ {t}]!|It is done: I got through {v}[ {t}].|{T} was the day, and I passed {v}.|After three tries I passed {v}[ {t}].",
        "What did {n} pass|Which test has {n} passed|What did {n} get through",
        "When did {n} pass {v}|When was {n}'s test|On what day did {n} get through {v}",
        "I knew it!|You can stop worrying now.|That deserves a cake.|How was the examiner?",
    ),
    "injury": topic(
        "past",
        "my wrist|my collarbone|a toe|a rib|my left elbow|my ankle|a front tooth|my little finger",
        "I broke {v}[ {t}] and can do nothing.|Silly me, I fell and broke {v}[ {t}].|The X-ray says that {v} is broken; it happened[ {t}].|I managed to break {v} on the stairs[ {t}].",
        "What did {n} break|Which part of the body did {n} hurt|What is broken since {n} fell",
        "When did {n} fall|When did {n} have the accident|When did {n} break a bone",
        "Ouch! Can I bring you soup?|Poor you. Does it hurt much?|Stay on the sofa and rest.|And who does the shopping now?",
    ),
    "race": topic(
        "past",
        "a half marathon|the river swim|a triathlon|the charity run|a night hike of forty kilometres|the bicycle tour around the lake|a ski race|an orienteering race",
        "I finished {v}[ {t}], dead tired and happy.|My legs are jelly: I did {v}[ {t}].|I took part in {v}[ {t}] and was not even last.",
        "What did {n} take part in|Which race did {n} finish|What sports event did {n} do",
        "When did {n} do {v}|When was {n}'s race|When did {n} take part in {v}",
        "What a machine you are.|Respect! I was tired from reading that.|Did it rain again?|Next year I'll hold the banner.",
    ),
    "gift": topic(
        "past",
        "a fountain pen|a kite|a cast-iron pan|a telescope|a hammock|an accordion|a typewriter|a record player|a Swiss watch|a woollen blanket|an atlas from 1910|a ukulele",
        "My brother gave me {v}[ {t}].|I got {v} for my birthday[ {t}].|Look what came in the post[ {t}]: {v}!|Grandma gave me {v}[ {t}], I nearly cried.",
        "What was {n} given|What present did {n} get|What did {n} receive",
        "When did {n} get {v}|When was {n} given {v}|When did the present come for {n}",
        "How thoughtful!|You always wanted one.|I must tell my family to take lessons.|Then you have to use it.",
    ),
    "cook": topic(
        "past",
        "a mushroom lasagne|forty dumplings|a lemon tart|fish soup|a three-layer cake|sourdough crumpets|a lamb stew|plum jam|stuffed peppers|a beetroot risotto|cinnamon buns|kimchi",
        "I made {v}[ {t}], and nothing was left.|I tried my hand at {v}[ {t}].|{T} I cooked for eight people: {v}.|The kitchen still smells: I made {v}[ {t}].",
        "What did {n} cook|Which dish did {n} make|What did {n} prepare|What has {n} made in the kitchen",
        "When did {n} make {v}|When did {n} cook for people|On what day did {n} prepare {v}",
        "Keep me a portion!|And I had toast.|Do write down the recipe.|You should open a place.",
    ),
    "read": topic(
        "past",
        "The Salt Cartographer|A Winter in Belwick|The Glass Orchard|Letters to the Ferryman|The Clockmaker's Sister|Nine Bridges|The Hollow Meadow|Paper Lanterns|The Last Pilgrim of Fenby",
        "I finished {v}[ {t}] and can't think of anything else.|I'm reading {v}, a friend lent it to me[ {t}].|You have to read {v}! I couldn't put it down[ {t}].",
        "Which book did {n} read|What is {n} reading|Which book can {n} not forget",
        "When did {n} finish {v}|When did {n} get hold of {v}|When did {n} read {v}",
        "I'm adding it to my pile.|Is there a sad end? Don't tell me.|My pile is higher than my lamp already.|I saw it in the window of the bookshop.",
    ),
    "film": topic(
        "past",
        "a documentary about octopuses|a play about Galileo|an opera in a quarry|a silent film with live piano|a puppet show|a jazz trio|a photography exhibition|a circus without animals|a lecture on glaciers|a poetry slam",
        "I saw {v}[ {t}].|We went to {v}[ {t}] and talked about it all night.|I got tickets for {v}; it was[ {t}] and better than I hoped.",
        "What did {n} see|What kind of show did {n} go to|Where did {n} go in the evening",
        "When did {n} see {v}|When did {n} go to {v}|On what day was {n} at the show",
        "I wish I had come along.|I read a review, it was glowing.|Was it full?|Culture! I only saw my laundry.",
    ),
    "buy": topic(
        "past",
        "a cargo bike|a second-hand piano|a sewing machine|a yellow van|an espresso machine|a wood stove|a canoe|a sewing table|a drawing tablet|an electric guitar|a greenhouse|a tent for six",
        "I bought {v}[ {t}].|I gave in and bought {v}[ {t}].|Don't laugh, I'm the owner of {v}[, since {t}].|{T} I collected {v}, my purse is empty.",
        "What did {n} buy|What has {n} bought|Of what is {n} the owner now",
        "When did {n} buy {v}|When did {n} collect {v}|Since when does {n} own {v}",
        "Where will you put it?|Was it expensive?|I won't laugh. Not much.|Good choice!",
    ),
    "sell": topic(
        "past",
        "the old motorbike|my drum kit|the caravan|my grandfather's stamps|the dining table|my racing bike|the sailing boat|the big wardrobe",
        "I sold {v}[ {t}].|With a heavy heart I sold {v}[ {t}].|{v} is gone, somebody bought it[ {t}].",
        "What did {n} sell|What has {n} parted with|What did somebody buy from {n}",
        "When did {n} sell {v}|When did somebody buy {v}",
        "Do you miss it?|At least there's room now.|I would have taken it!|A good price, I hope.",
    ),
    "volunteer": topic(
        "past",
        "the soup kitchen|the lifeboat station|the repair cafe|the children's library|the toad fence|the community garden|the food bank|the night shelter|the mountain rescue",
        "I help at {v} now; my first shift was {t}.|I signed up as a volunteer for {v}[ {t}].|I was at {v}[ {t}], there is so much to do.",
        "Where does {n} volunteer|For what did {n} sign up as a volunteer|Where does {n} help",
        "When did {n} sign up|When was {n}'s first shift|When did {n} begin to help at {v}",
        "Good for you. Do they need more people?|That must be exhausting.|I admire that.|The world needs more of you.",
    ),
    "learn": topic(
        "past",
        "Icelandic|the cello|sign language|Portuguese|the harmonica|Greek|Morse code|Welsh|the bagpipes|Swahili|the harp|Hungarian",
        "I've been learning {v}[ since {t}].|I had my first lesson in {v}[ {t}].|I'm learning {v} with an app and a very strict teacher.",
        "What is {n} learning|In what does {n} take lessons|In what did {n} have a first lesson",
        "When was {n}'s first lesson|Since when is {n} learning {v}",
        "Say something! Or play something.|How many times a week?|Your poor neighbours.|I gave up after two weeks.",
    ),
    "sister": topic(
        "past",
        "Bergen|Toronto|Naples|a village near Ghent|Adelaide|Zagreb|Bristol|Montevideo|Kraków|Osaka",
        "My sister moved to {v}[ {t}].|I drove my sister to {v}[ {t}]; she lives there now.|My sister has found a flat in {v}, she moved in[ {t}].",
        "Where did {n}'s sister move|In which place does {n}'s sister live|Where does the sister of {n} live now",
        "When did {n}'s sister move|When did {n}'s sister go to {v}",
        "You must miss her.|Then you have somewhere to stay!|How does she like it?|Phone her every Sunday.",
    ),
    "child": topic(
        "past",
        "lost a first tooth|learned to ride a bicycle|was in the school play|won a chess prize|swam a whole length|built a robot|read a book aloud|caught a fish",
        "My daughter {v}[ {t}], I'm so proud.|You should have seen it: my son {v}[ {t}].|My little one {v}[ {t}].",
        "What did {n}'s child do|What has {n}'s child managed|Why is {n} proud of the child",
        "When was it that {n}'s child {v}|On what day was {n} so proud",
        "They grow up so fast.|Give a big hug from me.|That's how it begins.|I remember mine at that age.",
    ),
    "doctor": topic(
        "next",
        "the dentist|the eye doctor|the physiotherapist|the skin clinic|the hearing test|the vet with the dog|the blood test",
        "I have to go to {v} {t}.|{T} is my appointment at {v}.|I can't come {t}, I'm at {v}.",
        "Where does {n} have to go|What appointment does {n} have|Why can {n} not come",
        "When does {n} go to {v}|When is {n}'s appointment|On what day is {n} at {v}",
        "It will be over quickly.|Shall I drive you?|Good luck with that.|I always bring a book.",
    ),
    "party": topic(
        "next",
        "a surprise party for my mother|a barbecue on the roof|a house concert|a games evening|a clothes swap|a lantern walk|a costume party|a garage sale",
        "I'm organizing {v} {t}.|Are you free {t}? I'm giving {v}.|{T} there is {v} at my place.",
        "What is {n} organizing|What takes place at {n}'s|Which event is {n} giving",
        "When is {n}'s party|When does {n} give {v}|For when is {n} planning the event",
        "Count me in!|What shall I bring?|I'll have to look at my calendar.|I would not miss it.",
    ),
    "wedding": topic(
        "next",
        "an old lighthouse|the town hall of Esk|a barn in the hills|the botanical garden|a tiny island chapel|a tram",
        "My cousin gets married {t}, in {v}.|We are invited to a wedding in {v} {t}.|{T} I'm best man at a wedding in {v}.",
        "Where is the wedding to which {n} goes|In what kind of place is the wedding of which {n} speaks",
        "When is the wedding to which {n} goes|When does {n}'s cousin get married|When is {n} at a wedding",
        "Do you have something to wear?|I love weddings.|I hope for sunshine.|There will be tears.",
    ),
    "course": topic(
        "next",
        "a welding course|a bread-baking class|a course in wildlife photography|a self-defence class|a sailing weekend|a course in Japanese joinery|a mushroom walk|a public-speaking class",
        "I've signed up for {v}, it begins {t}.|{T} I'm starting {v}.|I'll be doing {v} {t}.",
        "For what has {n} signed up|Which course is {n} starting|Which course will {n} do",
        "When does {n}'s course begin|When is {n} starting {v}|When will {n} do {v}",
        "Is there a place left?|You never stop, do you?|Tell me afterwards.|That could be useful.",
    ),
    "likes": topic(
        "",
        "kayaking and crosswords|running and pottery|jazz and old maps|hiking, baking and bad puns|knitting and thrillers|chess and long walks|gardening, singing and cheese|comics and astronomy|swimming and painting|puzzles, tea and cats|cycling and film scores",
        "To relax I have {v}.|What keeps me sane is {v}.|You know me: {v}, that's all I need.|In my spare time it's {v}, as ever.",
        "What does {n} do to relax|What does {n} like in the spare time|What are {n}'s hobbies|What keeps {n} sane",
        "",
        "And sleep?|Simple pleasures.|We should start a club.|I know, I know.",
    ),
    "allergy": topic(
        "",
        "hazelnuts|cat hair|birch pollen|shellfish|penicillin|wasp stings|strawberries|wool|sesame|latex",
        "I can't, I'm allergic to {v}.|Careful, I'm allergic to {v}.|The doctor says I'm allergic to {v}, of all things.",
        "What is {n} allergic to|Which allergy does {n} have|What can {n} not stand for medical reasons",
        "",
        "I'll remember that.|Since when? How annoying.|Then we'll do without.|Good that you told me.",
    ),
    "worry": topic(
        "",
        "the rent going up|my mother's eyesight|the exam|the noise from the bar downstairs|the leak in the roof|my contract running out|speaking in front of people|flying",
        "I don't sleep well, because of {v}.|What worries me is {v}.|I'm a bit down, it's {v} again.",
        "What worries {n}|Why does {n} sleep badly|What is {n} anxious about",
        "",
        "I'm here if you want to talk.|One thing after the other.|That would keep me awake, too.|It will be all right.",
    ),
    "dream": topic(
        "",
        "open a bookshop with a cafe|walk from Oslo to Rome|build a tiny house|write a cookery book|keep sheep on an island|sail across the Atlantic|become a midwife|study geology|found a choir",
        "One day I want to {v}.|My dream is to {v}.|If I had the money, I would {v}.|I've decided: I want to {v}.",
        "What does {n} want to do one day|What is {n}'s dream|What would {n} do with enough money",
        "",
        "Do it!|I'd visit you every week.|Then start with a small step.|That is so you.",
    ),
    "favourite": topic(
        "",
        "the walnut cake at Ida's|the bench by the weir|autumn|the smell of tar|old black-and-white comedies|thunderstorms|green olives|the number 9 tram|the sea in November|radio plays",
        "My favourite thing is {v}.|Nothing beats {v}, if you ask me.|I could live on {v}.",
        "What is {n}'s favourite thing|What does {n} like best of all|What beats everything according to {n}",
        "",
        "I'll never understand that.|Really? I had no idea.|You and your taste.|There are worse things.",
    ),
    "parent": topic(
        "past",
        "retired|turned eighty|had a hip operation|learned to use a tablet|sold the farm|joined a walking group|came home from hospital|bought a motorhome",
        "My father {v}[ {t}].|Dad {v}[ {t}], can you believe it?|News from home: my father {v}[ {t}].",
        "What is new with {n}'s father|What did {n}'s father do|What happened with the father of {n}",
        "When was it that {n}'s father {v}|When did that happen with {n}'s father",
        "Give him my best.|How is he coping?|Good for him!|How time passes.",
    ),
    "found": topic(
        "past",
        "a love letter from 1932|a Roman coin|my lost ring|a bat in the curtain|a litter of kittens in the shed|twenty euros in a coat|a message in a bottle|an unsigned painting",
        "I found {v}[ {t}]!|You won't believe it, I found {v}[ {t}].|While clearing out I came across {v}[ {t}].",
        "What did {n} find|What did {n} come across|What was found by {n}",
        "When did {n} find {v}|When did {n} come across {v}",
        "No way!|What will you do with it?|You have all the luck.|Keep it safe.",
    ),
    "lost": topic(
        "past",
        "my wallet|the house keys|my phone|a suitcase|my grandmother's earring|my glasses|the car key|my passport",
        "I lost {v}[ {t}].|{v} has been missing[ since {t}].|Bad day: I left {v} on the train[ {t}].",
        "What did {n} lose|What is missing at {n}'s|What did {n} leave behind",
        "When did {n} lose something|Since when is it missing at {n}'s",
        "Did you ring the lost-property office?|Oh no. Look under the sofa.|That is every week with you.|I hope it turns up.",
    ),
    "built": topic(
        "past",
        "a bat box|a bunk bed|a pizza oven|a raised bed|a bookcase of pallets|a rabbit hutch|a bird table|a pergola|a soapbox car",
        "I built {v}[ {t}].|My thumbs hurt, I built {v}[ {t}].|With a lot of swearing I put together {v}[ {t}].",
        "What did {n} build|What did {n} put together|What has {n} made with tools",
        "When did {n} build {v}|When did {n} put together {v}",
        "Is it level?|Handy! Can I order one?|Pictures, please.|And all fingers still there?",
    ),
    "garden": topic(
        "past",
        "fifty tulip bulbs|a fig tree|early potatoes|a hedge of hornbeam|sweet peas|pumpkins|garlic|two apple trees|a row of beans",
        "I planted {v}[ {t}].|My back aches, I put in {v}[ {t}].|I was in the garden[ {t}] and planted {v}.",
        "What did {n} plant|What did {n} put in the garden|What grows in {n}'s garden soon",
        "When did {n} plant {v}|When was {n} in the garden|When did {n} put in {v}",
        "May the slugs be merciful.|I can see it already.|Mine all died.|Water it well.",
    ),
    "met": topic(
        "past",
        "our old maths teacher|a woman who trains falcons|my first boss|a retired astronaut|my neighbour from Riga|a man who collects doorbells|the mayor|two cyclists from Peru",
        "I met {v}[ {t}].|{T} I ran into {v}, we talked for an hour.|At the market[ {t}] I met {v}.",
        "Whom did {n} meet|Whom did {n} run into",
        "When did {n} meet {v}|When did {n} run into {v}",
        "It's a small world.|What did you talk about?|You meet the best people.|I would have been speechless.",
    ),
    "swims": topic(
        "",
        "four times a week|twice a month|every Wednesday|before breakfast|on Sundays|every other day|in all weathers",
        "I go swimming {v}.|I swim in the lake {v}.|You'll find me in the pool {v}.",
        "How often does {n} swim|When does {n} go swimming|How regularly is {n} in the water",
        "",
        "So disciplined.|That's a good rhythm.|I should, too.|Impressive.",
    ),
    "quit": topic(
        "past",
        "smoking|the job at the call centre|sugar|the band|coffee|night shifts|the tennis club|social media",
        "I gave up {v}[ {t}].|I've had enough, I quit {v}[ {t}].|No more {v} for me, I stopped[ {t}].",
        "What did {n} give up|What did {n} quit|With what did {n} stop",
        "When did {n} give up {v}|When did {n} quit|When did {n} stop with {v}",
        "How do you feel?|A hard decision, but the right one.|I could never.|Be proud of yourself.",
    ),
    "prize": topic(
        "past",
        "a weekend in a spa|second prize for my photograph|a hamper of cheese|the pub quiz|a scholarship|the raffle|a medal for my jam|the story contest",
        "I won {v}[ {t}]!|Pinch me: I won {v}[ {t}].|They rang me[ {t}], I won {v}.",
        "What did {n} win|What has {n} won|Which prize went to {n}",
        "When did {n} win {v}|When did {n} hear of the prize",
        "No! Really?|You deserve it.|Share it with me.|Frame it!",
    ),
    "together": topic(
        "",
        "twelve years|seven months|thirty-one years|nearly a decade|two winters|five years|eighteen months",
        "My partner and I have been together for {v}.|We've been a couple for {v} now.|It's {v} now with my partner, and no regrets.",
        "How long have {n} and the partner been together|For how long has {n} been in a couple|How long is {n} already with the partner",
        "",
        "Time flies.|That long?|Sweet.|I remember the beginning.",
    ),
    "colour": topic(
        "past",
        "mint green|brick red|a deep blue|sunflower yellow|pale grey|aubergine|salmon pink|black",
        "I painted the kitchen {v}[ {t}].|The bedroom is {v} now, I finished[ {t}].|I've had my bicycle sprayed {v}[ {t}].",
        "Which colour did {n} choose|In what colour did {n} have it painted",
        "When did {n} paint|When was {n} done with the painting",
        "Bold!|Did you do it alone?|I love that colour.|It must be so bright now.",
    ),
}
