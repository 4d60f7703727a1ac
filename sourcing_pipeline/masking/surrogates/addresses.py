"""Made-up addresses that are written as the real ones: lines, commas, street types and the places of numbers
stay; the names of streets and places, and all digits, are others.
"""

import re
from typing import TYPE_CHECKING

import regex

from sourcing_pipeline.masking.surrogates.shapes import cased, shaped
from sourcing_pipeline.masking.words import word_set

if TYPE_CHECKING:
    from faker import Faker

_TYPES = word_set(
    """street streets st avenue ave av road roads rd drive dr lane ln boulevard blvd court courts ct place pl
    square sq terrace way close crescent cres highway hwy parkway pkwy circle cir trail trl alley row mews
    gardens grove walk broadway hill park path plaza quay rise view wharf yard loop bridge pass
    straße strasse str platz allee weg ring gasse damm ufer chaussee rue bd chemin allée impasse quai cours
    route passage calle c avenida avda avd paseo pza camino carrera ronda travesía via viale piazza corso largo
    rua praça travessa ul ulica al os trg carrer box postfach apartado corner"""
)
_KEPT = _TYPES | word_set(
    """apt apartment suite ste unit flat floor room rm bldg building appartement app bât wohnung whg piso puerta
    escalera étage izq dcha bis ter po p o bp case postale number no nº n s e w ne nw se sw north south east west
    of and the de du des del della da do dos di la le les los las el et y sur am an der den dem im in zum zur
    auf unter at on upon psc apo fpo dpo ae ap aa uk usa us england scotland wales ireland germany deutschland
    austria österreich switzerland schweiz suisse france spain españa italy italia nederland belgium canada"""
)
_SUFFIX = re.compile(
    r"(?:stra(?:ß|ss)e|str|gasse|weg|platz|allee|damm|ufer|chaussee|steig|stieg|brücke|graben|hof|vej|gade|gatan"
    r"|gata|vägen|veien|stræti|braut|katu|kuja|tie|straat|laan|plein|gracht|kade|utca)$",
    re.I,
)
_APART = re.compile(r"(\s*[,\n]\s*)")
_TOKEN = regex.compile(r"[\p{L}\p{M}\p{N}'’\-]+")
_COUNTRY = re.compile(r"[A-Z]{1,3}-(?=\d)")
_STATE = re.compile(r"[A-Z]{2}")


def address(value: str, fake: "Faker") -> str:
    """An address in the form of `value`; the generator's locale gives the names."""
    return "".join(
        part if _APART.fullmatch(part) else (_street if _is_street(part) else _place)(part, fake)
        for part in _APART.split(value)
    )


def _is_street(part: str) -> bool:
    return any(word.casefold() in _TYPES or _SUFFIX.search(word) for word in regex.findall(r"\p{L}+", part))


def _street(part: str, fake: "Faker") -> str:
    """A surname for each word of a street's name, and for that part of a word before "-straße"."""

    def new(match: regex.Match[str]) -> str:
        word: str = match[0]
        suffix = _SUFFIX.search(word)
        if _stays(word) or (suffix is not None and suffix.start() == 0):
            return word
        if _is_code(word):
            return shaped(word, fake)
        end = suffix.start() if suffix is not None else len(word)
        end -= word[:end].endswith("-")
        return cased(fake.last_name().rpartition(" ")[2], word[:end]) + word[end:]

    return str(_TOKEN.sub(new, part))


def _place(part: str, fake: "Faker") -> str:
    """A town for a town, another state for a state, a code of the same shape for a code."""
    made: list[str] = []
    at = 0
    in_town = False
    for match in _TOKEN.finditer(part):
        word, gap = match[0], part[at : match.start()]
        at = match.end()
        town = not (_stays(word) or _is_code(word))
        if town and in_town and not gap.strip(" \t."):
            continue
        in_town = town
        made.append(gap)
        if _stays(word):
            made.append(word)
        elif town:
            made.append(cased(fake.city(), word))
        elif _STATE.fullmatch(word) and hasattr(fake, "state_abbr"):
            made.append(fake.state_abbr(include_territories=False))
        else:
            country = _COUNTRY.match(word)
            stays = country.end() if country is not None else 0
            made.append(word[:stays] + shaped(word[stays:], fake))
    return "".join([*made, part[at:]])


def _stays(word: str) -> bool:
    return word.casefold() in _KEPT


def _is_code(word: str) -> bool:
    return len(word) <= 2 or any(map(str.isnumeric, word))
