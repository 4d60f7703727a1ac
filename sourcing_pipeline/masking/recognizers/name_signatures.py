"""Names in sign-offs, after a signature's dashes, and in the headers of quoted mail.

Source: RFC 3676 4.3 for "-- "; RFC 5322 3.4 for a display name before an address; the reply headers that
Gmail, Outlook, Apple Mail and Thunderbird write in en, de, fr, es, it, nl, pt.
"""

from collections.abc import Iterator

import regex

from sourcing_pipeline.masking.config import Masking
from sourcing_pipeline.masking.recognizers.base import Hit, Recognizer
from sourcing_pipeline.masking.recognizers.names import CAPITAL, FULL, LOWER, TITLE, given, trim

_CLOSING = (
    r"(?i:(?:with\s)?(?:best|kind|warm|kindest|warmest|many)?\s?(?:regards|wishes|thanks)|best|cheers"
    r"|sincerely|yours(?:\s(?:sincerely|faithfully|truly))?|respectfully|take\scare|thank\syou(?:\s(?:so"
    r"|very)\smuch)?"
    r"|thanks(?:\s(?:again|so\smuch|a\slot|in\sadvance))?|thx|rgds|br|mit\s(?:freundlichen|besten"
    r"|lieben)\sgrü(?:ß|ss)en|(?:viele|liebe|beste|schöne|herzliche|freundliche)\sgrü(?:ß|ss)e"
    r"|besten\sgruß|gruß|lg|mfg|vg"
    r"|danke(?:\sund\sgruß)?|vielen\sdank|(?:bien\s)?cordialement|(?:bien\s)?à\svous|sincères\ssalutations"
    r"|meilleures\ssalutations|salutations|amicalement|merci(?:\s(?:beaucoup|d['’]avance))?|bonne\sjournée"
    r"|(?:un\s)?(?:cordial\s)?saludos?(?:\scordiales)?|un\ssaludo|atentamente|(?:muchas\s)?gracias(?:\sde\santemano)?"
    r"|un\sabrazo|(?:(?:cordiali|distinti|tanti)\s)?saluti|un\s(?:cordiale\s)?saluto|cordialmente"
    r"|grazie(?:\smille|\sin\santicipo)?|buona\sgiornata|(?:met\s)?(?:vriendelijke|hartelijke)\sgroet(?:en)?"
    r"|groet(?:en|jes)?|mvg|hoogachtend|(?:alvast\s)?bedankt|(?:com\s)?(?:os\s)?(?:melhores\s)?cumprimentos"
    r"|atenciosamente|(?:muito\s)?obrigad[oa]|um\sabraço|abraços?)"
)
_LINE = rf"(?:{TITLE}[ \t]+){{0,2}}(?P<value>{FULL})(?=[ \t]*(?:\n|$|[,|(/–—.]|-\s))"
_SIGNED = regex.compile(
    rf"(?:^|(?<=[\n.!?>,])|(?<=[.!?,]\s)){{1}}[ \t>]*{_CLOSING}[ \t]*[,.!–—-]*[ \t]*(?:\r?\n[ "
    rf"\t>]*){{1,3}}[-–—~]*[ \t]*{_LINE}",
    regex.M,
)
_SIGNED_INLINE = regex.compile(rf"(?:^|(?<=[\n.!?>])|(?<=[.!?]\s))[ \t>]*{_CLOSING}[ \t]*[,–—-][ \t]*{_LINE}", regex.M)
_SIGNED_LOWER = regex.compile(
    rf"(?:^|(?<=\n))[ \t>]*{_CLOSING}[ \t]*[,.!]?[ \t]*\n+[ \t>]*(?P<value>{LOWER})[ \t]*(?=\n|\Z)"
)
_DASHED = regex.compile(
    rf"(?:^|\n)[ \t>]*(?:--|—|–|-|__+)[ \t]*\n?[ \t>]*(?:{TITLE}[ \t]+)?(?P<value>{FULL})[ \t]*(?=\n|\Z|[,|])"
)
_DISPLAYED = regex.compile(
    rf"(?<![\p{{L}}\d_])(?P<value>{FULL}|{CAPITAL},[ \t]{FULL})[\"']?[ \t]*(?:[<(\[]|&lt;)(?:mailto:)?"
    rf"[^\s<>@]{{1,64}}(?:@[\w\[]|\[at\])"
)
_DISPLAYED_LOWER = regex.compile(
    rf"(?:^|\n|\d:\d\d(?:\s?[AaPp][Mm])?,?[ ]|(?i:from|to|cc|von|an|de|para|da|van|aan):)[ \t\"]*"
    rf"(?P<value>{LOWER})[\"]?[ \t]*<[^\s<>@]{{1,64}}@"
)
_WROTE = regex.compile(
    rf"(?P<value>{FULL})[\"']?(?:[ \t]*(?:<[^<>\n]{{0,80}}>|\([^()\n]{{0,80}}\)"
    rf"|\[EMAIL(?:_\d+)?\]))?[ \t]*"
    rf"(?:wrote|schrieb|a[ \t]écrit|escribió|ha[ \t]scritto|schreef|escreveu)\b[^\n]{{0,40}}:"
)
_WROTE_AFTER = regex.compile(
    rf"\b(?:schrieb|écrit\spar|escrito\spor|scritto\sda|schreef|escreveu|wrote)"
    rf"[ \t]+(?P<value>{FULL})[ \t]*(?:<[^<>\n]{{0,80}}>)?[ \t]*:"
)
_DASHED_LOWER = regex.compile(rf"(?:^|\n)[ \t>]*--[ \t]*\n[ \t>]*(?P<value>{LOWER})[ \t]*(?=\n|\Z)")
_QUOTED = regex.compile(
    rf"\b(?:On|Am|Le|El|Il|Op|Em)\b[^\n]{{5,40}}\d{{1,2}}:\d{{2}}(?::\d\d)?(?:\s?[AP]M)?,?[ \t]+"
    rf"(?:(?:schrieb|schreef)[ \t]+)?(?P<value>{FULL})"
)
_SENT = regex.compile(rf"(?:^|\n)[ \t]*(?:Sent\sfrom\s(?P<value>{FULL})['’]s|Sent\sby\s(?P<value>{FULL}))")
_ROLE = regex.compile(
    r"[\"']?[ \t]*(?:<|\(|\[|&lt;)(?:support|info|help|hello|sales|billing|team|service|no-?reply|bot)@", regex.I
)
_TABLE = (
    (_SIGNED, 0.85, False), (_SIGNED_INLINE, 0.8, False), (_SIGNED_LOWER, 0.6, True),
    (_DASHED, 0.6, False),
    (_DASHED_LOWER, 0.6, True),
    (_QUOTED, 0.8, False), (_DISPLAYED, 0.9, False),
    (_DISPLAYED_LOWER, 0.8, True), (_WROTE, 0.85, False), (_WROTE_AFTER, 0.85, False), (_SENT, 0.8, False),
)  # fmt: skip


def build(_config: Masking) -> "NameSignatures":
    """The detector of NAME by its place at the end of a letter or over a quotation."""
    return NameSignatures("NAME")


class NameSignatures(Recognizer):
    """Gives NAME: 0.9 before an address in brackets, 0.85 under a closing or before "wrote:", 0.6 after
    dashes.
    """

    def find(self, text: str) -> Iterator[Hit]:
        """See the module's rule."""
        for pattern, score, lower in _TABLE:
            for match in pattern.finditer(text):
                span = trim(text, match.span("value"), lower=lower, cued=not lower)
                if (
                    span is not None
                    and not _is_role(text, span)
                    and not (pattern is _DASHED and _listed(text, *match.span("value")))
                ):
                    yield Hit(*span, "NAME", score)


def _listed(text: str, start: int, end: int) -> bool:
    """Whether one hyphen makes a name an item of a list: the line before or after it begins with one too."""
    first = text.rfind("\n", 0, start) + 1
    above = text[text.rfind("\n", 0, max(0, first - 1)) + 1 : first]
    below = text[text.find("\n", end) + 1 :][:40] if "\n" in text[end:] else ""
    return text[first:start].strip() == "-" and (above.lstrip().startswith("- ") or below.lstrip().startswith("- "))


def _is_role(text: str, span: tuple[int, int]) -> bool:
    """Whether a lone word before a role's mailbox (RFC 2142: "Posty <support@...>") names a team or a
    robot.
    """
    name = text[slice(*span)]
    return " " not in name and not given(name.casefold()) and _ROLE.match(text, span[1]) is not None
