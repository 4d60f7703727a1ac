"""Names that a greeting, an introduction, a title, a form's field or a role announces.

Source: letter-writing forms of en, de, fr, es, it, nl, pt; the cue words were collected from support tickets. Without
capitals a name is believed only after "my name is" and its like, or as the whole of a greeting.
"""

from collections.abc import Iterator

import regex

from sourcing_pipeline.masking.config import Masking
from sourcing_pipeline.masking.recognizers.base import Hit, Recognizer
from sourcing_pipeline.masking.recognizers.names import FULL, LOWER, PARTICLES_FIRST, TITLE, given, trim

_GREETING = (
    r"(?i:hi|hello|hey|hiya|dear|good\s(?:morning|afternoon|evening|day)|greetings|hallo|liebe[rs]?"
    r"|sehr\sgeehrte[rs]?|guten\s(?:tag|morgen|abend)|moin|servus"
    r"|bonjour|bonsoir|salut|ch(?:er|ère)|hola|buen(?:os\sd[ií]as|as\starde?s|as\snoches)|estimad[oa]"
    r"|querid[oa]|ciao|salve|buon(?:giorno|asera)|gentil(?:e|issim[oa])|egregi[oa]|hoi|geachte|goede(?:morgen|middag"
    r"|navond|ndag)|ol[áa]|oi|bom\sdia|boa\s(?:tarde|noite)|prezad[oa]|exm[oa]\.?)"
    r"(?:\s(?i:again|there|nochmal|encore|de\snuevo))?"
)
_THANKS = (
    r"(?i:thanks|thank\syou|many\sthanks|cheers|danke|vielen\sdank|merci|gracias|sorry|welcome|bye"
    r"|goodbye|got\sit|perfect|great|grazie(?:\smille)?|bedankt|dank\s(?:u|je)(?:\swel)?|dankjewel|obrigad[oa])"
    r"(?:\s(?i:again|so\smuch|a\slot|very\smuch|beaucoup|mucho))?"
)
_OPEN = r"(?:^|(?<=[\n.!?>:\"“(])|(?<=[\n.!?>:\"“(]\s))[ \t>]*"
_END = (
    r"(?=\s*(?:[,!.:;?)\n–—\-]|$|and\b|und\b|et\b|y\b|for\b|I\b|it\b|this\b|we\b|your\b|thanks?\b"
    r"|thank\b))"
)
_MY_NAME = (
    r"(?i:my\s(?:full\s|last\s|first\s)?name(?:'s|\sis)|(?:the\s)?name\sis|name['’]s|mein\s(?:name|vorname"
    r"|nachname)\sist|ich\shei(?:ß|ss)e|mein\sname:|je\sm['’]appelle|mon\snom\sest"
    r"|me\sllamo|mi\snombre\ses|mi\schiamo|mio\snome\sè|ik\sheet|mijn\snaam\sis|chamo-me|me\schamo|meu\snome\sé"
    r"|(?:maiden|last|first|middle|sur)\s?name\sis|was\scalled"
    r"|account\sholder\sis)"
)
_ROLE = (
    r"(?i:calls?\sme|this\sis|i\sam|i['’]m|it['’]s|ich\sbin|hier\sist|je\ssuis|c['’]est|soy|habla"
    r"|spoke\s(?:to|with)|speak(?:ing)?\s(?:to|with)|talked\s(?:to|with)|ask(?:ed)?\sfor|assigned\sto"
    r"|contact(?:ed)?(?:\sperson)?|colleague|boss|manager|wife|husband|son|daughter|brother|sister|mother"
    r"|father|kid|partner(?:['’]s\sname)?|friend|assistant|neighbou?r|supervisor|owner|cc['’]?d?"
    r"|contact(?:\shere)?\sis|interlocuteur\sest|name\sof|for|für|pour|para|behalf\sof|registered\sto"
    r"|belongs?\sto|under|signed\sby|approved\sby"
    r"|reviewed\sby|reported\sby|written\sby|sent\sby|created\sby|from|with|by|regards\sfrom"
    r"|correct\sit\sto|change\sit\sto"
    r"|changed\sto|said|says|told|asked|escalated\sto|forward(?:ed)?\sto|kollegin?|kollegen|chefin?"
    r"|meine\sfrau|mein\smann|mit|von|collègue|avec|ma\sfemme|mon\smari|colega|compañer[oa]|con|agent"
    r"|technician|advisor|rep|sono|parla|collega|mia\smoglie|mio\smarito|per|ik\sben|u\sspreekt\smet|met|voor|door"
    r"|mijn\s(?:man|vrouw)|sou|fala|minha\smulher|meu\smarido|com|por|beste|lieve|dag|car[oa])"
)
_FIELD = (
    r"(?:Full\s[Nn]ame|Name|Customer(?:\s[Nn]ame)?|Contact|From|To|Cc|CC|Bcc|Sender|Von|An|De|Para|À"
    r"|Nombre(?:\sy\sapellidos)?|Nome(?:\s(?:e\scognome|completo))?|Cognome|Intestatari[oa]|Apelido|Sobrenome|Naam"
    r"|(?:Voor|Achter)naam|(?:Rekening|Kaart)houder|Contactpersoon|Klant|Aan|Nom|Prénom|Vorname|Nachname|Kund(?:e|in)"
    r"|Ansprechpartner(?:in)?|Attn|Attention"
    r"|Reporter|Author|Assignee|Agent|Signed-off-by|Co-authored-by|Reported-by|Reviewed-by|Tested-by"
    r"|Acked-by|Account\s[Hh]older|Card\s?holder|Karteninhaber(?:in)?|Kontoinhaber(?:in)?|Titulaire|Titular"
    r"|[Bb]illing\saddress|[Ss]hipping\saddress|First\sname|Last\sname|Surname"
    r"|name\son\sthe\saccount\?\sUser|last\sname\?|first\sname\?|your\sname\?)"
)
_GREETED = regex.compile(
    rf"{_OPEN}{_GREETING},?[ \t]+(?:{TITLE}[ \t]+){{0,2}}(?P<value>{FULL})(?!\p{{L}}|[ -](?i:team|support"
    rf"|staff|service)\b)"
)
_GREETED_ALONE = regex.compile(
    rf"{_OPEN}(?i:beste|lieve|dag|car[oa])[ \t]+(?:{TITLE}[ \t]+){{0,2}}(?P<value>{FULL})(?=,[ \t]*(?:\n|$))"
)
"""Words that begin other phrases too, in German above all, so that a greeting is what stands on a line of its own."""

_GREETED_LOWER = regex.compile(
    rf"{_OPEN}(?i:hi|hello|hey|dear|hallo|liebe[rs]?|bonjour|salut"
    rf"|hola|ciao|hoi|beste|olá)[ \t]+(?P<value>{LOWER})(?=[ \t]*(?:[,!]|\n|$))"
)
_THANKED = regex.compile(rf"(?:{_OPEN}|\b){_THANKS},?[ \t]+(?:{TITLE}[ \t]+)?(?P<value>{FULL}){_END}")
_NAMED = regex.compile(rf"\b{_MY_NAME}[ \t]+(?:{TITLE}[ \t]+)?(?P<value>{FULL}|{LOWER})")
_ROLED = regex.compile(rf"\b{_ROLE},?[ \t]+(?:{TITLE}[ \t]+)?(?P<value>{FULL})")
_FIELDED = regex.compile(
    rf"(?:^|(?<=[\n>;|,?.])|(?<=[\n>;|,?.]\s)|(?<=\s))(?:{_FIELD}[ \t]*:|(?:last|first|your"
    rf"|sur)\s?name\?)[ \t]*[\"']?(?:{TITLE}[ \t]+)?(?P<value>{FULL})"
)
_TITLED = regex.compile(
    rf"(?<![\p{{L}}\d])(?:(?:Mr|Mrs|Ms|Mx|Dr|Prof|mr|mrs|ms|dr)\.?|Miss|Professor|Herrn?|Frau|M\.|Mme|Mlle"
    rf"|Monsieur|Madame|Sra?\.|Srta\.|Señora?|Do[nñ]a|Sig\.(?:ra|na)?|Signor[ae]?|Signorina|Dott\.(?:ssa)?"
    rf"|[Mm]evrouw|[Mm]evr\.|[Mm]w\.|[Mm]eneer|[Dd]hr\.|[Dd]e\sheer|Senhora?)"
    rf"[ \t]+(?:{TITLE}[ \t]+)?(?P<value>{PARTICLES_FIRST}{FULL})"
)
_TABLE = (
    (_GREETED, 0.85, False),
    (_GREETED_ALONE, 0.85, False),
    (_GREETED_LOWER, 0.6, True),
    (_THANKED, 0.8, False),
    (_NAMED, 0.9, True),
    (_FIELDED, 0.8, False),
    (_TITLED, 0.9, False),
)
_SURNAME = regex.compile(r"[ \t][\p{Ll}\p{M}'’\-]{2,}")


def build(_config: Masking) -> "NameCues":
    """The detector of NAME by what announces it."""
    return NameCues("NAME")


class NameCues(Recognizer):
    """Gives NAME: 0.9 after "my name is" or a title, 0.85 in a greeting, 0.8 in thanks and fields, 0.6
    where a role precedes it.
    """

    def find(self, text: str) -> Iterator[Hit]:
        """See the module's rule."""
        for pattern, score, lower in _TABLE:
            for match in pattern.finditer(text):
                place = _with_surname(text, match) if pattern is _NAMED else match.span("value")
                span = trim(text, place, lower=lower, cued=pattern is not _THANKED)
                if span is not None:
                    yield Hit(*span, "NAME", score)
        for match in _ROLED.finditer(text):
            span = trim(text, match.span("value"))
            if span is not None and _person(text[slice(*span)]):
                yield Hit(*span, "NAME", 0.6)


def _with_surname(text: str, match: "regex.Match[str]") -> tuple[int, int]:
    """Where a name stands, with the word after two given names in small letters ("me chamo davi lucca vieira")."""
    start, end = match.span("value")
    words = match["value"].split()
    surname = _SURNAME.match(text, end) if match["value"].islower() and len(words) > 1 and given(words[-1]) else None
    return start, surname.end() if surname else end


def _person(name: str) -> bool:
    """A role alone proves little ("with Windows"): two words of a name, or one that is a given name."""
    words = name.split()
    return given(words[0].casefold())
