"""The words by which quoted replies, signatures and disclaimers are known, language by language.

All in lower case; `[a|b|]` stands for a, b or nothing. To add a language, add an entry to LANGUAGES, and mails of it to
`sourcing_pipeline_tests/sources/tickets/mails.yaml`. Where mail clients word a line in more than one way over their
versions, all ways stand here.
"""

import re
from collections.abc import Iterable
from itertools import chain, product
from typing import NamedTuple


class Phrases(NamedTuple):
    """What one language says."""

    attribution: tuple[str, ...]
    """Words that open the line above a quote, as `On … wrote:` does."""
    wrote: tuple[str, ...]
    """Its verb, right before the colon."""
    wrote_by: tuple[str, ...]
    """Its verb where the author's name follows: `schrieb … :`."""
    sender: tuple[str, ...]
    """The mail field that names the author."""
    fields: tuple[str, ...]
    """Mail fields that other forms have as well: receivers, dates."""
    mail_fields: tuple[str, ...]
    """Mail fields that little else has: when it was sent, the subject."""
    dividers: tuple[str, ...]
    """What stands between dashes above an original or forwarded message."""
    forwards: tuple[str, ...]
    """A line of its own above a forwarded message, before its colon."""
    devices: tuple[str, ...]
    """How the last line begins that an app puts there."""
    closings: tuple[str, ...]
    """Formulas above the name, without the comma."""
    thanks: tuple[str, ...]
    """Formulas that thank; alone at the very end they are the author's words."""
    formal: tuple[str, ...]
    """How a closing begins that is a whole sentence."""
    formal_says: tuple[str, ...]
    """What such a closing says further on."""
    disclaimers: tuple[str, ...]
    """How the first paragraph of a disclaimer begins."""
    secrecy: tuple[str, ...]
    """What a disclaimer speaks of: parts of words."""
    footers: tuple[str, ...]
    """How the paragraph of a footer begins: print no paper, no virus was found."""
    care: tuple[str, ...]
    """What such a footer speaks of: parts of words."""


ENGLISH = Phrases(
    attribution=("on",),
    wrote=("wrote",),
    wrote_by=(),
    sender=("from",),
    fields=("to", "date", "cc", "bcc", "reply-to"),
    mail_fields=("sent", "subject"),
    dividers=("[original|forwarded|reply] message", "original appointment"),
    forwards=("begin forwarded message",),
    devices=("sent from [my|outlook|yahoo|mail|proton mail]", "get outlook for", "sent with proton"),
    closings=(
        "[with |many |my |][best|kind|kindest|warm|warmest] [regards|wishes]",
        "[with |]regards",
        "best",
        "all the best",
        "cheers",
        "sincerely",
        "yours[| sincerely| faithfully| truly]",
    ),
    thanks=(
        "[many |]thanks",
        "thank you",
        "thanks [so much|a lot|again|in advance]",
        "thank you [so much|very much|in advance]",
        "thanks and [best |kind |]regards",
        "[best |kind |]regards and thanks",
    ),
    formal=(),
    formal_says=(),
    disclaimers=(
        "disclaimer",
        "confidential[|ity]",
        "legal notice",
        "this [e-mail|email|message|communication]",
        "the [information|content|contents] [contained |][in|of] this",
        "if you are not the intended",
    ),
    secrecy=(
        "confidential",
        "intended for",
        "intended only for",
        "intended solely for",
        "intended recipient",
        "privileged",
    ),
    footers=(
        "[please |][consider|think of] the environment before printing",
        "virus-free",
        "this [e-mail|email|message] has been [scanned|checked] [for|by]",
    ),
    care=("environment", "virus"),
)
GERMAN = Phrases(
    attribution=("am",),
    wrote=(),
    wrote_by=("schrieb",),
    sender=("von",),
    fields=("an", "datum", "kopie", "antwort an"),
    mail_fields=("gesendet", "betreff"),
    dividers=("ursprüngliche nachricht", "originalnachricht", "[weitergeleitete|original|antwort] nachricht"),
    forwards=("anfang der weitergeleiteten [nachricht|e-mail]",),
    devices=(
        "gesendet von [meinem|mail|outlook]",
        "gesendet mit [der|proton]",
        "von meinem [iphone|ipad|handy|smartphone|telefon|mobiltelefon|samsung|android|galaxy]",
        "diese nachricht wurde von meinem",
        "holen sie sich outlook für",
        "outlook für [ios|android] [herunterladen|beziehen]",
    ),
    closings=(
        "[mit |][freundliche|beste|liebe|viele|schöne|herzliche][|n|m|r] gr[uß|üß|üße|üßen]",
        "[mit |][freundliche|beste|liebe|viele|schöne|herzliche][|n|m|r] gr[uss|üsse|üssen|uesse|uessen]",
        "freundlich grüßt",
        "mfg",
        "lg",
        "vg",
        "bg",
        "gruß",
        "gruss",
        "grüße",
        "hochachtungsvoll",
    ),
    thanks=(
        "[vielen |besten |herzlichen |]dank",
        "danke[| schön| sehr| vorab| im voraus]",
        "vielen dank [vorab|im voraus]",
    ),
    formal=(),
    formal_says=(),
    disclaimers=(
        "diese[| elektronische] [e-mail|email|mail|nachricht]",
        "vertraulich",
        "vertraulichkeitshinweis",
        "[der inhalt|die informationen] [in |]diese[r|s] [e-mail|email|mail|nachricht]",
    ),
    secrecy=("vertraulich", "empfänger", "adressat"),
    footers=(
        "bitte [denken sie an|prüfen sie|schonen sie|denken sie zuerst an] die umwelt",
        "bitte prüfen sie, ob diese",
        "bitte denken sie an unsere umwelt",
        "virenfrei",
        "diese [e-mail|email|nachricht] wurde von avast",
    ),
    care=("umwelt", "viren"),
)
FRENCH = Phrases(
    attribution=("le",),
    wrote=("a écrit",),
    wrote_by=(),
    sender=("de", "expéditeur"),
    fields=("à", "pour", "date", "répondre à"),
    mail_fields=("envoyé", "objet"),
    dividers=("message [d'origine|d’origine|original|transféré]",),
    forwards=("début du message [réexpédié|transféré]",),
    devices=(
        "envoyé [de|depuis] mon",
        "envoyé [à partir de|depuis] outlook",
        "[télécharger|obtenir|obtenez] outlook pour",
    ),
    closings=(
        "[bien |très |]cordialement",
        "[bien |]à [vous|toi]",
        "[meilleures |sincères |]salutations[| distinguées]",
        "[bonne|belle|excellente] [journée|soirée]",
        "bien respectueusement",
        "amicalement",
    ),
    thanks=("merci[| beaucoup| bien| d'avance| d’avance| par avance]", "cordialement et merci"),
    formal=(
        "[je vous prie|nous vous prions] d['|’]agréer",
        "veuillez [agréer|recevoir|croire]",
        "dans l['|’]attente de",
    ),
    formal_says=("salutations", "sentiments", "considération"),
    disclaimers=(
        "ce[t|] [message|courriel|courrier|mail|e-mail|email]",
        "confidentialité",
        "avis de confidentialité",
        "les informations contenues dans ce",
    ),
    secrecy=("confidentiel", "destinataire"),
    footers=(
        "[merci de |veuillez |][penser|pensez|pense] à l[’|']environnement",
        "avant d[’|']imprimer",
        "garanti sans virus",
    ),
    care=("environnement", "virus"),
)
SPANISH = Phrases(
    attribution=("el",),
    wrote=("escribió",),
    wrote_by=(),
    sender=("de",),
    fields=("para", "fecha", "responder a"),
    mail_fields=("enviado[| el]", "asunto"),
    dividers=("mensaje [original|reenviado]",),
    forwards=("inicio del mensaje reenviado",),
    devices=("enviado desde [mi|outlook|correo|yahoo]", "[obtener|obtén|descargar] outlook para"),
    closings=(
        "[un |]saludo[|s]",
        "saludos cordiales",
        "un [cordial|afectuoso] saludo",
        "un saludo cordial",
        "atentamente",
        "cordialmente",
        "un abrazo",
    ),
    thanks=(
        "[muchas |mil |]gracias",
        "gracias [de antemano|por adelantado]",
        "[saludos|un saludo] y gracias",
        "gracias y [un saludo|saludos]",
    ),
    formal=("sin otro particular", "[quedo |quedamos |]a la espera de", "reciba[|n]"),
    formal_says=("saludo", "saluda"),
    disclaimers=(
        "est[e|a] [mensaje|correo|email|e-mail|comunicación]",
        "aviso [legal|de]",
        "confidencialidad",
        "la información contenida en este",
    ),
    secrecy=("confidencial", "destinatari"),
    footers=(
        "[por favor, |por favor |][piense|piensa|considere] [en el medio ambiente|si es necesario|antes de imprimir]",
        "antes de imprimir",
        "libre de virus",
    ),
    care=("medio ambiente", "virus"),
)
ITALIAN = Phrases(
    attribution=("il",),
    wrote=("ha scritto",),
    wrote_by=(),
    sender=("da",),
    fields=("mittente", "a", "data", "rispondi a"),
    mail_fields=("inviato", "oggetto"),
    dividers=("messaggio [originale|inoltrato]",),
    forwards=("inizio messaggio inoltrato",),
    devices=(
        "inviato da[|l mio|lla mia] [iphone|ipad|smartphone|telefono|cellulare|galaxy|samsung|android|mail]",
        "inviato da [outlook|posta]",
        "[ottieni|scarica] outlook per",
    ),
    closings=(
        "[cordiali|distinti|cari|migliori|i più cordiali|i migliori] saluti",
        "[tanti |un caro |]salut[i|o]",
        "saluti cordiali",
        "cordialmente",
        "cordialità",
        "buona [giornata|serata]",
        "a presto",
        "in fede",
    ),
    thanks=(
        "grazie[| mille| tante| infinite| in anticipo| ancora]",
        "[la |vi |]ringrazi[o|amo]",
        "grazie e [cordiali saluti|saluti|buona giornata]",
    ),
    formal=("[restando |rimanendo |]in attesa di", "[la |vi |]prego di [gradire|accogliere]", "porgo", "porgiamo"),
    formal_says=("saluti",),
    disclaimers=(
        "quest[a|o] [messaggio|e-mail|email|mail|comunicazione]",
        "le informazioni contenute in",
        "[avviso di |]riservatezza",
        "ai sensi del",
    ),
    secrecy=("riservat", "confidenzial", "destinatari"),
    footers=("prima di stampare", "[per favore, |][pensa|pensate|pensi] all[’|']ambiente", "privo di virus"),
    care=("ambiente", "virus"),
)
DUTCH = Phrases(
    attribution=("op",),
    wrote=("geschreven",),
    wrote_by=("schreef",),
    sender=("van",),
    fields=("aan", "datum", "antwoord aan"),
    mail_fields=("verzonden", "onderwerp"),
    dividers=("[oorspronkelijk|origineel|doorgestuurd] bericht",),
    forwards=("begin doorgestuurd bericht",),
    devices=(
        "[verzonden|verstuurd] [vanaf|vanuit|van|met] [mijn|mail|outlook]",
        "[download|verkrijg] outlook voor",
        "outlook voor [ios|android] [downloaden|ophalen]",
    ),
    closings=(
        "[met |][vriendelijke|hartelijke|beste|warme] groet[|en|jes]",
        "groet[|en|jes]",
        "mvg",
        "hoogachtend",
        "fijne dag",
    ),
    thanks=("[alvast |heel erg |hartelijk |]bedankt", "[hartelijk |veel |]dank[| je| u][| wel]", "bij voorbaat dank"),
    formal=("in afwachting van", "hopende u"),
    formal_says=("groet", "verblijf", "hoogachtend"),
    disclaimers=(
        "dit [bericht|e-mailbericht|mailbericht]",
        "deze [e-mail|email|mail]",
        "de [informatie|inhoud] [in|van] [dit|deze]",
        "vertrouwelijk",
    ),
    secrecy=("vertrouwelijk", "geadresseerde", "bestemd voor", "ontvanger"),
    footers=("denk aan het milieu", "bespaar papier", "virusvrij"),
    care=("milieu", "papier", "virus"),
)
PORTUGUESE = Phrases(
    attribution=("em", "no", "a", "às", "na"),
    wrote=("escreveu",),
    wrote_by=(),
    sender=("de",),
    fields=("para", "data", "responder para"),
    mail_fields=("enviad[o|a][| em]", "assunto"),
    dividers=("mensagem [original|encaminhada|reencaminhada]",),
    forwards=("início da mensagem [reencaminhada|encaminhada]",),
    devices=(
        "enviad[o|a] [do meu|da minha|pelo meu|a partir do meu|a partir do outlook|do outlook|do correio|do yahoo]",
        "[obter|obtenha|baixe] o outlook para",
    ),
    closings=(
        "[com os |os |][melhores |meus |]cumprimentos",
        "[muito |]atenciosamente",
        "att",
        "atte",
        "[um |][grande |]abraço[|s]",
        "cordialmente",
        "[cordiais |]saudações",
        "respeitosamente",
    ),
    thanks=("[muito |desde já |]obrigad[o|a][| desde já| pela atenção| pela ajuda]", "grat[o|a]", "agradeço desde já"),
    formal=("sem [mais|outro assunto]", "[aguardo|aguardamos]", "subscrevo-me"),
    formal_says=("cumprimentos", "atenciosamente"),
    disclaimers=(
        "est[a|e] [mensagem|e-mail|email|comunicação]",
        "aviso [legal|de]",
        "confidencialidade",
        "as informações contidas n[esta|este|esse|essa]",
        "a informação contida n[esta|este]",
    ),
    secrecy=("confidencia", "destinatári", "destina-se"),
    footers=(
        "antes de imprimir",
        "[por favor, |][pense|considere] [no meio ambiente|o ambiente|o meio ambiente]",
        "livre de vírus",
    ),
    care=("ambiente", "vírus"),
)
LANGUAGES = (ENGLISH, GERMAN, FRENCH, SPANISH, ITALIAN, DUTCH, PORTUGUESE)


def spellings(templates: Iterable[str]) -> frozenset[str]:
    """Every text that the templates stand for."""
    found: set[str] = set()
    for template in templates:
        parts = re.split(r"\[([^]]*)\]", template)
        choices = [part.split("|") if number % 2 else [part] for number, part in enumerate(parts)]
        found.update("".join(choice) for choice in product(*choices))
    return frozenset(found)


def pattern(templates: Iterable[str]) -> str:
    """The same texts as a regular expression, for `re` and for RE2."""

    def one(template: str) -> str:
        parts = re.split(r"\[([^]]*)\]", template)
        return "".join(
            f"(?:{'|'.join(re.escape(choice) for choice in part.split('|'))})" if number % 2 else re.escape(part)
            for number, part in enumerate(parts)
        )

    return f"(?:{'|'.join(one(template) for template in dict.fromkeys(templates))})"


def said(part: str) -> list[str]:
    """One field of Phrases, of all languages."""
    return [template for language in LANGUAGES for template in getattr(language, part)]


def letters(*templates: Iterable[str]) -> frozenset[str]:
    """The first three letters of all that a rule looks for; a line that begins otherwise need not be matched."""
    return frozenset(f"{spelling}{end}"[:3] for spelling in spellings(chain(*templates)) for end in ("", *" ,.!"))
