"""What the rules for names share: the shape of a name, and trimming a find to what is one."""

import unicodedata
from collections.abc import Sequence
from functools import lru_cache

import regex

from sourcing_pipeline.masking.words import GIVEN_NAMES, NOT_NAMES, PARTICLES, TITLES, WORDS_AND_NAMES, word_set

CAPITAL = r"(?:\p{Lu}\.(?:-?\p{Lu}\.){0,3}|\p{Lu}[\p{L}\p{M}]*(?:['’\-][\p{L}\p{M}]+){0,3})"
"""One word of a name: capitalised, or an initial."""

_PARTICLE = r"(?:von|van|der|den|de|del|della|di|da|dos|das|du|la|le|el|al|bin|ibn|ben|zu|zum|ter|ten|st\.)"
FULL = rf"{CAPITAL}(?:[ \t](?:{_PARTICLE}[ \t]){{0,2}}{CAPITAL}){{0,3}}"
"""One to four such words, with particles between them."""

LOWER = r"[\p{Ll}\p{M}'’\-]{2,}(?:[ \t][\p{Ll}\p{M}'’\-]{2,})?"
"""One or two words without capitals."""

PARTICLES_FIRST = rf"(?:{_PARTICLE}[ \t]){{0,2}}"

TITLE = (
    r"(?:(?i:mr|mrs|ms|miss|mx|dr|prof|professor|sir|madam|herrn?|frau|mme|mlle|monsieur|madame"
    r"|señora?|senora?|sra?|srta|do[nñ]a?|sig(?:\.ra|\.na)?|signor[ae]?|signorina|dott(?:\.ssa)?|mevrouw|mevr|mw|meneer"
    r"|dhr|de\sheer|heer|senhora?)\.?|M\.|Dr\.?-Ing\.)"
)

_TOKEN = regex.compile(r"[\p{L}\p{M}'’.\-]+")
_DEGREE = regex.compile(r",?[ ](?:MD|DDS|DVM|PhD|Ph\.D|Esq|Jr|Sr|II|III|IV)\b")
_COMPANY = regex.compile(
    r"\s(?:(?:\p{Lu}\p{L}+|&)\s)?(?i:inc|llc|ltd|plc|gmbh|corp|ohg|kg|ag|sarl|sas|s\.?l|s\.a|co)\b"
    r"(?!\s\p{Lu}\p{Ll}+,)"
)
_CAMEL = regex.compile(r"(?<!\b(?:Mc|Mac|De|Di|Du|La|Le|Van|Fitz|O['’]|D['’]|L['’]))(?<=\p{Ll})\p{Lu}")
_CAPITALS = regex.compile(r"\p{Lu}{2,}\p{Ll}")
_CITIES_AND_NAMES = word_set("""austin paris london sydney dallas houston denver valencia wells chase march brown""")
_SURNAMES_AND_WORDS = word_set(
    """banks bien case day domingo fields french freitag houston jenkins jesus junk key lane list lord madrid north page
    pearson pop post price rust sales sevilla swift valencia vos wells west wise york"""
)
_GROUPS = word_set(
    """manager owner customer user client director team support service services department dept sales billing
    kundenservice équipe equipo llc inc ltd gmbh
    corp plc"""
)
_SMALL_WORDS = NOT_NAMES | word_set(
    """wrong incorrect misspelled spelled misspelt missing still being shown displayed changed different
    correct world back calling writing trying looking having using unable able getting glad happy afraid
    new stuck john.doe from after again all out up down one two no-one am're i'm im i've don't can't
    it's that's what's currently already really unfortunately pleased interested confused having going
    wondering very so sure ready done curious aware at also like called spelt written printed
    case-sensitive required empty unknown taken anonymous private listed visible invalid valid wir bin
    hier auf falsch nicht leider pas mal mon ton son ici désolé content cliente incorrecto mal está aquí"""
)


def trim(text: str, span: tuple[int, ...], lower: bool = False, cued: bool = False) -> tuple[int, int] | None:
    """The part of `span`, half-open character offsets, that is a name, without titles and words that name
    nobody; None when nothing is left.

    `lower` admits words without capitals. `cued` says that the words around it announce a name ("my name is
    Paris"), so that a lone word of the list of non-names is believed when it also is a given name.
    """
    start, end = span
    newline = text.find("\n", start, end)
    if newline >= 0:
        end = newline
    tokens = [(match.start(), match.end()) for match in _TOKEN.finditer(text, start, end)]
    if lower and tokens and text[tokens[0][0]].islower() and _drops(text[slice(*tokens[0])], cued, first=True):
        return None
    while tokens and _drops(text[slice(*tokens[0])], cued and len(tokens) == 1, first=True):
        tokens.pop(0)
    words = [text[slice(*token)] for token in tokens]
    while tokens and (tokens[-1] != tokens[0] or not cued) and _drops(text[slice(*tokens[-1])], cued, first=False):
        if _surname(words[: len(tokens)], cued):
            break
        if text[slice(*tokens[-1])].casefold().strip(".") in _GROUPS:
            return None
        tokens.pop()
    if not tokens or _COMPANY.match(text, tokens[-1][1]) or _COMPANY.match(text, tokens[-1][0] - 1):
        return None
    start, end = tokens[0][0], tokens[-1][1]
    if "'" in text[start:end] or "’" in text[start:end]:
        end -= len(text[start:end]) - len(regex.sub(r"['’]s?$", "", text[start:end]))
    if text[end - 1] == "." and end - tokens[-1][0] > 2:
        end -= 1
    if after := _DEGREE.match(text, end):
        end = after.end()
    return (start, end) if _is_name(text[start:end], lower) else None


def inner_capital(word: str) -> bool:
    """Whether a word has a capital inside as no name has ("PyPI", "GraphQL", but not "McDonald" and "DeVito")."""
    return _CAMEL.search(word) is not None or _CAPITALS.match(word) is not None


def tokens_of(name: str) -> frozenset[str]:
    """The words of a name that tell persons apart: case-folded, two letters or more, no titles or
    particles.
    """
    words = (regex.sub(r"['’]s?$", "", match[0]).casefold().strip(".-'’") for match in _TOKEN.finditer(name))
    return frozenset(word for word in words if len(word) > 1 and word not in TITLES and word not in PARTICLES)


def ordinary(word: str) -> bool:
    """Whether a word, case-folded, is common enough that it must not be masked in lower case."""
    return word in WORDS_AND_NAMES or word in _SMALL_WORDS


def given(word: str) -> bool:
    """Whether a word, case-folded, is a frequent given name and hardly ever anything else."""
    if word in WORDS_AND_NAMES or word in NOT_NAMES:
        return False
    return word in GIVEN_NAMES or _plain(word.partition("-")[0]) in GIVEN_NAMES


@lru_cache(maxsize=8192)
def _plain(word: str) -> str:
    return unicodedata.normalize("NFKD", word).encode("ascii", "ignore").decode()


def _drops(token: str, cued: bool, first: bool) -> bool:
    word = token.casefold().strip(".'’-")
    if cued and (word in GIVEN_NAMES or word in _CITIES_AND_NAMES):
        return False
    if first and word in TITLES:
        return True
    return word in _SMALL_WORDS and not (first and word in GIVEN_NAMES)


def _surname(words: Sequence[str], cued: bool) -> bool:
    """Whether the last word is a surname that is a word too ("Steven Day", "Elke De Vos"): after a given name, or where
    a name is announced.
    """
    first = [word.casefold() for word in words[:-1] if word.casefold() not in PARTICLES]
    return bool(first) and words[-1].casefold() in _SURNAMES_AND_WORDS and (cued or given(first[-1]))


def _is_name(name: str, lower: bool) -> bool:
    if name.casefold().endswith(("-team", "-support", "-service")):
        return False
    if len(name) > 60 or _CAMEL.search(name) or any(map(str.isdigit, name)):
        return False
    words = [word for word in name.split() if word.casefold() not in PARTICLES]
    if not any(len(word.strip(".'’-")) > 1 for word in words):
        return False
    return lower or all(word[0].isupper() for word in words)
