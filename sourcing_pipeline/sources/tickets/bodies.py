"""Takes quoted replies, signatures and disclaimers off a message, in English, German, French and Spanish.

Line by line and in linear time, because a body may be hostile. mail-parser-reply was measured against this
and not taken: on chat turns, where every change is a loss, it cuts text after a line that begins with
`Thanks,` or `-`, never finds a Spanish header, removes all indentation, and its patterns need quadratic time
on a long line. A cut here needs more than one sign: a closing formula must stand alone and be followed by
short lines only, a disclaimer must open like one and speak of confidentiality or recipients.
"""

import re
from collections.abc import Sequence
from itertools import takewhile

HEADER_LINES = 3
HEADER_CHARACTERS = 300
SIGNATURE_LINES = 6
SIGNATURE_WORDS = 7
ADDRESS_WORDS = 12
DISCLAIMER_LINES = 30
QUOTES_CHECKED = 500


def _any(*alternatives: str) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{alternative})" for alternative in alternatives), re.IGNORECASE)


_WROTE = _any(r"on\b.*\bwrote\s?:", r"am\b.*\bschrieb\b.*:", r"le\b.*\ba écrit\s?:", r"el\b.*\bescribió\s?:")
_WROTE_START = _any(r"(on|am|le|el)\s")
_ORIGINAL = _any(
    r"-{2,} ?(original|forwarded) message ?-{2,}",
    r"-{2,} ?(ursprüngliche nachricht|originalnachricht|weitergeleitete nachricht) ?-{2,}",
    r"-{2,} ?message (d.origine|original|transféré) ?-{2,}",
    r"-{2,} ?mensaje (original|reenviado) ?-{2,}",
)
_RULE = _any(r"_{20,}|-{32,}")
_FROM = _any(r"\*?(from|von|de) ?: ?\*?\S")
_FIELD = _any(
    r"\*?(from|sent|to|subject|date|cc) ?: ?\*?\S",
    r"\*?(von|gesendet|an|betreff|datum) ?: ?\*?\S",
    r"\*?(de|envoyé|à|objet) ?: ?\*?\S",
    r"\*?(de|enviado( el)?|para|asunto|fecha) ?: ?\*?\S",
)
_DEVICE = _any(
    r"sent from (my|outlook|yahoo|mail)\b",
    r"get outlook for\b",
    r"gesendet von (meinem|mail|outlook)\b",
    r"von meinem .{1,30} gesendet",
    r"envoyé (de|depuis) mon\b",
    r"télécharger outlook pour\b",
    r"enviado desde mi\b",
    r"obtener outlook para\b",
)
_CLOSING = _any(
    r"(with |many |my )?(best|kind|kindest|warm|warmest) (regards|wishes)",
    r"regards|best|all the best|cheers|sincerely",
    r"yours( sincerely| faithfully| truly)?",
    r"(many )?thanks|thank you|thanks (so much|a lot|again|in advance)",
    r"(mit )?(freundliche|beste|liebe|viele|schöne|herzliche)[nmr]? gr(ü|ue)(ß|ss)(en?)?",
    r"mfg|lg|gru(ß|ss)",
    r"(bien )?cordialement|(bien )?à vous|(meilleures )?salutations|bonne journée",
    r"(un )?saludos?|saludos cordiales|un cordial saludo|atentamente|cordialmente|(muchas )?gracias",
)
_THANKS = _any(r".*(thank|gracias|cheers)")
_DISCLAIMER_OPENS = _any(
    r"\W*(disclaimer|confidential(ity)?|legal notice|this (e-?mail|message|communication))\b",
    r"\W*the (information|contents?) (contained )?(in|of) this\b",
    r"\W*if you are not the intended",
    r"\W*(diese (e-?mail|nachricht)\b|vertraulich)",
    r"\W*(ce (message|courriel|courrier|mail)|confidentialité)\b",
    r"\W*(este (mensaje|correo)|aviso (legal|de)|confidencialidad)\b",
)
_FOOTER = _any(
    r"(please )?(consider|think of) the environment before printing",
    r"bitte (denken sie an|prüfen sie|schonen sie) .{0,60}(umwelt|ausdrucken)",
    r"(merci de |veuillez )?penser? à l.environnement|avant d.imprimer",
    r"(por favor,? )?(piense|considere) .{0,40}(medio ambiente|imprimir)|antes de imprimir",
)
_DISCLAIMER_SAYS = _any(
    r"confidential|intended (solely |only )?(for|recipient)|privileged",
    r"vertraulich|empfänger",
    r"confidentiel|destinataire",
    r"confidencial|destinatario",
)


def clean(body: str, earlier: str = "") -> str:
    """The author's own words of a message, stripped; the whole body, stripped, when nothing else would be
    left.

    `earlier` holds the bodies of the turns before, one after another. A line that begins with `>` is a quote
    when a quote header stands in the body, when it is among the last lines, or when `earlier` holds its text;
    otherwise it may be the author's own (a block quote, a prompt) and stays.
    """
    whole = body.replace("\r\n", "\n").replace("\r", "\n")
    lines = _own_part(whole.split("\n"), " ".join(earlier.split()) if ">" in whole else "")
    for strip in (_without_disclaimers, _without_device, _without_signature):
        lines = strip(lines)
    kept = "\n".join(lines)
    if not kept.strip():
        kept = whole
    if "```" not in kept:
        kept = re.sub(r"\n{3,}", "\n\n", kept)
    return kept.strip("\n").rstrip()


def _own_part(lines: Sequence[str], earlier: str) -> list[str]:
    """Cuts at the first quote header; when nothing stands before it, the header goes and what follows it
    stays."""
    start = at = 0
    while at < len(lines):
        length = _header_length(lines, at)
        if not length:
            at += 1
            continue
        before = _without_quotes(lines[start:at], earlier, True)
        if any(line.strip() for line in before):
            return before
        start = at = at + length
    return _without_quotes(lines[start:], earlier, headed=start > 0)


def _header_length(lines: Sequence[str], index: int) -> int:
    """How many lines a quote header that begins at `index` takes; 0 when none does."""
    line = lines[index].strip()
    if not line or len(line) > HEADER_CHARACTERS:
        return 0
    if _WROTE_START.match(line):
        for length in range(1, HEADER_LINES + 1):
            joined = " ".join(part.strip() for part in lines[index : index + length])
            if len(joined) > HEADER_CHARACTERS:
                return 0
            if joined.endswith(":") and re.search(r"\d", joined) and _WROTE.fullmatch(joined):
                return length
        return 0
    if _ORIGINAL.fullmatch(line):
        return 1 + _fields(lines, index + 1)
    if _RULE.fullmatch(line):
        fields = _fields(lines, index + 1)
        return 1 + fields if fields >= 2 else 0
    if _FROM.match(line):
        fields = _fields(lines, index)
        return fields if fields >= 3 else 0
    return 0


def _fields(lines: Sequence[str], start: int) -> int:
    """How many lines of mail header fields stand at `start`."""
    count = 0
    while start + count < len(lines) and _FIELD.match(lines[start + count].strip()[:HEADER_CHARACTERS]):
        count += 1
    return count


def _without_quotes(lines: Sequence[str], earlier: str, headed: bool) -> list[str]:
    """Leaves out quoted lines, but never inside fenced code, where `>` may be a prompt."""
    last_own = max((at for at, line in enumerate(lines) if line.strip() and not _quoted(line)), default=-1)
    kept: list[str] = []
    fenced, checks = False, 0
    for at, line in enumerate(lines):
        if line.lstrip().startswith("```"):
            fenced = not fenced
        if fenced or not _quoted(line):
            kept.append(line)
        elif not headed and at < last_own:
            words = " ".join(line.lstrip(" >").split())
            checks += 1
            known = words in earlier if words and checks <= QUOTES_CHECKED else not (kept and _quoted(kept[-1]))
            if not known:
                kept.append(line)
    return kept


def _quoted(line: str) -> bool:
    return line.lstrip().startswith(">")


def _without_disclaimers(lines: list[str]) -> list[str]:
    """Cuts at the first paragraph that opens like a disclaimer and reads like one, if something is
    before it."""
    something = False
    for index, line in enumerate(lines):
        above = lines[index - 1].strip() if index else ""
        if not something or (above and not _RULE.fullmatch(above)):
            something = something or bool(line.strip())
            continue
        if _FOOTER.match(line):
            return lines[:index]
        if _DISCLAIMER_OPENS.match(line):
            paragraph = takewhile(str.strip, lines[index : index + DISCLAIMER_LINES])
            if _DISCLAIMER_SAYS.search(" ".join(paragraph)):
                return lines[:index]
    return lines


def _without_device(lines: list[str]) -> list[str]:
    """Leaves out a last line such as `Sent from my phone`."""
    last = _last(lines)
    if last > 0 and len(lines[last]) <= 80 and _DEVICE.match(lines[last].strip()):
        return lines[:last]
    return lines


def _without_signature(lines: list[str]) -> list[str]:
    """Cuts at `-- `, or at a closing formula that stands alone, when only short lines without a sentence
    follow."""
    cut, below = len(lines), 0
    for index in range(_last(lines), 0, -1):
        line = lines[index].strip()
        marked = line in ("--", "—", "__")
        if marked or (below <= SIGNATURE_LINES and _closes(line, bool(below))):
            cut = index
        below += bool(line)
        if below > 2 * SIGNATURE_LINES or not (marked or _short(line)):
            break
    return lines[:cut]


def _closes(line: str, followed: bool) -> bool:
    """Whether a line is only a closing formula. Thanks alone at the very end are the author's words and
    stay."""
    if len(line) > 60:
        return False
    formula, _, name = line.partition(",")
    bare = formula.strip(" .!")
    if not _CLOSING.fullmatch(bare):
        return False
    named = 0 < len(name.split()) <= 3 and name.strip()[:1].isupper() and name.strip()[-1] not in "?!:"
    if name.strip() and not named:
        return False
    return followed or named or not _THANKS.match(bare)


def _short(line: str) -> bool:
    """Whether a line may belong to a signature: a few words and no sentence, or an address (commas and digits)."""
    words = len(line.split())
    address = words <= ADDRESS_WORDS and "," in line and re.search(r"\d", line)
    return len(line) <= 80 and bool(words <= SIGNATURE_WORDS or address) and not line.endswith(("?", ":", "!"))


def _last(lines: Sequence[str]) -> int:
    """Index of the last line that is not blank; -1 when there is none."""
    return next((at for at in range(len(lines) - 1, -1, -1) if lines[at].strip()), -1)
