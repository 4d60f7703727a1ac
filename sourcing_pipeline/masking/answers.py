"""Numbers that the message before asked for: "What is your account number?" – "Yes, it is 12345678."

A detector reads one text, and a bare number in it tells nothing; the question stands in the message before. The
questions were collected from support dialogues, in en, de, fr, es, it, nl, pt.
"""

from collections.abc import Iterator, Sequence

import regex

from sourcing_pipeline.masking.spans import Span

SCORE = 0.6
DETECTOR = "asked"
_LAST_CHARACTERS, _SHORT_CHARACTERS = 300, 60
"""A question stands at the end of a message; a message that only names a thing ("Account number") asks for it."""
_ASKS = regex.compile(
    r"\?|\b(?:please|need|provide|give|tell|enter|confirm|verify|share|send|have\s+your|bitte|brauche|nennen|merci"
    r"|indiquer|donner|besoin|por\s+favor|necesit|indique|per\s+favore|graag|opgeven|preciso|informe)",
    regex.I,
)
_NUMBER = r"(?:\s*(?:number|no\.?|num|#|details))"
_ASKED = (
    ("PAYMENT", 5, regex.compile(
        rf"\b(?:(?:bank\s+)?account|(?:credit\s+|debit\s+|bank\s+)?card|routing|sort\s+code|customer){_NUMBER}"
        r"|\biban\b|kontonummer|kartennummer|num[ée]ro\s+de\s+(?:compte|carte)|n[úu]mero\s+(?:de\s+(?:cuenta|tarjeta)"
        r"|da\s+conta|do\s+cart[ãa]o)|numero\s+di\s+(?:conto|carta)|rekeningnummer|kaartnummer", regex.I)),
    ("PHONE", 7, regex.compile(
        rf"\b(?:(?:tele)?phone|mobile|cell|contact|callback){_NUMBER}|telefonnummer|handynummer|rufnummer"
        r"|num[ée]ro\s+de\s+t[ée]l[ée]phone|n[úu]mero\s+de\s+tel[ée]fono|numero\s+di\s+telefono|telefoonnummer"
        r"|n[úu]mero\s+de\s+telefone", regex.I)),
    ("ID_NUMBER", 5, regex.compile(
        rf"\b(?:social\s+security|ssn|passport|driver'?s?\s+licen[cs]e|tax(?:payer)?|insurance|policy|member(?:ship)?"
        rf"|patient|national\s+id|id){_NUMBER}|\bssn\b|ausweisnummer|steuernummer|versicherungsnummer"
        r"|num[ée]ro\s+de\s+(?:s[ée]curit[ée]\s+sociale|passeport)|n[úu]mero\s+de\s+(?:la\s+)?seguridad\s+social"
        r"|codice\s+fiscale|burgerservicenummer|\bbsn\b|\bcpf\b|\bnif\b|\bdni\b", regex.I)),
    ("SECRET", 4, regex.compile(
        r"\b(?:pin(?:\s*(?:number|code))?|security\s+(?:code|number)|cvv|cvc|one[- ]time\s+(?:code|password)"
        r"|verification\s+code)\b", regex.I)),
    ("ID_NUMBER", 8, regex.compile(
        r"\byour\s+(?:full\s+|first\s+|last\s+)?(?:name|details)\b|\bverify\s+your\b|\bihr(?:en)?\s+namen?\b"
        r"|\bvotre\s+nom\b|\bsu\s+nombre\b|\bsuo\s+nome\b|\buw\s+naam\b|\bseu\s+nome\b", regex.I)),
)  # fmt: skip
"""Placeholder, least number of digits, and what a question for it names; who is asked for a name tells a number too."""
_DIGITS = regex.compile(r"(?<![\w.,:/#-])\+?\(?\d(?:[ .()-]{0,2}\d){3,}(?![\w/]|[.,:]\d)")


def answers(texts: Sequence[str]) -> Iterator[tuple[int, Span]]:
    """Index of the text and span of every number that answers a question at the end of the text before it."""
    for index in range(1, len(texts)):
        question = texts[index - 1][-_LAST_CHARACTERS:]
        asked = [(entity, least) for entity, least, what in _ASKED if what.search(question)]
        asks = len(texts[index - 1]) <= _SHORT_CHARACTERS or _ASKS.search(question) is not None
        if not asked or not asks:
            continue
        for match in _DIGITS.finditer(texts[index]):
            count = sum(map(str.isdigit, match[0]))
            for entity, least in asked:
                if count >= least:
                    yield index, Span(match.start(), match.end(), entity, SCORE, DETECTOR)
                    break
