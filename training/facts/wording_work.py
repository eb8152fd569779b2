"""Relations of work, machines that compute, and travel.

How they are written: `training.facts.wording`.
"""

from __future__ import annotations

from training.facts import values as v
from training.facts.wording import Relation, relation

WORK: dict[str, Relation] = {
    "extension": relation(
        "Ext.|Extension|Internal number",
        v.made("{three}"),
        "{e} has extension {v}|{e} is on extension {v}|dial {v} for {e}|{e}'s extension is {v}",
        "What is {e}'s extension|Which extension do I dial for {e}|Under which internal number is {e}"
        "|How do I reach {e} on the office phone",
        "Who has extension {v}|Who answers at extension {v}|Whose extension is {v}",
    ),
    "office": relation(
        "Room|Office|Desk",
        v.made("room {three}", "room {letter}{two}", "room {digit}.{two}"),
        "{e} sits in {v}|{e} moved to {v}|you can find {e} in {v}",
        "Where does {e} sit|Which room is {e} in|Where can I find {e}|To which room did {e} move",
        "Who sits in {v}|Who works in {v}",
    ),
    "duty": relation(
        "Responsible for|Task|Role",
        v.made(
            "the {season} brochure", "the {brand} account", "payroll", "the holiday calendar", "first aid",
            "the archive", "visitor badges",
            "the {town} branch", "the customs forms", "printer paper", "the {brand} contract",
            "the coffee machine", "the intern programme",
            "the key cabinet", "the translation work",
        ),
        "{e} is in charge of {v}|{e} takes care of {v}|{e} has taken over {v}",
        "What is {e} in charge of|What does {e} take care of|What has {e} taken over|For what is {e} responsible",
        "Who is in charge of {v}|Who takes care of {v}|Whom do I ask about {v}",
    ),
    "day_off": relation(
        "Day off|Not in on",
        v.weekday,
        "{e} is not in on {v}|{e}'s day off is {v}|on {v} {e} does not work",
        "On which day is {e} not in|What is {e}'s day off|Which weekday does {e} have off|When does {e} not work",
        "Who is not in on {v}|Whose day off is {v}",
    ),
    "email": relation(
        "E-mail|Mail",
        v.email,
        "{e}'s e-mail address is {v}|write to {e} at {v}|{e} reads mail at {v}",
        "What is {e}'s e-mail address|Where do I send mail for {e}|Under which e-mail address is {e}"
        "|To what address do I write to reach {e}",
        "Whose e-mail address is {v}|Who reads mail at {v}",
    ),
    "contact": relation(
        "Contact|Contact person|Ask for",
        v.person,
        "our contact at {e} is {v}|at {e} ask for {v}|{v} handles our orders at {e}",
        "Who is our contact at {e}|Whom do we ask for at {e}|Who handles our orders at {e}|Which person do we know"
        " at {e}",
        "At which {noun} is {v} our contact|For which {noun} does {v} work",
    ),
    "discount": relation(
        "Discount|Rebate",
        v.measure(2, 35, "percent|%"),
        "{e} gives us {v} off|our discount at {e} is {v}|{e} grants a discount of {v}",
        "What discount does {e} give us|How much do we get off at {e}|What is our discount at {e}"
        "|How many percent does {e} grant",
        "Which {noun} gives us {v} off|Where is our discount {v}",
    ),
    "customer": relation(
        "Customer no.|Account no.|Reference",
        v.pin,
        "our customer number at {e} is {v}|{e} knows us under number {v}|quote {v} when calling {e}",
        "What is our customer number at {e}|Under which number does {e} know us|What should be quoted when calling"
        " {e}|Which reference do we have with {e}",
        "Which {noun} knows us under number {v}|At which {noun} is our customer number {v}",
    ),
    "delivers": relation(
        "Delivery|Delivers on",
        v.weekday,
        "{e} delivers on {v}|the truck from {e} comes on {v}|deliveries by {e} arrive on {v}",
        "On which day does {e} deliver|When does the truck from {e} come|What is the delivery day of {e}"
        "|Which weekday brings goods from {e}",
        "Which {noun} delivers on {v}|Whose truck comes on {v}",
    ),
    "costs": relation(
        "Price|Unit price",
        v.money(2, 160),
        "{e} costs {v}|{e} sells for {v}|the price of {e} is {v}|we charge {v} for {e}",
        "How much does {e} cost|What is the price of {e}|For how much does {e} sell|What do we charge for {e}",
        "Which {noun} costs {v}|What sells for {v}",
    ),
    "stock": relation(
        "Stock|In stock|Left",
        v.measure(3, 140, "pieces|units"),
        "of {e} there are {v} left|we still have {v} of {e}|the count for {e} was {v}",
        "How many of {e} are left|What is the stock of {e}|How many do we still have of {e}"
        "|What was the count for {e}",
        "Of which {noun} are {v} left|Which {noun} has a stock of {v}",
    ),
    "shelf": relation(
        "Shelf|Location",
        v.made("aisle {digit}, shelf {letter}", "shelf {letter}{two}", "bay {two}", "rack {letter}-{digit}"),
        "{e} is on {v}|look for {e} at {v}|{e} has been moved to {v}",
        "On which shelf is {e}|Where is {e} stored|Where do I look for {e}|To what place has {e} been moved",
        "Which {noun} is on {v}|What is stored at {v}",
    ),
    "ships": relation(
        "Lead time|Delivery time",
        v.measure(2, 45, "days|working days"),
        "{e} ships in {v}|after an order it takes {v} until {e} is here|the lead time of {e} is {v}",
        "What is the lead time of {e}|How long after an order does {e} arrive|In how many days does {e} ship"
        "|How many days do I wait for {e}",
        "Which {noun} ships in {v}|Which {noun} has a lead time of {v}",
    ),
    "led": relation(
        "Lead|Owner|Led by",
        v.person,
        "{e} is led by {v}|{v} leads {e}|{v} is responsible for {e}|the lead of {e} is {v}",
        "Who leads {e}|Who is responsible for {e}|Who is the lead of {e}|Whom do I ask about {e}",
        "Which {noun} does {v} lead|Which {noun} is {v} responsible for",
    ),
    "deadline": relation(
        "Deadline|Due",
        v.date,
        "{e} is due on {v}|the deadline of {e} is {v}|{e} must be finished by {v}",
        "When is {e} due|What is the deadline of {e}|By when must {e} be finished|By what date does {e} have to be"
        " done",
        "Which {noun} is due on {v}|Which {noun} must be finished by {v}",
    ),
    "budget": relation(
        "Budget",
        v.money(2000, 90000, cents=False),
        "{e} has a budget of {v}|{v} has been set aside for {e}|{e} may cost at most {v}",
        "What is the budget of {e}|How much money is set aside for {e}|What may {e} cost at most"
        "|How much can be spent on {e}",
        "Which {noun} has a budget of {v}|For which {noun} has {v} been set aside",
    ),
    "client": relation(
        "Client|Customer",
        v.company,
        "the client of {e} is {v}|{e} is done for {v}|{v} ordered {e}",
        "Who is the client of {e}|For whom is {e} done|Which company ordered {e}|What customer is {e} for",
        "Which {noun} is done for {v}|Which {noun} did {v} order",
    ),
    "late": relation(
        "Delay|Blocked by",
        v.made(
            "the {part} supplier went bankrupt", "the {colour} paint never arrived",
            "the {site} permit is missing", "customs held the crates",
            "two colleagues are ill", "the {town} office did not answer", "the test data got lost",
            "the {part} drawings are wrong",
        ),
        "{e} is late because {v}|{e} is blocked because {v}|{e} slipped because {v}",
        "Why is {e} late|What is the reason for the delay of {e}|Why did {e} slip|Why is {e} blocked",
    ),
    "venue": relation(
        "Place|Venue",
        v.made("the {town} hall", "the {surname} room", "room {three}", "the {colour} salon",
        "the {town} library", "{surname}'s kitchen"),
        "{e} takes place in {v}|{e} is in {v}|we meet in {v} for {e}",
        "Where does {e} take place|Where is {e}|In which place do we meet for {e}|What is the venue of {e}",
        "Which {noun} takes place in {v}|What happens in {v}",
    ),
    "on_date": relation(
        "Date",
        v.date,
        "{e} is on {v}|{e} has been set for {v}|the date of {e} is {v}",
        "On what date is {e}|For which date has {e} been set|What is the date of {e}|Which day is {e}",
        "Which {noun} is on {v}|What has been set for {v}",
    ),
    "on_day": relation(
        "Day|Weekday",
        v.weekday,
        "{e} is on {v}|{e} runs every {v}|the day for {e} is {v}",
        "On which weekday is {e}|Which day is {e}|What day of the week does {e} run|On what day do I have to come"
        " to {e}",
        "Which {noun} is on {v}|Which {noun} runs every {v}",
    ),
    "begins": relation(
        "Time|Start|Begins",
        v.clock(8, 20, 15),
        "{e} begins at {v}|{e} starts at {v}|doors for {e} open at {v}",
        "At what time does {e} begin|What is the starting time of {e}|At what hour does {e} start"
        "|By what time should I be there for {e}",
        "Which {noun} begins at {v}|Which {noun} starts at {v}",
    ),
    "run_by": relation(
        "Run by|Host|Led by",
        v.person,
        "{v} runs {e}|{e} is led by {v}|{e} is given by {v}|{v} is in charge of {e}",
        "Who runs {e}|Who leads {e}|Who is in charge of {e}|By whom is {e} given",
        "Which {noun} does {v} run|What is {v} in charge of",
    ),
    "fee": relation(
        "Fee|Costs",
        v.money(5, 240),
        "{e} costs {v}|the fee for {e} is {v}|to take part in {e} one pays {v}",
        "How much does {e} cost|What is the fee for {e}|What does one pay for {e}|How much is it to take part in {e}",
        "Which {noun} costs {v}|For which {noun} does one pay {v}",
    ),
    "seats": relation(
        "Places|Seats|Limit",
        v.measure(4, 120, "people|persons", 2),
        "{e} is limited to {v}|{e} has room for {v}|{v} can take part in {e}",
        "How many people can take part in {e}|What is the limit for {e}|For how many has {e} room"
        "|How many people does {e} hold",
        "Which {noun} has room for {v}|Which {noun} is limited to {v}",
    ),
    "assigned": relation(
        "Assignee|Assigned to",
        v.person,
        "{e} is assigned to {v}|{v} has taken {e}|{v} is working on {e}",
        "Who is working on {e}|To whom is {e} assigned|Who has taken {e}|Who is the assignee of {e}",
        "Which {noun} is {v} working on|What is assigned to {v}",
    ),
    "cause": relation(
        "Cause|Root cause",
        v.made(
            "a full disk", "a wrong {svc} token", "an expired certificate", "a missing index",
            "a typo in the {svc} template", "a loop in the"
            " {svc2}", "a stale {svc2}", "clock drift", "a broken {svc} migration", "two threads writing one file",
            "a leaking {svc} connection",
        ),
        "{e} was caused by {v}|the cause of {e} is {v}|behind {e} we found {v}",
        "What caused {e}|What is the cause of {e}|What did we find behind {e}|To what is {e} due",
        "Which {noun} was caused by {v}|What goes back to {v}",
    ),
    "estimate": relation(
        "Estimate|Effort",
        v.measure(2, 60, "hours|h"),
        "{e} will take {v}|the estimate for {e} is {v}|we planned {v} for {e}",
        "How long will {e} take|What is the estimate for {e}|How many hours are planned for {e}"
        "|How much time do we need for {e}",
        "Which {noun} will take {v}|For which {noun} are {v} planned",
    ),
    "port": relation(
        "port|listen_port",
        v.made("{four}", "{port}", "80{two}"),
        "{e} listens on port {v}|{e} uses port {v}|open port {v} for {e}|{e} answers on port {v}",
        "On which port does {e} listen|What port does {e} use|Which port has to be opened for {e}"
        "|What is the port number of {e}",
        "What listens on port {v}|Which {noun} uses port {v}",
    ),
    "host": relation(
        "host|server",
        v.made("{svc}{digit}.{town}.example", "{bird}-{two}", "10.{digit}.{two}.{octet}", "node{two}.{brand}.net"),
        "{e} runs on {v}|{e} lives on the host {v}|{e} has been moved to {v}",
        "On which host does {e} run|Where does {e} run|What machine has {e} been moved to|Which host is {e} on",
        "Which {noun} runs on {v}|What has been moved to {v}",
    ),
    "release": relation(
        "version|release",
        v.made("{version}.{digit}", "v{version}", "{version}.0-rc{digit}", "{year}.{digit}"),
        "{e} is at version {v}|{e} is pinned to {v}|we run {e} in version {v}",
        "What version is {e} at|Which version of {e} do we run|To which version is {e} pinned"
        "|What release of {e} is installed",
        "What is at version {v}|Which {noun} is pinned to {v}",
    ),
    "timeout": relation(
        "timeout",
        v.measure(5, 900, "seconds|s", 5),
        "{e} gives up after {v}|the timeout of {e} is {v}|{e} waits {v} before it fails",
        "After how long does {e} give up|What is the timeout of {e}|How long does {e} wait|How many seconds until"
        " {e} fails",
        "Which {noun} gives up after {v}|Which {noun} has a timeout of {v}",
    ),
    "logs": relation(
        "log_file|logs",
        v.made("/var/log/{svc}-{two}.log", "/srv/{svc}/{svc2}.log", "/data/logs/{svc}{digit}", "/opt/{svc}/out.log"),
        "{e} logs to {v}|the log of {e} is {v}|{e} writes its messages to {v}",
        "Where does {e} log to|In which file are the logs of {e}|What is the log file of {e}"
        "|Where do the messages of {e} end up",
        "Which {noun} logs to {v}|What writes its messages to {v}",
    ),
    "flag": relation(
        "start flag|options",
        v.made("--no-{svc}", "--{svc}-only", "--max-{svc2}={two}", "--skip-{svc2}", "--{svc}={svc2}",
        "--workers={digit}"),
        "{e} must be started with {v}|pass {v} to {e}|{e} needs the flag {v}",
        "With which flag must {e} be started|What flag does {e} need|What do I pass to {e}|Which option starts {e}"
        " correctly",
        "What must be started with {v}|Which {noun} needs the flag {v}",
    ),
    "secret": relation(
        "password|passphrase",
        v.password,
        "the password of {e} is {v}|{e} opens with the password {v}|to log in to {e}, use {v}",
        "What is the password of {e}|With which password does {e} open|What do I use to log in to {e}"
        "|Which password does {e} have",
        "Which {noun} has the password {v}|What opens with the password {v}",
    ),
    "nightly": relation(
        "backup|nightly backup",
        v.clock(0, 5),
        "{e} is backed up at {v}|the backup of {e} starts at {v}|every night at {v} {e} is backed up",
        "At what time is {e} backed up|When does the backup of {e} start|At what hour of the night is {e} saved"
        "|What is the backup time of {e}",
        "Which {noun} is backed up at {v}|The backup of which {noun} starts at {v}",
    ),
    "out_on": relation(
        "Released|Date",
        v.date,
        "{e} came out on {v}|{e} was published on {v}|we shipped {e} on {v}",
        "When did {e} come out|On what date was {e} published|When did we ship {e}|What is the release date of {e}",
        "Which {noun} came out on {v}|What did we ship on {v}",
    ),
    "fixes": relation(
        "Fixed|Fixes",
        v.made(
            "the {svc} crash", "slow {svc} exports", "the {svc} time zone bug", "double {svc} entries",
            "the {svc2} memory leak", "broken"
            " {svc} links", "the {svc} login loop", "wrong {svc} totals",
        ),
        "{e} fixes {v}|{v} was repaired in {e}|with {e} we got rid of {v}",
        "What does {e} fix|Which problem was repaired in {e}|What did we get rid of with {e}"
        "|What bug is gone since {e}",
        "Which {noun} fixes {v}|Since which {noun} are we rid of {v}",
    ),
}  # fmt: skip
