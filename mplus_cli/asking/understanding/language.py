"""Which language a text is in, where that is plain: by its script, and by its small words."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

LEAST_WORDS = 4  # that a text must have in the Latin script
LEAST_SMALL = 2  # words of its language among them
SURE = 2.0  # times as many as of any other language
_SHARE = 0.6  # of the letters, that are of one script
_WORD = re.compile(r"[^\W\d_]+['\u2019]?")  # l'eau is l' and eau
_ENGLISH = re.compile(r"\W*(?:who|whose|what|when|where|which|why|how)\b", re.IGNORECASE)
NAMES = {
    "ar": "Arabic", "cs": "Czech", "da": "Danish or Norwegian", "de": "German", "el": "Greek",
    "en": "English", "es": "Spanish", "fi": "Finnish", "fr": "French", "he": "Hebrew",
    "hi": "Hindi", "hu": "Hungarian", "it": "Italian", "ja": "Japanese", "ko": "Korean",
    "nl": "Dutch", "pl": "Polish", "pt": "Portuguese", "ru": "Russian", "sv": "Swedish",
    "th": "Thai", "tr": "Turkish", "uk": "Ukrainian", "zh": "Chinese",
}  # fmt: skip
# Ranges of letters, of scripts that tell a language, or nearly.
_SCRIPTS = {
    "ja": "\u3040-\u30ff", "ko": "\uac00-\ud7a3", "zh": "\u3400-\u9fff", "th": "\u0e00-\u0e7f",
    "ar": "\u0600-\u06ff", "he": "\u0590-\u05ff", "el": "\u0370-\u03ff", "hi": "\u0900-\u097f",
    "ru": "\u0400-\u04ff",
}  # fmt: skip
_FOUND = {code: re.compile(f"[{letters}]") for code, letters in _SCRIPTS.items()}
_SMALL = {
    "en": "the a an of and to in is are was were that for on with as at by from it this which who "
    "what when where why how does do did not be or has have had will would can you i we they he "
    "she his her their its my your if there about than",
    "de": "der die das den dem des ein eine einer eines einem einen und ist sind war wird werden "
    "nicht mit von zu zum zur im am auf für bei aus nach wie wer wann wo warum was welche welcher "
    "welches wurde hat haben ich wir sie er es ihr auch oder als dass wenn über unter soll kann",
    "fr": "le la les un une des du de et est sont dans pour sur avec au aux qui que quand où "
    "pourquoi comment quel quelle quels quelles ce cette ces il elle nous vous ils on ne pas plus "
    "par se sa son ses mon ma mes combien était à d' l' qu' s' n' c'",
    "es": "el la los las un una unos y es son en por para con del al que qué quién quiénes cuándo "
    "cuánto cuánta dónde cómo cuál cuáles se su sus no más está están fue era de lo como mi hay",
    "it": "il lo la gli le un una uno e è sono di del della dei delle in nel nella per con che chi "
    "quando dove perché come quale quali quanto si non più al alla ai da dal suo sua ha era",
    "pt": "o os as um uma e é são de do da dos das em no na nos nas por para com que quem quando "
    "onde como qual quais quanto se não mais ao à seu sua foi está tem",
    "nl": "de het een en is zijn van in op voor met aan te dat die wie wat wanneer waar waarom hoe "
    "welke niet naar bij uit ook of als was wordt heeft er je ik wij ze",
    "sv": "en ett och är som på för med av till den det de inte vem vad när var varför hur vilken "
    "vilket har hade från om jag vi ni han hon också eller ska kan",
    "da": "en et og er som på for med af til den det de ikke hvem hvad hvornår hvor hvorfor "
    "hvordan hvilken hvilket har fra om jeg vi han hun også eller skal kan hva når av ikkje ein",
    "pl": "i w we z na do jest są nie się to że kto co kiedy gdzie dlaczego jak ile który która "
    "które przez dla od po za przy czy oraz jego jej",
    "cs": "a v ve z na do je jsou není se to že kdo co kdy kde proč jak kolik který která které "
    "pro od po za při nebo jeho její bude byl",
    "hu": "a az egy és van vannak nem hogy ki mi mikor hol miért hogyan mennyi melyik volt meg de "
    "is ez be el",
    "fi": "ja on ei se että kuka mikä mitä milloin missä miksi miten kuinka paljon oli ovat tai "
    "mutta joka jos hän me he",
    "tr": "ve bir bu da de için ile ne kim nerede nas\u0131l neden kaç hangi mi m\u0131 değil olan "
    "olarak var daha gibi en",
}  # fmt: skip
_SMALL_WORDS = {code: frozenset(words.split()) for code, words in _SMALL.items()}


def language_of(text: str) -> str:
    """A code of ISO 639-1, where it is plain which language a text is in; else empty.

    A name, a heading and a few words say nothing; and no English text is taken for another: words
    that English has, too, count for English.
    """
    letters = sum(map(str.isalpha, text))
    if not letters:
        return ""
    counts = {code: len(pattern.findall(text)) for code, pattern in _FOUND.items()}
    # Japanese has Chinese characters, too.
    if counts["ja"] * 10 > counts["zh"]:
        counts["ja"] += counts.pop("zh")
    best = max(counts, key=lambda code: counts[code])
    if counts[best] >= _SHARE * letters:
        if best == "ru":
            return "uk" if re.search("[іїєґ]", text.lower()) else "ru"
        return best
    return _latin(text)


def foreign(languages: Sequence[str], question: str, passage: str) -> list[str]:
    """What there is to say of a question and the passage that it was answered from, to a model that
    was made for some languages; nothing where it was made for any.
    """
    if not languages:
        return []
    told = {"question": language_of(question), "passage": language_of(passage)}
    strange = {what: code for what, code in told.items() if code and code not in languages}
    made = " and ".join(NAMES.get(code, code) for code in languages)
    if len(strange) == 2 and len(set(strange.values())) == 1:
        strange = {"question and the passage": strange["passage"]}
    return [
        f"the {what} {'seem' if ' and ' in what else 'seems'} to be in {NAMES[code]}; this model "
        f"was made for {made}"
        for what, code in strange.items()
    ]


def _latin(text: str) -> str:
    if _ENGLISH.match(text):  # about a title in another language, maybe
        return "en"
    words = [word.lower().replace("\u2019", "'") for word in _WORD.findall(text)]
    if len(words) < LEAST_WORDS:
        return ""
    there = Counter(words)
    # Each word counts twice at most: what repeats is a name or a table's.
    found = {
        code: sum(min(there[word], 2) for word in small if word in there)
        for code, small in _SMALL_WORDS.items()
    }
    best, *others = sorted(found, key=lambda code: -found[code])
    if found[best] < max(LEAST_SMALL, len(set(words)) / 12):
        return ""
    if best != "en" and found[best] < SURE * found["en"]:
        return ""
    return best if found[best] > found[others[0]] else ""
