"""The languages that canaries are planted in, and what the detectors of a text in one of them are."""

LANGUAGES: dict[str, str] = {
    "en": "English",
    "de": "German",
    "fr": "French",
    "es": "Spanish",
    "it": "Italian",
    "nl": "Dutch",
    "pt": "Portuguese",
}
"""Primary language subtags (BCP 47) with their English names: those whose masking is measured."""

_READ_BY_SPACY = frozenset({"en"})


def lacking(language: str | None) -> str | None:
    """What masks a text of this language (BCP 47, None: not known) less well than one in English, as a sentence of
    plain words; None for English.
    """
    primary = (language or "").replace("_", "-").partition("-")[0].casefold()
    if primary in _READ_BY_SPACY:
        return None
    if primary in LANGUAGES:
        return (
            f"{LANGUAGES[primary]}: spaCy's language model is English and does not read it; names are found by "
            "Rampart and the rules alone, everything else by the same detectors as in English"
        )
    told = f"the language {language!r}" if primary not in ("", "und", "mul", "zxx") else "texts of no known language"
    return (
        f"{told}: spaCy's language model does not read it, and the rules know few of its cue words; personal data is "
        "found by Rampart and by what needs no words (check digits, addresses on the net, international telephone "
        "numbers), and how much is found is not measured: no canary is planted in it"
    )
