"""Numbers that a state gives a person: social security, tax, identity card, passport, driving licence.

Sources: python-stdnum, which holds the published formats and check digits of each country (US SSN and ITIN,
UK NHS and UTR, the EU's national numbers, India's Aadhaar and PAN, ...); HMRC's NIM39110 for the UK NINO,
which has no check digit; ICAO 9303 for passports (up to nine letters and digits; German ones have no vowels); DVLA's
INF45/1 for UK driving licences. A number stands alone only when its shape and its check together leave little to
chance; others need their name before them, in en, de, fr, es, it, nl, pt or the country's own language.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

from sourcing_pipeline.masking.config import Masking
from sourcing_pipeline.masking.recognizers.base import Hit, Recognizer, before, hit


class Rule(NamedTuple):
    """A shape that stands alone when one of these modules of python-stdnum holds it valid."""

    shape: re.Pattern[str]
    modules: tuple[str, ...]
    score: float


def _rule(shape: str, modules: str, score: float = 1.0, flags: int = 0) -> Rule:
    return Rule(re.compile(rf"(?<![\w.-]){shape}(?![\w-]|\.\w)", flags), tuple(modules.split()), score)


_ALONE = (
    _rule(r"\d{3}-\d{2}-\d{4}", "us.ssn us.itin", 0.85),
    _rule(r"(?:[XYZ][- ]?\d{7}|\d{8}|\d{1,2}\.\d{3}\.\d{3})[- ]?[A-HJ-NP-TV-Z]", "es.dni es.nie", flags=re.I),
    _rule(r"[12] ?\d{2} ?\d{2} ?(?:\d{2}|2[AB]) ?\d{3} ?\d{3} ?\d{2}", "fr.nir"),
    _rule(
        r"[A-Z]{6}[\dLMNP-V]{2}[A-EHLMPRST][\dLMNP-V]{2}[A-Z][\dLMNP-V]{3}[A-Z]|"
        r"[A-Z]{3} [A-Z]{3} [\dLMNP-V]{2}[A-EHLMPRST][\dLMNP-V]{2} [A-Z][\dLMNP-V]{3}[A-Z]",
        "it.codicefiscale",
        flags=re.I,
    ),
    _rule(r"\d{2} \d{3} \d{3} \d{3}", "de.idnr"),
    _rule(r"\d{2}\.\d{2}\.\d{2}-\d{3}[.-]\d{2}", "be.nn"),
    _rule(r"(?:19|20)?\d{6}[-+]\d{4}", "se.personnummer"),
    _rule(r"\d{6}[-+A-FU-Y]\d{3}[\dA-FHJ-NPR-Y]", "fi.hetu"),
    _rule(r"\d{6}/\d{4}", "cz.rc"),
    _rule(r"\d{8} ?\d ?[A-Z]{2}\d", "pt.cc"),
    _rule(r"756\.\d{4}\.\d{4}\.\d{2}", "ch.ssn"),
    _rule(r"\d{3}\.\d{3}\.\d{3}-\d{2}", "br.cpf"),
    _rule(r"(?<!\d )(?!20\d\d [12])[2-9]\d{3} \d{4} \d{4}(?! \d)", "in_.aadhaar", 0.9),
    _rule(r"[A-Z]{3}[ABCFGHJLPT][A-Z]\d{4}[A-Z]", "in_.pan", 0.85),
    _rule(r"\d{3} \d{3} \d{4}", "gb.nhs", 0.55),
)
_NAMES = (
    ("us.ssn us.itin", 0.85, r"ssn|social\s+security|itin|taxpayer\s+identification"),
    ("gb.nhs", 1.0, r"nhs"),
    ("gb.utr", 1.0, r"utr|unique\s+taxpayer|tax\s+reference"),
    ("de.idnr", 1.0, r"steuer\w*|idnr|tax\s+id\w*"),
    ("fr.nir", 1.0, r"nir|s[ée]curit[ée]\s+sociale|insee"),
    ("fr.nif", 1.0, r"num[ée]ro\s+fiscal|spi"),
    ("it.codicefiscale", 1.0, r"codice\s+fiscale"),
    ("nl.bsn", 1.0, r"bsn|burgerservicenummer|sofi-?nummer"),
    ("be.nn", 1.0, r"niss|rijksregister\w*|registre\s+national|nationalregister\w*"),
    ("pl.pesel", 1.0, r"pesel"),
    ("pt.nif es.dni es.nie", 1.0, r"nif|contribuinte"),
    ("se.personnummer no.fodselsnummer", 1.0, r"personnummer|samordningsnummer|fødselsnummer|fødselsnr"),
    ("dk.cpr", 0.85, r"cpr(?:-?(?:nummer|nr))?|personnummer"),
    ("fi.hetu", 1.0, r"henkilötunnus|hetu"),
    ("at.vnr", 1.0, r"sozialversicherung\w*|sv-?nummer|svnr"),
    ("ch.ssn", 1.0, r"ahv\w*|avs|oasi"),
    ("ie.pps", 1.0, r"pps[ns]?"),
    ("cz.rc", 1.0, r"rodn[ée]\s+[čc][íi]slo"),
    ("hr.oib", 1.0, r"oib"),
    ("ro.cnp", 1.0, r"cnp|cod(?:ul)?\s+numeric\s+personal"),
    ("bg.egn", 1.0, r"егн|egn"),
    ("gr.amka", 1.0, r"αμκα|amka"),
    ("ee.ik lt.asmens", 1.0, r"isikukood|asmens\s+kodas"),
    ("si.emso", 1.0, r"emšo|emso"),
    ("br.cpf", 1.0, r"cpf"),
    ("in_.aadhaar", 1.0, r"aadhaa?r|uidai"),
    ("in_.pan", 0.85, r"pan"),
    ("in_.epic", 1.0, r"epic|voter|election\s+card"),
    ("ca.sin", 1.0, r"social\s+insurance|(?-i:SIN)"),
    ("au.tfn", 1.0, r"tfn|tax\s+file"),
    ("tr.tckimlik", 1.0, r"kimlik"),
)
_NAME = re.compile(rf"\b(?:{'|'.join(f'(?P<at{place}>{row[2]})' for place, row in enumerate(_NAMES))})(?!\w)", re.I)
_CANDIDATE = re.compile(r"(?<![\w.-])[A-Z]{0,6}\d(?:[ ./+-]?\d|[A-Z]){5,15}(?![\w-]|[.,]\d)", re.I)
_REACH = 45
_NUMBER = re.compile(r"\d(?:(?:[ ./+-]?[A-Za-z\d]){3}|(?<=[A-Z]{4}\d))|\b[CFGHJKLMNPRTVWXYZ]{9}\b")
_BEFORE = 80
_BEHIND = 24
"""Characters around something like a number in which its name and the rest of it may stand."""

_NINO = re.compile(
    r"(?<!\w)(?!BG|GB|NK|KN|TN|NT|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z](?P<mark> "
    r"?)\d{2}(?P=mark)\d{2}(?P=mark)\d{2} ?[A-D](?!\w)",
    re.I,
)
_DVLA = re.compile(
    r"(?<!\w)[A-Z9]{5}\d(?:0[1-9]|1[0-2]|5[1-9]|6[0-2])(?:0[1-9]|[12]\d|3[01])\d[A-Z9]{2}[A-Z\d][A-Z]{2}(?!\w)"
)
_OF = r"(?:\s*(?:number|num|no\.?|nr\.?|n\.?\s?[ºo°]|num[ée]ro|n[úu]mero|numero|nummer|id|card))?"
_IS = (
    r"\s*(?:\([^)\n]{0,20}\)\s*)?(?:\s?(?:is|was|ist|lautet|est|es|è|é|:|=|#|-|,|le|el|la|die|il|het)(?!\w)|[:=#,-])*"
    r"\s*[:#]?\s*"
)
_LETTERED = re.compile(
    r"\b(?:passport|passeport|pasaporte|passaporto|paspoort|passaporte|reisepass\w*|pass(?:nummer|-?nr\.?)"
    r"|(?:personal)?ausweis\w*|carte\s+(?:nationale\s+)?d['’]identité|cni|carta\s+d['’]identità|identiteitskaart\w*"
    r"|identity\s+card|id|identity|numéro\s+d['’]identité|número\s+de\s+identidad|rijbewijs\w*|patente|führerschein\w*"
    rf"|driver['’]?s?\s+licen[cs]e|driving\s+licen[cs]e){_OF}{_IS}"
    r"(?P<value>(?-i:(?=[A-Z]*\d)[A-Z0-9]{7,12}|[CFGHJKLMNPRTVWXYZ]{9}))(?!\w)",
    re.I,
)
_ANNOUNCED = re.compile(
    r"(?:\b(?:social\s+security|ssn|social\s+insurance|national\s+insurance|nino|national\s+id"
    r"|identity\s+card|id\s+card|tax\s+id|tin|itin|f?ein|employer\s+identification|utr|passport"
    r"|driver['’]?s?\s+licen[cs]e|driving\s+licen[cs]e|dl|medicare|nhs|green\s+card|alien\s+registration"
    r"|personalausweis\w*|ausweis\w*|reisepass\w*|pass(?:nummer|-?nr\.?)|führerschein\w*|versicherten(?:nummer|-?nr\.?)"
    r"|steuer-?(?:id|identifikationsnummer|nummer)|sozialversicherungs\w*|rentenversicherungs\w*|passeport|cni"
    r"|carte\s+(?:nationale\s+)?d['’]identité|permis\s+de\s+conduire|sécurité\s+sociale|num[ée]ro\s+fiscal"
    r"|pasaporte|(?-i:SIN)|dni|nie|nif|seguridad\s+social|(?:carnet|permiso)\s+de\s+conducir"
    r"|passaporto|carta\s+d['’]identità|patente(?:\s+di\s+guida)?|codice\s+fiscale|tessera\s+sanitaria"
    r"|paspoort(?:nummer)?|identiteitskaart\w*|rijbewijs(?:nummer)?|bsn|burgerservicenummer"
    r"|passaporte|cart[ãa]o\s+de\s+cidad[ãa]o|bilhete\s+de\s+identidade|carta\s+de\s+condução|cnh|cpf|rg|contribuinte"
    r"|aadhaa?r|pan\s+(?:card|no\.?|number)|voter(?:['’]?s)?(?:\s+id)?|epic|pesel|personnummer|fødselsnummer|cpr))"
    rf"{_OF}{_IS}(?P<value>(?=[A-Z0-9]{{0,8}}(?:[ ./-]?[A-Z]?\d){{4}})"
    rf"[A-Z]{{0,5}}\d[A-Z0-9]{{0,15}}(?:[ ./-][A-Z]?\d[A-Z0-9]{{0,10}}){{0,5}}"
    r"|(?-i:[A-Z]{2}(?: ?\d{2}){3} ?[A-Z]))(?!\w)",
    re.I,
)
_OTHER = re.compile(
    r"\b(?:order|purchase|ticket|invoice|tracking|shipment|parcel|part|serial|sku|model|item|product|card|version|build"
    r"|bestell\w*|rechnung\w*|sendung\w*|commande|facture|colis|pedido|factura|ordine|fattura|bestelling|encomenda)\b"
    r"[^.\n]{0,14}$"
)
_THING = re.compile(
    r"(?:order|purchase|transaction|payment|ticket|case|session|request|device|product|item|tracking|booking|error"
    r"|message|event|build|job|app|client|process|thread|page|group|team|task|run|trace|commit|object|chat|meeting"
    r"|project|invoice|apple)[ _-]$"
)


def build(_config: Masking) -> "IdNumbers":
    """The detector of ID_NUMBER for persons."""
    return IdNumbers("ID_NUMBER")


class IdNumbers(Recognizer):
    """Gives ID_NUMBER: 1 where a check digit holds, 0.85 for the shapes of SSN, NINO and PAN, 0.8 for announced
    numbers, 0.55 for an NHS number without its name, which is written like a telephone number.
    """

    def find(self, text: str) -> Iterator[Hit]:
        """See the module's rule."""
        for start, end in _windows(text):
            for rule in _ALONE:
                for match in rule.shape.finditer(text, start, end):
                    unlikely = rule.score < 1 and _OTHER.search(before(text, match.start())) is not None
                    if not unlikely and _holds(match[0], rule.modules):
                        yield hit(match, "ID_NUMBER", rule.score)
            for shape, score in ((_NINO, 0.85), (_DVLA, 0.85), (_ANNOUNCED, 0.8)):
                yield from (hit(match, "ID_NUMBER", score) for match in shape.finditer(text, start, end))
            for match in _LETTERED.finditer(text, start, end):
                if not (match[0][:2].casefold() == "id" and _THING.search(before(text, match.start(), 14))):
                    yield hit(match, "ID_NUMBER", 0.8)
            yield from _named(text, start, end)


def _windows(text: str) -> Iterator[tuple[int, int]]:
    """The parts of a text, disjoint, that hold something like a number with room for its name before it."""
    start = end = 0
    for match in _NUMBER.finditer(text):
        if match.start() - _BEFORE > end:
            if end:
                yield start, end
            start = max(0, match.start() - _BEFORE)
        end = match.end() + _BEHIND
    if end:
        yield start, min(end, len(text))


def _named(text: str, start: int, end: int) -> Iterator[Hit]:
    """Numbers that are valid in the country whose name for them stands just before."""
    for name in _NAME.finditer(text, start, end):
        modules, score, _ = _NAMES[int((name.lastgroup or "at0")[2:])]
        for match in _CANDIDATE.finditer(text, name.end(), min(name.end() + _REACH, end)):
            number = match[0]
            while number and not _holds(number, modules.split()):
                number = number.rpartition(" ")[0]
            if number:
                yield Hit(match.start(), match.start() + len(number), "ID_NUMBER", score)


def _holds(number: str, modules: Iterable[str]) -> bool:
    """Whether one of these modules of python-stdnum holds the number valid."""
    compact = number.replace(" ", "")
    return any(_check(module)(compact.replace(".", "") if module[:2] == "es" else compact) for module in modules)


@lru_cache(maxsize=64)
def _check(module: str) -> Callable[[str], bool]:
    from importlib import import_module

    check: Callable[[str], bool] = import_module(f"stdnum.{module}").is_valid
    return check
