"""What stands between the facts of dialogues and diaries, and times as people say them."""

from __future__ import annotations

from training.facts.values import bars

TIMES: dict[str, tuple[str, ...]] = {
    "past": (
        *("yesterday", "last night", "this morning", "last weekend", "last week", "last month"),
        *(
            "last Monday",
            "last Tuesday",
            "last Thursday",
            "last Friday",
            "last Saturday",
            "on Sunday",
        ),
        *(
            "two days ago",
            "three days ago",
            "a few days ago",
            "a week ago",
            "two weeks ago",
            "last year",
        ),
        *("the day before yesterday", "a month ago", "last summer", "in March", "in October"),
        *(
            "on Friday",
            "on Wednesday",
            "the other day",
            "last spring",
            "two months ago",
            "on 3 May",
        ),
    ),
    "next": (
        *("tomorrow", "next week", "next month", "next weekend", "on Saturday", "in two weeks"),
        *("next Tuesday", "next Friday", "tonight", "this weekend", "this summer", "in May"),
        *("the day after tomorrow", "next year", "on Thursday", "in three days", "in September"),
        *("at Christmas", "next spring", "on 12 June", "in a month"),
    ),
}
OPENINGS = bars(
    "Hi {o}, how are you?|Hello {o}! Long time no see.|Hey {o}, do you have a minute?|Good to hear from you, {o}!|Hi {o}!"
    " How have you been?|Evening, {o}. Still up?|{o}! I was just thinking of you.|Hey, what's new with you?|Morning, {o}!"
    "|Sorry that I took so long to answer.|Are you there, {o}?|Hi! It has been ages."
)
ANSWERS = bars(
    "I'm well, thanks.|Busy, but fine.|Hey {o}! All good here.|Not bad at all.|Tired, but happy.|Hello {o}! Nice of you"
    " to write.|Oh, the usual.|Never better!|Up and down, you know.|Hi {o}! I was about to write to you."
)
TURNS = bars(
    "And you?|What about you, {o}?|How are things with you?|Anything new on your side?|And what have you been up to?"
    "|Enough of me. You?|Now you!|But tell me about yourself."
)
CLOSINGS = bars(
    "I have to run, talk soon!|Good night, {o}.|Let's meet soon.|Say hello to everyone.|Bye for now!|Take care, {o}."
    "|The soup is boiling over, bye!|We'll talk again.|My bus is coming. Later!|Sleep well."
)
SMALL = bars(
    "The weather is dreadful again.|I'm on the tram, sorry for the typing.|It has been a long week.|The coffee machine is"
    " broken, pity me.|My phone is nearly flat.|I laughed so much about your last message.|Everybody has a cold here."
    "|I've cleaned the windows, can you imagine?|There's so much going on.|It is quiet here tonight.|The neighbours are"
    " drilling.|I still owe you a letter.|I thought of our school days.|Finally some sunshine!"
)
DIARY = bars(
    "Slept badly.|Fog until noon, then sun.|Nothing much else.|A good day, all in all.|The house was quiet.|It rained the"
    " whole day.|Wrote three letters.|Too tired to write more.|Tea with the neighbours.|The stairs want sweeping."
    "|I should write here more often.|The evening was mild.|Went to bed early.|A day like many others.|The radio is"
    " broken.|Had to think of old times."
)
