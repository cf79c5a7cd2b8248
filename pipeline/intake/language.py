"""What a few words say of a text: in which language it is, and whether a sentence has a finite verb."""

from __future__ import annotations

import re
from collections import Counter

_COMMON = {
    "en": "the of and to in that is was he for it with as his on be at by had not are but from they which this were",
    "de": "der die und in den von zu das mit sich des auf für ist im dem nicht ein eine als auch es an werden aus er",
    "fr": "de la le et les des en un du une que est pour qui dans par plus pas au sur ne se ce il sont avec était",
    "es": "de la que el en y los del se las por un para con no una su al lo como más pero sus le ya este sí porque",
    "it": "di e il la che in un per del non una sono da con della le si è nel dei al come lo più alla gli anche",
    "pt": "de a o que e do da em um para com não uma os no se na por mais as dos como mas ao ele das seu sua ou",
    "nl": "de van het een en in is dat op te zijn met voor niet aan er om ook als dan maar bij uit nog naar door",
    "pl": "w i na się nie z do to że jest o jak za od po ale co przez przy był dla są ich oraz tym tego który",
    "tr": "ve bir bu da de için ile olarak çok daha olan gibi en sonra kadar ne ki ama her ya mi olduğu var",
    "ru": "и в не на что он с как это по но из у за от его так же для было они бы был то все который когда",
    "uk": "і в не на що з як та до це за від його був для він було але вони про так ще який або при після",
    "sv": "och i att det som en på är av för med den till inte om ett han men var jag från har de sig vid",
    "hy": "և է որ մի այս նա են իր էր մեջ ու չի եւ էին այդ հետ համար կամ բայց",
    "ka": "და არ რომ ეს იყო მის მე თუ რა ის ამ კი მაგრამ მისი უნდა",
    "az": "və bir bu üçün ilə da də olan edir kimi sonra ki var idi onun isə çox daha",
    "el": "και το η του της να ο με για την που στο τα από δεν είναι τη θα σε στην",
    "hu": "a az és hogy nem is egy van volt de csak ez meg ha el már mint azt vagy",
    "cs": "a se v na je že to s z do o i jako za ale by po k ve pro jeho byl jsem",
}
_SCRIPTS = (
    ("hy", "\u0530", "\u058f"),
    ("ka", "\u10a0", "\u10ff"),
    ("he", "\u0590", "\u05ff"),
    ("ar", "\u0600", "\u06ff"),
)
_BRITISH = re.compile(
    r"\b\w+(?:isation|ising|ised|our|oured|ours|yse|ysed|ogue)\b|\b(?:centre|metres?|kilometres?|theatre|defence|grey|whilst|"
    r"towards|judgement|travelled|favour\w*|colour\w*|behaviour|neighbour\w*|labour|armoured|programme)\b",
    re.IGNORECASE,
)
_AMERICAN = re.compile(
    r"\b(?:center|meters?|kilometers?|theater|defense|gray|toward|traveled|favor\w*|color\w*|behavior|neighbor\w*|labor|"
    r"armored|program|honor\w*)\b",
    re.IGNORECASE,
)
_NOT_BRITISH = frozenset("our your hour hours four tour tours pour flour sour devour detour contour raised advised promised "
    "surprised exercised supervised comprised revised rising raising advertised advising arising dialogue "
    "surprising promising exercising".split())  # fmt: skip


def guess_language(text: str) -> tuple[str, tuple[str, ...]]:
    """Return a language tag and the signs for it; "" when the words do not say.

    >>> guess_language("The men of the town and the women that were in it.")[0]
    'en'
    """
    sample = text[:100_000]
    for tag, low, high in _SCRIPTS:
        share = sum(low <= sign <= high for sign in sample)
        if share * 2 > sum(sign.isalpha() for sign in sample) > 0:
            return tag, (f"most letters are those of its script ({share:,})",)
    tally = Counter(word.casefold() for word in re.findall(r"[^\W\d_]+", sample))
    total = sum(tally.values())
    scores = sorted(((sum(tally[word] for word in words.split()), tag) for tag, words in _COMMON.items()), reverse=True)
    best, second = scores[0], scores[1]
    if total < 5 or best[0] * 12 < total or best[0] < 1.3 * second[0]:
        return "", ()
    signs = [f"{best[0]:,} of {total:,} words are common words of this language"]
    tag = best[1]
    if tag == "en":
        british = [at for at in _BRITISH.findall(sample) if at.casefold() not in _NOT_BRITISH]
        american = _AMERICAN.findall(sample)
        if len(british) > 2 * len(american) and len(british) > 1:
            tag = "en-GB"
            signs.append("spelled as in Britain: " + ", ".join(f"`{word}`" for word in dict.fromkeys(british[:4])))
        elif len(american) > 2 * len(british) and len(american) > 1:
            tag = "en-US"
            signs.append("spelled as in America: " + ", ".join(f"`{word}`" for word in dict.fromkeys(american[:4])))
    return tag, tuple(signs)


_FINITE = frozenset(
    "is are was were am be been has have had do does did will would can could may might shall should must cannot isn’t aren’t "
    "wasn’t weren’t hasn’t haven’t hadn’t don’t doesn’t didn’t won’t wouldn’t can’t couldn’t i’m it’s he’s she’s that’s there’s "
    "began became came went got gave took made said saw knew thought told found kept held left lost met paid put ran sat sent "
    "set shot shut slept spoke spent stood struck swore taught threw understood woke wore won wrote rose fell fled flew felt "
    "forgot froze grew heard hid hit led let lay meant rode rang sang sank sold shook sought stole swam tore broke brought "
    "built bought burnt burst caught chose cost cut dealt died drew drank drove ate fought "
    "know knows say says think thinks make makes take takes give gives go goes come comes see sees want wants need needs seem "
    "seems show shows mean means become becomes begin begins keep keeps let lets leave leaves remain remains live lives stand "
    "stands run runs lie lies sit sits believe believes hold holds bring brings happen happens write writes provide provides "
    "speak speaks read reads allow allows add adds spend spends grow grows open opens walk walks win wins offer offers "
    "remember remembers consider considers appear appears buy buys wait waits serve serves die dies send sends expect expects "
    "build builds stay stays fall falls reach reaches follow follows contain contains include includes exist exists howl howls "
    "sleep sleeps sing sings love loves like likes try tries ask asks tell tells find finds get gets turn turns call calls "
    "look looks rain rains snow snows".split()
)  # fmt: skip
_RELATIVE = re.compile(r"\b(?:who|which|that|whom|whose|where)\b[^,;]*", re.IGNORECASE)
_PREPOSITION = re.compile(
    r"\b(?:of|on|in|at|for|to|from|with|by|between|against|under|after|before|during|towards?|among|amongst|about|into)\b",
    re.IGNORECASE,
)
_ARTICLE = re.compile(r"(?:the|a|an|its|their|his|her|our|my|some|other)\s+", re.IGNORECASE)
_CLAUSE = re.compile(r"(?:how|why|when|where|what|who)\s", re.IGNORECASE)
_ADJECTIVE = re.compile(
    r"(?:al|ic|ive|ous|ful|ary|ern|ian|ing|ish|less|able|ible|first|second|third|other|last|new|old)$"
)


def lacks_verb(sentence: str, language: str) -> bool | None:
    """Say whether a sentence has no main verb, as a head has none; None when that cannot be told.

    >>> lacks_verb("The keepers of the light that failed", "en"), lacks_verb("The fleet left", "en"), lacks_verb("Wolves", "en")
    (True, False, None)
    """
    if not language.startswith("en"):
        return None
    words = sentence.replace("'", "’").strip('“”"‘’ ')
    clause = _CLAUSE.match(words)
    main = _RELATIVE.sub(" ", words[clause.end() :] if clause else words)
    tokens = [token.casefold() for token in re.findall(r"[\w’]+(?:-\w+)*", main)]
    verbs = sum(token in _FINITE or (token.endswith("ed") and len(token) > 4) for token in tokens)
    if clause:  # "How it began" has the verb of its clause only
        return None if words.endswith("?") or not verbs else verbs == 1
    if verbs:
        first = bool(tokens) and tokens[0] in _FINITE and not tokens[0].endswith("ed")
        return None if first and verbs == 1 else False  # "Cost and comfort": a verb without a subject may be a noun
    article = _ARTICLE.match(main)
    if article is None:
        return None
    stop = _PREPOSITION.search(main, article.end())
    core = re.findall(r"[\w’-]+", main[article.end() : stop.start() if stop else len(main)])
    if len(core) == 1 or (len(core) == 2 and _ADJECTIVE.search(core[0])):
        return True
    return None
