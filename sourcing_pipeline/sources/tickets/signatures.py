"""Disclaimers, lines that apps add, and signatures: what stands below the author's own words.

Each function gives the number of lines that stay. `lows` are the lines in lower case without the blanks around them.
"""

import re
from collections.abc import Sequence
from itertools import takewhile

from sourcing_pipeline.sources.tickets.phrases import letters, pattern, said, spellings
from sourcing_pipeline.sources.tickets.quotes import RULE

SIGNATURE_LINES = 6
SIGNATURE_WORDS = 7
ADDRESS_WORDS = 12
CLOSING_CHARACTERS = 60
SHORT_CHARACTERS = 80
LONG_CHARACTERS = 160
DISCLAIMER_LINES = 30
DISCLAIMER_CHARACTERS = 3000

_DEVICE_LETTERS = letters(said("devices"))
_DEVICE = re.compile(rf"{pattern(said('devices'))}\b")
_THANKS = spellings(said("thanks"))
_CLOSINGS = spellings(said("closings")) | _THANKS
_BEFORE_NAMES = _CLOSINGS - _THANKS - {"best"}
_FORMAL = re.compile(rf"{pattern(said('formal'))}\b.*{pattern(said('formal_says'))}")
_CLOSING_LETTERS = letters(said("closings"), said("thanks"), said("formal"))
_MARKS = frozenset(("--", "—", "__"))
_POSTSCRIPT = re.compile(r"p\.? ?s\b|p\.? ?d\b\.?:|n\.? ?b\b\.?:")
_OPENS = re.compile(rf"\W*+(?:(?P<footer>{pattern(said('footers'))})|{pattern(said('disclaimers'))}\b)")
_OPENS_LETTERS = letters(said("footers"), said("disclaimers"))
_SECRECY = re.compile(pattern(said("secrecy")))
_CARE = re.compile(pattern(said("care")))

GATE = "|".join(
    [pattern(said(part)) for part in ("footers", "disclaimers", "devices", "closings", "thanks", "formal")]
    + ["--", "__", "—"]
)
"""What a line begins with, after other signs than letters and digits, before a rule of this module can change
anything. For lower case, in the syntax that `re` and RE2 share."""


def before_disclaimers(lows: Sequence[str]) -> int:
    """Where the first paragraph begins that opens like a disclaimer and reads like one, if something is before it."""
    something, above = False, "first"
    for at, line in enumerate(lows):
        if not line:
            above = line
            continue
        if (
            (not above or above[0] in "_-")
            and something
            and (line[:3] in _OPENS_LETTERS or not line[0].isalnum())
            and (not above or RULE.fullmatch(above))
            and (opens := _OPENS.match(line))
        ):
            paragraph = " ".join(takewhile(bool, lows[at : at + DISCLAIMER_LINES]))[:DISCLAIMER_CHARACTERS]
            if _SECRECY.search(paragraph) or (opens["footer"] and _CARE.search(paragraph)):
                return at
        something, above = True, line
    return len(lows)


def before_device(lows: Sequence[str], end: int) -> int:
    """Leaves out a last line such as `Sent from my phone`."""
    line = lows[end - 1] if end > 1 else ""
    if line[:3] in _DEVICE_LETTERS and len(line) <= SHORT_CHARACTERS and _DEVICE.match(line):
        return trimmed(lows, end - 1)
    return end


def postscript(lows: Sequence[str], end: int) -> int:
    """Where a last paragraph that is a postscript begins, which stands below the signature; else `end`."""
    at = end - 1
    while at > 0 and lows[at - 1]:
        at -= 1
    return at if at > 0 and _POSTSCRIPT.match(lows[at]) else end


def before_signature(lines: Sequence[str], lows: Sequence[str], end: int) -> int:
    """Cuts at `-- `, or at a closing formula that stands alone, when only short lines without a sentence follow."""
    cut, below = end, 0
    for index in range(end - 1, 0, -1):
        low = lows[index]
        if not low:
            continue
        if low in _MARKS or (
            below <= SIGNATURE_LINES
            and (low[:3] in _CLOSING_LETTERS or low[0] in ".!")
            and _closes(lines[index], low, below > 0)
        ):
            cut = index
        elif not _short(low, not lows[index - 1]):
            break
        below += 1
        if below > 2 * SIGNATURE_LINES:
            break
    return cut


def _closes(line: str, low: str, followed: bool) -> bool:
    """Whether a line is only a closing formula. Thanks alone at the very end are the author's words and stay."""
    if len(low) > CLOSING_CHARACTERS:
        return len(low) <= LONG_CHARACTERS and bool(_FORMAL.match(low))
    formula, _, name = low.partition(",")
    bare, name = formula.strip(" .!"), name.strip()
    if bare not in _CLOSINGS:
        return bool(_FORMAL.match(low)) or (not name and _closes_with_name(line.strip(" .!,"), bare))
    if not name:
        return followed or bare not in _THANKS
    return len(name.split()) <= 3 and line.partition(",")[2].strip()[:1].isupper() and name[-1] not in "?!:"


def _closes_with_name(line: str, bare: str) -> bool:
    """`Viele Grüße Anna Beispiel`, `Best regards from Kiel`."""
    if any(bare.partition(place)[0] in _BEFORE_NAMES for place in (" aus ", " from ")):
        return True
    words = line.split()
    return any(
        " ".join(words[:-names]).lower() in _BEFORE_NAMES and all(word[0].isupper() for word in words[-names:])
        for names in (1, 2)
        if len(words) > names
    )


def _short(low: str, apart: bool) -> bool:
    """Whether a line may belong to a signature: a few words and no sentence, an address (commas and digits), or parts
    between bars. `apart` says that a blank line is above it."""
    if low[-1] in "?:!" or len(low) > LONG_CHARACTERS:
        return False
    if apart and low[-1] == "." and low[-5:-1].isalpha() and " " in low:
        return False
    if "|" in low:
        return all(len(part.split()) <= SIGNATURE_WORDS for part in low.split("|"))
    if len(low) > SHORT_CHARACTERS:
        return False
    words = low.count(" ") + 1
    return words <= SIGNATURE_WORDS or (words <= ADDRESS_WORDS and "," in low and bool(re.search(r"\d", low)))


def trimmed(lows: Sequence[str], end: int) -> int:
    """`end` without the blank lines before it."""
    while end and not lows[end - 1]:
        end -= 1
    return end
