"""Quoted replies and the headers above them.

Each function sees the lines of a body twice: as written, and `lows`: in lower case without the blanks around them.
"""

import re
from collections.abc import Callable, Sequence
from functools import cache

from sourcing_pipeline.sources.tickets.phrases import LANGUAGES, pattern, said, spellings

HEADER_LINES = 3
HEADER_FIELDS = 12
HEADER_CHARACTERS = 300
QUOTES_CHECKED = 500
EARLIER_CHARACTERS = 100_000
WRAPPED_CHARACTERS = 60
"""A quoted line at least this long may go on, without its `>`, on the next one."""

BLANK = r"[^\S\n]"
_ATTRIBUTION = pattern(said("attribution"))
_VERBS = pattern(said("wrote") + said("wrote_by"))
_ADDRESS = r"<\s?[^\s<>@]+@[^\s<>]+>+"
_WROTE = re.compile(
    "|".join(
        rf"{pattern(spoken.attribution)}\s.*\b{pattern(verbs)}{rest}:"
        for spoken in LANGUAGES
        for verbs, rest in ((spoken.wrote, r"\s?"), (spoken.wrote_by, r"\b.*"))
        if verbs
    )
)
_NAMED = re.compile(rf".*{_ADDRESS} {_VERBS}\b.*[0-9].*:|[0-9]{{4}}[-/][0-9].* {_ADDRESS} ?:")
_INLINE = re.compile(rf"{_ATTRIBUTION}\s.{{,200}}{_ADDRESS}\s{_VERBS}\s?:\s")
_WHEN = re.compile(r"[0-9]{4}|[0-9][0-9][:.h][0-9]|[0-9][./-][0-9]")
_DIVIDER = re.compile(rf"-{{2,}}+ ?(?:{pattern(said('dividers'))}|.{{1,200}}\b{_VERBS}) ?-{{2,}}|##-.+-##")
_FORWARDS = frozenset(line + colon for line in spellings(said("forwards")) for colon in (":", " :", "\u00a0:"))
RULE = re.compile(r"_{20,}|-{32,}")
_SENDERS = frozenset(said("sender"))
_MAIL_FIELDS = spellings(said("mail_fields"))
_FIELDS = _MAIL_FIELDS | spellings(said("sender") + said("fields"))

_HEADER_GATE = (
    rf"(?:{_ATTRIBUTION}{BLANK}|-{{2}}|_{{20}}|##-|[0-9]{{4}}[-/][0-9]"
    rf"|\*{{0,2}}{pattern(said('sender'))}{BLANK}?\*{{0,2}}{BLANK}?:|{pattern(said('forwards'))})"
)
_HEADER_START = re.compile(_HEADER_GATE)
_HEADER_LETTERS = frozenset(
    [f"{word}{blank}" for word in said("attribution") if len(word) == 2 for blank in " \u00a0"]
    + [f"{word} {digit}" for word in said("attribution") if len(word) == 1 for digit in range(10)]
    + [
        f"{stars}{word}{colon}"[:3]
        for word in said("sender")
        for colon in (": ", " :", "\u00a0:")
        for stars in ("", "*", "**")
    ]
    + [line[:3] for line in _FORWARDS]
    + [str(year) for year in range(190, 210)]
    + ["---", "-- ", "___", "##-"]
)
_NAME_GATE = rf">{BLANK}*(?:\n{BLANK}*)?{_VERBS}"
_NAME_ENDS = re.compile(_NAME_GATE)
GATE = rf"{_HEADER_GATE}|>"
"""What a line begins with, after blanks, before a rule of this module can change anything; or else
ANYWHERE_GATE is in the body. Both are for lower case, in the syntax that `re` and RE2 share, `BLANK` aside."""
ANYWHERE_GATE = _NAME_GATE


def own_lines(low: str, lines: Sequence[str], lows: Sequence[str], earlier: Callable[[], str]) -> Sequence[int]:
    """Places of the lines that are neither a quote nor a quote header.

    Below a header, quoted lines go and others stay, when the quote is marked by `>`; else all goes. When nothing
    stands above such a header, only the header goes.
    """
    starts = _header_starts(low, lows)
    if not starts and (">" not in low or not any(line.startswith(">") for line in lows)):
        return range(len(lows))
    fenced = _fenced(lows) if "```" in low else frozenset()
    kept: list[int] = []
    at, something, headed = 0, False, False
    for start in starts:
        length = 0 if start < at or start in fenced else _header_length(lows, start)
        if not length:
            continue
        something = something or any(line and line[0] != ">" for line in lows[at:start])
        kept.extend(range(at, start))
        at, headed = start + length, True
        below = at
        while below < len(lows) and not lows[below]:
            below += 1
        if something and not (below < len(lows) and lows[below][0] == ">"):
            at = len(lows)
            break
    kept.extend(range(at, len(lows)))
    return _without_quotes(lines, lows, kept, fenced, earlier, headed)


def _header_starts(low: str, lows: Sequence[str]) -> list[int]:
    """Places of the lines at which a quote header may begin, in order."""
    starts = [at for at, line in enumerate(lows) if line[:3] in _HEADER_LETTERS and _HEADER_START.match(line)]
    if ">" not in low or "@" not in low:
        return starts
    line = before = 0
    named: set[int] = set()
    for found in _NAME_ENDS.finditer(low):
        line += low.count("\n", before, found.start())
        before = found.start()
        named.add(line if "<" in lows[line] or not line else line - 1)
    return sorted(named.union(starts)) if named else starts


def _header_length(lows: Sequence[str], index: int) -> int:
    """How many lines a quote header that begins at `index` takes; 0 when none does."""
    line = lows[index]
    if not line or len(line) > HEADER_CHARACTERS:
        return int(bool(_INLINE.match(line)))
    if line in _FORWARDS or (line[0] in "-#" and _DIVIDER.fullmatch(line)):
        return 1 + _fields(lows, index + 1)[0]
    if line[0] in "-_":
        taken, count, _ = _fields(lows, index + 1) if RULE.fullmatch(line) else (0, 0, False)
        return 1 + taken if count >= 2 else 0
    if line.partition(":")[0].strip("*\u00a0 ") in _SENDERS:
        taken, count, of_a_mail = _fields(lows, index)
        return taken if count >= 3 and of_a_mail else 0
    joined = ""
    for length in range(1, HEADER_LINES + 1):
        joined = " ".join(f"{joined} {' '.join(lows[index + length - 1 : index + length])}".split())
        if len(joined) > HEADER_CHARACTERS:
            break
        if joined.endswith(":") and _WHEN.search(joined) and (_WROTE.fullmatch(joined) or _NAMED.fullmatch(joined)):
            return length
    return int(bool(_INLINE.match(line)))


def _fields(lows: Sequence[str], start: int) -> tuple[int, int, bool]:
    """Lines that mail header fields take from `start` on, how many fields, and whether they can only be of a mail.

    One other line may stand between two: a blank one, or the rest of a long value.
    """
    taken = count = 0
    of_a_mail = False
    for at, line in enumerate(lows[start : start + 2 * HEADER_FIELDS], 1):
        key, _, value = line[:HEADER_CHARACTERS].partition(":")
        key, value = key.strip("*\u00a0 "), value.strip("*\u00a0 ")
        if key in _FIELDS and value:
            taken, count = at, count + 1
            of_a_mail = of_a_mail or key in _MAIL_FIELDS or "@" in value
        elif at > taken + 1 or (line and not count):
            break
    return taken, count, of_a_mail


def _fenced(lows: Sequence[str]) -> frozenset[int]:
    """Places of the lines within fenced code that is closed again."""
    fences = [at for at, line in enumerate(lows) if line.startswith("```")]
    inside: set[int] = set()
    for begin, end in zip(fences[::2], fences[1::2], strict=False):
        inside.update(range(begin, end + 1))
    return frozenset(inside)


def _without_quotes(
    lines: Sequence[str],
    lows: Sequence[str],
    places: Sequence[int],
    fenced: frozenset[int],
    earlier: Callable[[], str],
    headed: bool,
) -> Sequence[int]:
    """The places without quoted lines, and without the rest of such a line that was wrapped without its `>`."""
    end = len(places)
    while end and not (lows[places[end - 1]] and lows[places[end - 1]][0] != ">"):
        end -= 1
    places = places[:end]
    if not any(lows[place].startswith(">") for place in places):
        return places
    before = cache(lambda: " ".join(earlier()[-EARLIER_CHARACTERS:].split()))
    kept: list[int] = []
    checks, quote = 0, ""
    for at in places:
        if at in fenced or not lows[at].startswith(">"):
            wrapped = len(quote) >= WRAPPED_CHARACTERS and bool(lows[at]) and checks <= QUOTES_CHECKED
            checks += wrapped
            if not wrapped or " ".join([quote, *lines[at].split()]) not in before():
                kept.append(at)
            quote = ""
            continue
        quote = " ".join(lines[at].lstrip(" >").split())
        if not headed:
            checks += 1
            known = (
                quote in before()
                if quote and checks <= QUOTES_CHECKED
                else not (kept and lows[kept[-1]].startswith(">"))
            )
            if not known:
                kept.append(at)
                quote = ""
    return kept
