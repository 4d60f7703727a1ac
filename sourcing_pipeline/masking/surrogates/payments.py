"""Made-up card and account numbers in the shape of real ones, with valid check digits.

Cards begin with the eight digits (an issuer's identification, ISO/IEC 7812-1) of a number that its network
or a payment service publishes for tests, so no bank issues them. IBANs keep their country (ISO 13616) and
have check digits by ISO 7064 MOD 97-10. Other account numbers get any digits.
"""

import re
from typing import TYPE_CHECKING

from stdnum import luhn
from stdnum.iso7064 import mod_97_10

from sourcing_pipeline.masking.surrogates.shapes import digits_of, shaped, with_digits

if TYPE_CHECKING:
    from faker import Faker

_TEST_ISSUERS = (
    "42424242", "41111111", "40128888", "40000566",
    "55555555", "51051051", "52008282", "22230031",
    "37828224", "37144963", "37873449", "30569309", "38520000", "36227206", "35301113", "35660020",
    "60111111", "60110009", "60119811", "62000000", "62055000",
)  # fmt: skip
_IBAN = re.compile(r"[A-Za-z]{2}[0-9]{2}[A-Za-z0-9]{11,30}")
_CARD_DIGITS = range(13, 20)
_SHORT_CARD_DIGITS = 12


def payment(value: str, fake: "Faker") -> str:
    """A card number for a card number, an IBAN for an IBAN, else a number of the same shape."""
    compact = "".join(filter(str.isalnum, value))
    if _IBAN.fullmatch(compact):
        return _iban(value, fake)
    if compact.isdecimal():
        digits = digits_of(compact)
        if len(digits) in _CARD_DIGITS or (
            len(digits) == _SHORT_CARD_DIGITS and luhn.calc_check_digit(digits[:-1]) == digits[-1]
        ):
            return with_digits(value, _card(digits, fake))
    return shaped(value, fake)


def _card(digits: str, fake: "Faker") -> str:
    """The first two digits, or the first alone, say the network, which stays where it has a test number."""
    alike = ([issuer for issuer in _TEST_ISSUERS if issuer.startswith(digits[:count])] for count in (2, 1, 0))
    head: str = fake.random.choice(next(filter(None, alike)))
    head += "".join(str(fake.random.randint(0, 9)) for _ in range(len(digits) - len(head) - 1))
    return head + str(luhn.calc_check_digit(head))


def _iban(value: str, fake: "Faker") -> str:
    places = [place for place, character in enumerate(value) if character.isalnum()]
    made = list(shaped(value, fake))
    country = [value[place] for place in places[:2]]
    account = "".join(made[place] for place in places[4:])
    check = mod_97_10.calc_check_digits(f"{account}{''.join(country)}")
    for place, character in zip(places, [*country, *check], strict=False):
        made[place] = character
    return "".join(made)
