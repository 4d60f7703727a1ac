import random
from importlib import import_module

import pytest

from sourcing_pipeline.masking import fakes
from sourcing_pipeline.masking.config import ENTITIES
from sourcing_pipeline.masking.languages import LANGUAGES
from sourcing_pipeline.masking.recognizers.bank_accounts import checksum_holds
from sourcing_pipeline.masking.recognizers.cards import luhn


@pytest.mark.parametrize("language", LANGUAGES)
def test_numbers_have_their_check_digits_in_every_language(language: str) -> None:
    maker = random.Random(0)
    for _ in range(20):
        made = fakes.values(fakes.person(maker, language), maker, language, ["card", "iban"])
        assert luhn(made["card"][1].replace(" ", ""))
        assert checksum_holds(made["iban"][1].replace(" ", ""))


@pytest.mark.parametrize(
    ("kind", "rule"),
    [
        ("ssn", "us.ssn"), ("nhs", "gb.nhs"), ("idnr", "de.idnr"), ("nir", "fr.nir"), ("dni", "es.dni"),
        ("nie", "es.nie"), ("codice_fiscale", "it.codicefiscale"), ("bsn", "nl.bsn"), ("nif", "pt.nif"),
        ("cc", "pt.cc"), ("cpf", "br.cpf"),
    ],
)  # fmt: skip
def test_a_state_s_numbers_are_valid_there(kind: str, rule: str) -> None:
    maker = random.Random(0)
    assert all(import_module(f"stdnum.{rule}").is_valid(fakes.national(kind, maker)) for _ in range(10))


def test_there_is_a_value_for_every_placeholder() -> None:
    assert {entity for entity, _ in fakes.FIELDS.values()} == set(ENTITIES)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_generator_decides_and_nothing_else(language: str) -> None:
    def made() -> dict[str, tuple[str, str]]:
        maker = random.Random(7)
        return fakes.values(fakes.person(maker, language), maker, language)

    first = made()
    fakes.person(random.Random(1), "en")
    assert made() == first


@pytest.mark.parametrize("language", LANGUAGES)
def test_names_are_many(language: str) -> None:
    maker = random.Random(0)
    assert len({fakes.person(maker, language).name for _ in range(100)}) >= 95


def test_a_colleague_shares_no_word_with_the_person() -> None:
    for seed in range(50):
        maker = random.Random(seed)
        person = fakes.person(maker, "pt")
        agent = fakes.values(person, maker, "pt", ["agent"])["agent"][1]
        assert not set(person.name.split()) & set(agent.split())


@pytest.mark.parametrize(("shape", "kinds"), [("B-?? %#", "B-XX 11"), ("+49 #", "+49 1"), ("plain", "plain")])
def test_a_shape_keeps_what_is_not_drawn(shape: str, kinds: str) -> None:
    drawn = fakes.filled(shape, random.Random(3))
    assert len(drawn) == len(kinds)
    for sign, made, kind in zip(shape, drawn, kinds, strict=True):
        assert made == kind if sign not in "?%#" else (made.isdigit(), made.isalpha()) == (sign in "%#", sign == "?")
