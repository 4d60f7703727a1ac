import ipaddress
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sourcing_pipeline.masking import fakes
from sourcing_pipeline.masking.recognizers.bank_accounts import checksum_holds
from sourcing_pipeline.masking.recognizers.cards import luhn
from sourcing_pipeline.masking.surrogates.locales import locale_of, seeded
from sourcing_pipeline.masking.surrogates.names import Find, Person, Standin, person_of, rendered, words_of
from sourcing_pipeline.masking.surrogates.shapes import cased, shaped
from sourcing_pipeline_tests.masking.marked import KEY, parsed, replaced, rewritten

SOME = settings(max_examples=80, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
RANDOM = st.integers(0, 2**32).map(Random)
LANGUAGES = st.sampled_from([None, "en", "de", "fr-FR", "es", "ru", "ja", "xx"])
ENTITIES = ["NAME", "EMAIL", "PHONE", "PAYMENT", "ADDRESS", "IP", "DATE_OF_BIRTH", "ID_NUMBER", "URL", "TICKET"]
ANY = st.text(min_size=1, max_size=25).filter(lambda text: not {"⟦", "⟧", "|"}.intersection(text))
FINDS = st.tuples(st.sampled_from(ENTITIES), ANY)


@st.composite
def examples(draw: st.DrawFn) -> list[str]:
    """An example about two people with a value of every kind of theirs, some of them twice."""
    maker = draw(RANDOM)
    marked = [
        f"⟦{entity}|{value}⟧" for _ in range(2) for entity, value in fakes.values(fakes.person(maker), maker).values()
    ]
    marked += [f"⟦{entity}|{value}⟧" for entity, value in draw(st.lists(FINDS, max_size=4))]
    chosen = draw(st.lists(st.sampled_from(marked), min_size=1, max_size=12))
    cut = draw(st.integers(0, len(chosen)))
    return [" and ".join(chosen[:cut]), " and ".join(chosen[cut:])]


def core(value: str) -> str:
    return "".join(filter(str.isalnum, value.casefold()))


def finds(example: list[str]) -> list[tuple[str, str]]:
    return [(span.entity, text[span.start : span.end]) for text, spans in map(parsed, example) for span in spans]


def drawn(example: list[str], key: bytes = KEY, language: str | None = None) -> list[str]:
    return [new for row in replaced(example, "surrogate", key, language) for new in row]


@SOME
@given(example=examples(), language=LANGUAGES)
def test_no_surrogate_is_an_original_of_the_example(example: list[str], language: str | None) -> None:
    originals = {core(value) for _, value in finds(example)}
    for (entity, value), new in zip(finds(example), drawn(example, language=language), strict=True):
        assert new == f"[{entity}]" or core(new) not in originals
        assert new != value


@SOME
@given(example=examples(), language=LANGUAGES)
def test_a_value_has_one_surrogate_in_an_example_and_no_other_value_has_it(
    example: list[str], language: str | None
) -> None:
    new_of: dict[tuple[str, str], str] = {}
    for (entity, value), new in zip(finds(example), drawn(example, language=language), strict=True):
        assert new_of.setdefault((entity, value), new) == new
    made: dict[str, set[str]] = {}
    for (entity, value), new in new_of.items():
        if entity not in ("NAME", "SECRET") and new != f"[{entity}]":
            made.setdefault(core(new), set()).add(core(value)[-9:] if entity == "PHONE" else core(value))
    assert all(len(values) == 1 for values in made.values())


@SOME
@given(example=examples(), language=LANGUAGES)
def test_the_key_decides_and_nothing_else(example: list[str], language: str | None) -> None:
    first = drawn(example, language=language)
    drawn(["⟦NAME|Olga Petrova⟧ ⟦TICKET|A-1⟧"], b"meanwhile", language)
    assert drawn(example, language=language) == first


@SOME
@given(maker=RANDOM, language=LANGUAGES)
def test_another_key_gives_others(maker, language: str | None) -> None:  # type: ignore[no-untyped-def]
    values = fakes.values(fakes.person(maker), maker).values()
    example = [" ".join(f"⟦{entity}|{value}⟧" for entity, value in values)]
    first, second = (drawn(example, key, language) for key in (b"one", b"two"))
    same = [new for new, other in zip(first, second, strict=True) if new == other and new != "[SECRET]"]
    assert len(same) <= 2


@SOME
@given(maker=RANDOM)
def test_values_made_up_for_tests_never_fall_back_to_a_placeholder(maker) -> None:  # type: ignore[no-untyped-def]
    values = fakes.values(fakes.person(maker), maker).values()
    example = [" ".join(f"⟦{entity}|{value}⟧" for entity, value in values)]
    assert [new for new in drawn(example) if new.startswith("[")] == ["[SECRET]", "[SECRET]"]


def test_threads_and_processes_agree() -> None:
    example = [
        "⟦NAME|Maria Lopez⟧ ⟦EMAIL|mueller@acme.example⟧ ⟦PHONE|030 23125100⟧ ⟦ADDRESS|5 Baker Street, London⟧",
        "⟦NAME|Иван Петров⟧ ⟦NAME|Hans Müller⟧ ⟦EMAIL|ivan@acme.example⟧ ⟦DATE_OF_BIRTH|8 May 1980⟧",
    ]
    expected = rewritten(example)
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(rewritten, [example] * 64)) == [expected] * 64
    code = f"from sourcing_pipeline_tests.masking.marked import rewritten; print(ascii(rewritten({example!r})))"
    for seed in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment)
        assert done.stdout.strip() == ascii(expected)


WORDS = [
    ("Maria Lopez", "", "given surname"),
    ("Maria", "", "given"),
    ("Lopez", "ms", "surname"),
    ("Ms Lopez", "", "kept surname"),
    ("Doña Maria", "", "kept given"),
    ("Prof. Dr. Hans Müller", "", "kept kept given surname"),
    ("Maria van der Berg", "", "given dropped dropped surname"),
    ("van der Berg", "", "dropped dropped surname"),
    ("Ben Smith", "", "given surname"),
    ("Ben", "", "given"),
    ("Nguyen Van", "", "given surname"),
    ("Lopez, Maria", "", "surname given"),
    ("John Smith, MD", "", "given surname kept"),
    ("John F. Kennedy", "", "given initials surname"),
    ("J.K. Rowling", "", "initials surname"),
    ("Juan Carlos Perez Gomez", "", "given given surname surname"),
    ("Jean-Luc O'Brien", "", "given surname"),
    ("maria l.", "", "given initials"),
    ("Don", "", "given"),
    ("渡", "", "given"),
    ("4711", "", ""),
]


@pytest.mark.parametrize(("name", "title", "roles"), WORDS)
def test_the_words_of_a_name_have_roles(name: str, title: str, roles: str) -> None:
    assert " ".join(word.role for word in words_of(Find(name, title))) == roles


FORMS = [
    ("Maria Lopez", "Anna Cruz"),
    ("Maria", "Anna"),
    ("Ms Lopez", "Ms Cruz"),
    ("lopez", "cruz"),
    ("MARIA LOPEZ", "ANNA CRUZ"),
    ("maria LOPEZ", "anna CRUZ"),
    ("Dr. M. Lopez, PhD", "Dr. A. Cruz, PhD"),
    ("m. lopez", "a. cruz"),
    ("Lopez, Maria", "Cruz, Anna"),
    ("Maria de la Lopez", "Anna Cruz"),
    ("Maria Lopez's", "Anna Cruz's"),
    ("Maria J. Lopez", "Anna B. Cruz"),
    ("M.J. Lopez", "A.B. Cruz"),
]


@pytest.mark.parametrize(("name", "expected"), FORMS)
def test_a_made_up_name_takes_the_form_of_the_find(name: str, expected: str) -> None:
    person = person_of([Find("Maria Lopez", ""), Find(name, "")], "en_US")
    made = Standin(person, ("Anna", "Bea"), ("Cruz",))
    assert rendered(Find(name, ""), made, seeded("en_US", b"")) == expected


@pytest.mark.parametrize(
    ("finds", "gender"),
    [
        ([Find("Robin Lopez", "mrs")], "female"),
        ([Find("Herr Lopez", "")], "male"),
        ([Find("Maria", "")], "female"),
        ([Find("John Lopez", "")], "male"),
        ([Find("Jordan", "")], None),
        ([Find("Lopez", "")], None),
    ],
)
def test_titles_and_given_names_tell_women_and_men(finds: list[Find], gender: str | None) -> None:
    assert person_of(finds, "en_US").gender == gender


def test_all_forms_of_a_person_are_one_made_up_person() -> None:
    names = "⟦NAME|Maria Lopez⟧;⟦NAME|maria⟧;Ms ⟦NAME|Lopez⟧;⟦NAME|Ms LOPEZ⟧;⟦NAME|M. Lopez⟧;"
    mailboxes = "⟦EMAIL|m.lopez72@a.example⟧;⟦EMAIL|MLopez@a.example⟧;⟦EMAIL|lopez_maria@a.example⟧;"
    (text,) = rewritten([f"{names}{mailboxes}⟦EMAIL|maria (at) a (dot) example⟧"])
    full, given, titled, capitals, initial, dotted, joined, turned, spelled = text.split(";")
    first, last = full.split(" ")
    assert (given, titled) == (first.lower(), f"Ms {last}")
    assert (capitals, initial) == (f"Ms {last.upper()}", f"{first[0]}. {last}")
    assert re.fullmatch(rf"{first[0]}\.{last}\d\d@example\.(com|org|net)", dotted, re.I)
    assert re.fullmatch(rf"{first[0]}{last}@example\.(com|org|net)", joined, re.I)
    assert re.fullmatch(rf"{last}_{first}@example\.(com|org|net)", turned, re.I)
    assert re.fullmatch(rf"{first} \(at\) example \(dot\) (com|org|net)", spelled, re.I)


def test_marks_are_written_out_or_left_out_in_mailboxes() -> None:
    example = ["⟦NAME|Jörg Müller⟧ ⟦EMAIL|joerg.mueller@acme.example⟧ ⟦EMAIL|j.muller@acme.example⟧"]
    name, written_out, left_out = drawn(example)
    first, last = name.lower().split(" ")
    assert written_out.startswith(f"{first}.{last}@")
    assert left_out.startswith(f"{first[0]}.{last}@")


@pytest.mark.parametrize("language", [None, "de", "vi"])
def test_two_people_share_no_name_even_in_a_language_with_few(language: str | None) -> None:
    people = [f"⟦NAME|{fakes.person(Random(seed)).name}⟧" for seed in range(30)]
    made = drawn([" ".join(people)], language=language)
    words = [word for name in made for word in name.casefold().split()]
    assert "[NAME]" not in made
    assert len(words) == len(set(words))


LOCALES = """en en_US, EN_us en_US, en-GB en_GB, de de_DE, de-AT de_AT, de-1996 de_DE, nb no_NO, ja ja_JP, pt pt_PT,
zh zh_CN, zh-Hant zh_TW, es-419 es_ES, fr-QC fr_FR, tlh en_US"""


@pytest.mark.parametrize(("language", "locale"), [(None, "en_US"), *(pair.split() for pair in LOCALES.split(","))])
def test_a_language_has_a_locale(language: str | None, locale: str) -> None:
    assert locale_of(language) == locale


def test_a_name_stays_in_its_script() -> None:
    cyrillic, latin = drawn(["⟦NAME|Иван Петров⟧ ⟦NAME|Maria Lopez⟧"], language="ja")
    assert re.fullmatch(r"[А-я]+ [А-я]+", cyrillic)
    assert latin.isascii()


PHONES = [
    ("+1 (415) 555-2671", None, r"\+1 \(\d{3}\) 555-01\d\d"),
    ("212.265.1234", "en", r"\d{3}\.555\.01\d\d"),
    ("1-800-265-1234", None, r"1-\d{3}-555-01\d\d"),
    ("+1 415 555 2671 ext. 12", None, r"\+1 \d{3} 555 01\d\d ext\. \d\d"),
    ("+44 7911 123456", None, r"\+44 7700 900\d{3}"),
    ("020 7946 1234", "en-GB", r"02\d \d{4} \d{4}"),
    ("0033 6 12 34 56 78", None, r"0033 6 39 98 \d\d \d\d"),
    ("01 42 68 53 00", "fr", r"01 99 00 \d\d \d\d"),
    ("+49 (0)30 2312 5100", None, r"\+49 \(0\)30 2312 5\d{3}"),
    ("030/23125100", "de", r"030/23125\d{3}"),
    ("+49 1512 3456789", None, r"\+49 1\d{3} \d{7}"),
    ("+34 612 345 678", None, r"\+34 6\d\d \d{3} \d{3}"),
    ("+999 12345678", None, r"\+\d{3} \d{8}"),
    ("1-800-FLOWERS", None, r"\d-\d{3}-[A-Z]{7}"),
]


@pytest.mark.parametrize(("value", "language", "form"), PHONES)
def test_a_number_is_of_the_range_for_fiction_where_there_is_one(value: str, language: str | None, form: str) -> None:
    (new,) = drawn([f"⟦PHONE|{value}⟧"], language=language)
    assert re.fullmatch(form, new)


def test_the_ways_of_writing_a_number_stay_one_number() -> None:
    full, trunk, national = drawn(["⟦PHONE|+49 30 23125100⟧ ⟦PHONE|+49 (0)30 23125100⟧", "⟦PHONE|030 231-25100⟧"])
    assert core(full)[-10:] == core(trunk)[-10:] == core(national)[-10:]
    assert re.fullmatch(r"030 231-\d{5}", national)


@SOME
@given(digits=st.text("0123456789", min_size=12, max_size=18), gap=st.sampled_from(["", " ", "-"]))
def test_a_card_number_stays_one_by_its_check_digit(digits: str, gap: str) -> None:
    number = digits + next(digit for digit in "0123456789" if luhn(digits + digit))
    value = gap.join(re.findall(r"\d{1,4}", number))
    (new,) = drawn([f"⟦PAYMENT|{value}⟧"])
    assert re.sub(r"\d", "0", new) == re.sub(r"\d", "0", value)
    assert luhn(re.sub(r"\D", "", new))


@SOME
@given(maker=RANDOM, small=st.booleans())
def test_an_iban_keeps_its_country_and_its_checksum(maker, small: bool) -> None:  # type: ignore[no-untyped-def]
    value = fakes.iban(maker).replace("DE", "GB")
    value = value.lower() if small else value
    (new,) = drawn([f"⟦PAYMENT|{value}⟧"])
    assert shape(new) == shape(value)
    assert new[:2] == value[:2]
    assert checksum_holds(new.replace(" ", ""))


def shape(value: str) -> str:
    """A value with 0 for each digit, a for each small letter and A for each other letter."""
    return "".join(
        "0" if c.isdecimal() else ("A" if c.isupper() else "a") if c.isalpha() and c not in "ºª" else c for c in value
    )


@SOME
@given(value=ANY)
def test_a_value_of_no_known_kind_keeps_its_shape(value: str) -> None:
    assert shape(shaped(value, seeded("en_US", b"seed"))) == shape(value)


@pytest.mark.parametrize(
    ("entity", "value", "form"),
    [
        ("ID_NUMBER", "023-01-0866", r"0\d\d-0\d-0\d{3}"),
        ("ID_NUMBER", "AB 12 34 56 c", r"[A-Z]{2} \d\d \d\d \d\d [a-z]"),
        ("ID_NUMBER", "4a:1B:2c:3d:4e:5f", r"\d[a-f]:\d[A-F]:\d[a-f]:\d[a-f]:\d[a-f]:\d[a-f]"),
        ("TICKET", "ACME-17x", r"[A-Z]{4}-\d\d[a-z]"),
        ("PAYMENT", "12-34-56", r"\d\d-\d\d-\d\d"),
        ("URL", "https://app.acme.example/login?user=maria", r"https://example\.com/[a-z2-9]{8}"),
        ("SECRET", "hunter2", r"\[SECRET\]"),
        ("TICKET", "!?", r"\[TICKET\]"),
        ("NAME", "4711", r"\d{4}"),
    ],
)
def test_numbers_links_and_secrets(entity: str, value: str, form: str) -> None:
    (new,) = drawn([f"⟦{entity}|{value}⟧"])
    assert re.fullmatch(form, new)


@pytest.mark.parametrize(
    "value", ["86.121.97.248", "86.121.97.248/24", "2a02:8109::1", "2A02:8109:0:0:0:0:0:1F", "::ffff:1.2.3.4"]
)
def test_an_ip_address_is_one_of_those_for_documentation(value: str) -> None:
    (new,) = drawn([f"⟦IP|{value}⟧"])
    made, _, prefix = new.partition("/")
    networks = ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32")
    assert any(ipaddress.ip_address(made) in ipaddress.ip_network(network) for network in networks)
    assert ipaddress.ip_address(made).version == ipaddress.ip_address(value.partition("/")[0]).version
    assert prefix == value.partition("/")[2]
    assert new.isupper() == value.isupper() or ":" not in value


DATES = [
    ("1989-05-08", r"19\d\d-\d\d-\d\d"),
    ("08.05.1989", r"\d\d\.\d\d\.19\d\d"),
    ("8/5/89", r"\d/\d/8\d"),
    ("12/31/1980", r"(0\d|1[0-2])/[0-2]\d/19[78]\d"),
    ("31. 12. 1980", r"[0-2]\d\. (0\d|1[0-2])\. 19[78]\d"),
    ("23 May 1980", r"[12]\d [A-Z][a-z]+ 19[78]\d"),
    ("May 3rd, 1980", r"[A-Z][a-z]+ \d(st|nd|rd|th), 19[78]\d"),
    ("3 de mayo de 1980", r"\d de [a-z]+ de 19[78]\d"),
    ("1er mai 1980", r"1er [a-zéû]+ 19[78]\d"),
    ("MÄRZ 3", r"[A-ZÄ]+ \d"),
    ("12. Okt. 75", r"[12]\d\. [A-Z][a-zä]+\. [67]\d"),
]


@pytest.mark.parametrize(("value", "form"), DATES)
def test_a_date_of_birth_is_another_date_in_the_same_format(value: str, form: str) -> None:
    (new,) = drawn([f"⟦DATE_OF_BIRTH|{value}⟧"])
    assert re.fullmatch(form, new)
    assert new != value


@SOME
@given(born=st.dates(date(1900, 1, 1), date(2024, 12, 31)), key=st.binary(min_size=1, max_size=8))
def test_a_made_up_date_exists_and_is_at_most_six_years_earlier(born: date, key: bytes) -> None:
    (new,) = drawn([f"⟦DATE_OF_BIRTH|{born.isoformat()}⟧"], key)
    made = date.fromisoformat(new)
    assert made != born
    assert 0 <= born.year - made.year <= 6


ADDRESSES = [
    ("12 Maple Street, Springfield, IL 62704", None, r"\d\d \w+ Street, [\w ]+, [A-Z]{2} \d{5}"),
    ("Hauptstraße 5, 10115 Berlin", "de", r"[\w-]+straße \d, \d{5} [\w .()-]+"),
    ("Karl-Marx-Platz 5\nD-10115 Berlin", "de", r"[\w-]+-Platz \d\nD-\d{5} [\w .()-]+"),
    ("5 bis, avenue Victor Hugo, 75116 Paris, France", "fr", r"\d bis, avenue [\w-]+ [\w-]+, \d{5} [\w -]+, France"),
    ("Calle de Alcalá 5, 3º B, 28013 Madrid", "es", r"Calle de \w+ \d, \dº [A-Z], \d{5} [\w ]+"),
    ("NW1 6XE", "en-GB", r"[A-Z]{2}\d \d[A-Z]{2}"),
    ("12 maple street apt 4", None, r"\d\d [a-z]+ street apt \d"),
    ("12 OAK ROAD", None, r"\d\d [A-Z]+ ROAD"),
    ("PO Box 12", None, r"PO Box \d\d"),
]


@pytest.mark.parametrize(("value", "language", "form"), ADDRESSES)
def test_an_address_is_written_as_before(value: str, language: str | None, form: str) -> None:
    (new,) = drawn([f"⟦ADDRESS|{value}⟧"], language=language)
    assert re.fullmatch(form, new)


def test_a_surrogate_of_one_value_never_names_a_person_of_the_example() -> None:
    names = " ".join(f"⟦NAME|{name}⟧" for name in ("Smith", "Johnson", "Brown", "Miller", "Davis", "Garcia"))
    for number in range(40):
        street = drawn([f"{names} ⟦ADDRESS|{number} Maple Street⟧"])[-1]
        assert not {"smith", "johnson", "brown", "miller", "davis", "garcia"}.intersection(street.casefold().split())


def test_cases_are_kept() -> None:
    assert [cased("Singh", like) for like in ("lopez", "LOPEZ", "Lopez", "L")] == ["singh", "SINGH", "Singh", "Singh"]
    assert cased("s", "L") == "S"


def test_a_person_without_words_is_still_one() -> None:
    assert person_of([Find("J.", "")], "en_US") == Person({}, 1, 1, None)
