"""Telephone numbers.

Source: E.164 and the national plans as Google's libphonenumber holds them (`phonenumbers`, the library
behind presidio's recognizer). One pass of our own expression proposes candidates, the library judges them;
its matcher is not run once per region, which costs twenty times as much and takes order numbers for phones.
A number is believed by its + or 00, by a telephone word near it, or by how it is written: an extension, an
area code in brackets, the North American 3-3-4, a trunk zero with groups, or groups that are valid in a
region of the recipe. Nothing is believed after an order or date word that is nearer than a telephone word.
"""

import re
from collections.abc import Iterator
from functools import lru_cache

from sourcing_pipeline.masking.config import Masking
from sourcing_pipeline.masking.recognizers.base import Hit, Recognizer, before

_BETWEEN = r"(?:[ \u00a0\u202f]?[-.()/–\u2010\u2011][ \u00a0\u202f]?|[ \u00a0\u202f]?)"
_CANDIDATE = re.compile(
    rf"(?<![\w./#\-$€£¥₹])(?<!\d[:,])(?<!==)(?:\(?\+|00)?\(?\d{_BETWEEN}\(?(?:\(?\d\)?{_BETWEEN}){{5,15}}\d"
    r"(?P<extension>,?\s?(?:x|extn?\.?|extension|durchwahl|poste|interno|int\.|ramal|toestel|anexo):?\s?\d{1,6})?"
    r"(?![\w/=]|[.:]\d|,\d{1,2}(?!\d)|-\d)",
    re.I,
)
_PHONE = re.compile(
    r"\b(?:phones?|tel|telephone|mobile|cell|cellphone|call|calls|called|calling|ring|dial|reach|sms"
    r"|text(?:ed)?|fax|whatsapp|signal|contact|landline|messages to"
    r"|handy|mobil|anrufen?|rufen|rückruf|r[üu]f|durchwahl|erreichen|erreichbar"
    r"|t[ée]l[ée]phone|t[ée]l|portable|appel(?:er|ez|le)|joindre"
    r"|tel[ée]fono|m[óo]vil|ll[aá]m(?:a|ame|ar|arme|ada|e|eme|en|enme)|celular|cellulare|chiam\w+|telefoon|telefoonnummer|bellen|mobiel"
    r"|telefone|telem[óo]vel|lig(?:ar|ue)|telefonnummer|mobilnummer|puhelin|telefon\w*|numer telefonu)\b"
    r"|telefon|rufnummer"
)
_NUMBER = re.compile(
    r"\b(?:(?:my|mine|her|his|our|your|home|work|office|direct|new|old) (?:number|no\.?)|number(?: is|:)"
    r"|nummer|num[ée]ro|n[úu]mero|numero)\b"
)
_REGISTERED = re.compile(r"\b(?:registered|registriert|enregistr\w+|registrad[oa]|registrat[oa]|geregistreerd)\W*$")
_AFTER = re.compile(
    r"\W{0,3}(?:(?:is|was|ist|est|es|è|é)\s)?(?:(?:my|our|her|his|the|meine?|mon|mi|il mio)\s)?(?:\w+\s)?"
    r"(?:phone|cell|mobile|landline|handy|telefon|portable|m[óo]vil|cellulare|t[ée]l[ée]phone)",
    re.I,
)
_OTHER = re.compile(
    r"\b(?:order|purchase|ticket|invoice|case|ref(?:erence)?|ids?|issue|bug|tracking|shipment|parcel|serial|version"
    r"|build|commit|rfc|port|sku|part|model|item|product|batch|lot|amount|total|balance|price|cost|salary|limit"
    r"|transaction|receipt|booking|reservation|confirmation|policy|claim|account|acct|routing|iban|cards?"
    r"|zip|isbn|issn|doi|pmid|ean|upc|vat|tax|licen[cs]e|member(?:ship)?|customer|client|employee|patient|student"
    r"|contract|meter|flight|loan|line|error|code|timestamp|epoch|bytes|seed|ssn|passport|social security|imei|pin"
    r"|bestell\w*|rechnung\w*|kunden\w*|vorgang\w*|auftrag\w*|sendung\w*|vertrag\w*|konto\w*|steuer\w*"
    r"|commande|facture|dossier|contrat|compte|colis|pedido|factura|caso|expediente|contrato|cuenta|env[ií]o"
    r"|ordine|fattura|pratica|contratto|conto|bestelling|factuur|klantnummer|ordernummer|encomenda|fatura)\b"
    r"(?:[^.\n]|(?<=\bn[or])\.){0,14}(?:(?<=:)\s*\n)?\Z"
)
_DATE = re.compile(
    r"(?:19|20)\d\d[-./ ]\d\d?[-./ ]\d\d?(?:[ T].*)?|\d\d?[-./]\d\d?[-./](?:19|20)?\d\d(?:[ –-]{1,3}\d.*)?"
    r"|(?:19|20)\d\d(?:0\d|1[0-2])[0-3]\d[- ]?\d{4,6}|(?:(?:19|20)\d\d[ –-]{1,3}){1,}(?:19|20)?\d\d(?: \d+)*"
)
_LIST = re.compile(
    r"(?:\d{1,4} ){4,}\d{1,4}|(?:\d{1,3}\.){3}\d{1,3}(?:/\d+)?|(?:\d{1,3}\.){5,}\d+|(?:\d{1,2}[.-]\d{0,2} ){2,}.*"
)
_AMOUNT = re.compile(r"\d{1,3}(?:[ .,]\d{3})+|\d+\.\d+")
_FRACTION = re.compile(r"\d{0,2}\.\d+|\d+\.\d{0,2}")
_NO_PHONE = re.compile(
    r"97[89]-\d{1,5}-\d+-\d+-\d|\d{1,5}-\d{1,7}-\d{1,6}-\d|\d{5}-\d{4}|[1-9]\d-\d{7}"
    r"|\d{3}[ -]\d{2}[ -]\d{4}|(?:\d{4} ){2,}\d{2,4}"
)
"""ISBNs, a ZIP code with its four digits, a US employer's and a person's number, fours of a card."""

_MONEY = re.compile(r"(?:[$€£¥₹]|\b(?:eur|usd|gbp|chf|inr|rs\.?))\s?$")
_NORTH_AMERICAN = re.compile(
    r"(?:(?:\+|00)?1[ .-]?)?(?:\([2-9]\d\d\)[ .-]?[2-9]\d\d|[2-9]\d\d[.-][2-9]\d\d)[ .-]\d{4}(?!\d)"
)
_BRACKETED = re.compile(r"\((?!(?:19|20)\d\d\))\d{2,5}\)[ .\-/]{0,2}\d")
_TRUNK = re.compile(r"\(?0[1-9]\d{0,4}\)?[ .\-/–]\(?\d")
_COUNTRY = re.compile(r"00 ?\d{1,3}[ .(-]")


def build(config: Masking) -> "Phone":
    """The detector of PHONE for the recipe's regions."""
    return Phone(config.phone_regions)


class Phone(Recognizer):
    """Gives PHONE: 0.95 with a + or 00, 0.8 with a telephone word, 0.7 with an extension, 0.65 and less by
    the way it is written.
    """

    def __init__(self, regions: tuple[str, ...]) -> None:
        super().__init__("PHONE")
        self._regions = regions

    def find(self, text: str) -> Iterator[Hit]:
        """See the module's rule."""
        for match in _CANDIDATE.finditer(text):
            value = match[0].rstrip(" (-./")
            if (american := _NORTH_AMERICAN.match(value)) and value[american.end() :].startswith(" "):
                value = american[0]
            value = _balanced(value)
            start = match.start() + match[0].index(value)
            end = start + len(value)
            score = self._score(
                value.removesuffix(match["extension"] or "") if match["extension"] else value,
                extended=match["extension"] is not None and value.endswith(match["extension"]),
                near=before(text, start).rpartition("\n\n")[2],
                after=text[end : end + 30],
                alone=text.strip(" .!\n") == value,
            )
            if score:
                yield Hit(start, end, "PHONE", score)

    def _score(self, value: str, *, extended: bool, near: str, after: str, alone: bool) -> float:
        digits = sum(map(str.isdigit, value))
        if not 7 <= digits <= 16 or after.lstrip()[:1] in ("%", "€", "$", "£") or _MONEY.search(near):
            return 0.0
        called, other = _last(_PHONE, near), _last(_OTHER, near)
        named = called > other or (other < 0 and (_NUMBER.search(near) or _AFTER.match(after)) is not None)
        if value.startswith(("+", "(+")):
            return 0.95 if digits >= 8 and (named or _possible(value)) else 0.0
        if value.startswith("00") and (named or _COUNTRY.match(value) or _valid(value, self._regions)):
            return 0.95 if digits >= 9 and (named or _possible(value)) else 0.0
        if _DATE.fullmatch(value) or (_LIST.fullmatch(value) and not self._dialled(value, named)):
            return 0.0
        if other >= 0 and called < 0:
            return 0.0
        if named:
            return self._named(value, digits)
        if extended:
            return 0.7
        return self._written(value, digits, alone or _REGISTERED.search(near) is not None)

    def _dialled(self, value: str, named: bool) -> bool:
        dialled = named and value.startswith(("0", "("))
        grouped = value.count(" ") >= 2 and value.startswith(("0", "6", "7", "9"))
        return (dialled or grouped) and _valid(value, self._regions)

    @staticmethod
    def _named(value: str, digits: int) -> float:
        if _FRACTION.fullmatch(value) or (_AMOUNT.fullmatch(value) and (digits < 8 or value.endswith("000"))):
            return 0.0
        return 0.8 if digits >= 8 or re.search(r"\D", value) else 0.0

    def _written(self, value: str, digits: int, expected: bool) -> float:
        if _NO_PHONE.fullmatch(value) or re.search(r"\d[.] ", value) or re.sub(r"\D", "", value) in "01234567890123":
            return 0.0
        if _AMOUNT.fullmatch(value):
            return 0.6 if digits == 9 and value.count(" ") == 2 and _valid(value, self._regions) else 0.0
        if _NORTH_AMERICAN.fullmatch(value) or (_BRACKETED.match(value) and digits >= 8):
            return 0.65
        if re.search(r"\d[ \-.()/–\u2010\u2011\u00a0\u202f]+\d", value):
            if _TRUNK.match(value) and 8 <= digits <= 12:
                return 0.55
            return 0.6 if digits >= (8 if expected else 9) and _valid(value, self._regions) else 0.0
        trunk = value[0] == "0" and value[1] != "0" and digits >= 10
        return 0.5 if (trunk or (expected and 9 <= digits <= 11)) and _valid(value, self._regions) else 0.0


def _balanced(value: str) -> str:
    """The part of a candidate without a bracket that is opened or closed outside it."""
    if value.startswith("(") and ")" not in value:
        value = value[1:]
    if value.count("(") > value.count(")"):
        value = value[: value.rindex("(")]
    if value.count(")") > value.count("("):
        value = value[value.index(")") + 1 :]
    return value.strip(" -./")


def counts_something_else(text: str, start: int) -> bool:
    """Whether the words before a number announce an order, an account or another number that is no telephone's."""
    near = before(text, start).rpartition("\n\n")[2]
    return _last(_OTHER, near) > _last(_PHONE, near)


def _last(words: re.Pattern[str], context: str) -> int:
    """Where the last of these words begins; -1 without one."""
    return max((match.start() for match in words.finditer(context)), default=-1)


@lru_cache(maxsize=4096)
def _possible(value: str) -> bool:
    from phonenumbers import NumberParseException, is_possible_number, parse

    try:
        return is_possible_number(parse(re.sub(r"^00", "+", value)))
    except NumberParseException:
        return False


@lru_cache(maxsize=4096)
def _valid(value: str, regions: tuple[str, ...]) -> bool:
    from phonenumbers import NumberParseException, is_valid_number, parse

    for region in regions:
        try:
            if is_valid_number(parse(re.sub(r"^00", "+", value), region)):
                return True
        except NumberParseException:
            continue
    return False
