"""Canaries: examples with known personal data that go through the real masking path each night and must
come out masked.

They are ordinary RAW rows with ids `"<source>:canary-pii-<n>"`; whoever reads the masked rows leaves them
out by `is_canary`. Values come from `seed` alone, with valid check digits, so a night's canaries can be
made again.
"""

import random
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

import pyarrow as pa

from sourcing_pipeline.masking import fakes
from sourcing_pipeline.masking.config import ENTITIES
from sourcing_pipeline.masking.regions import PLACEHOLDER
from sourcing_pipeline.masking.words import PARTICLES, TITLES
from sourcing_pipeline.rows import CANARY, WHOLE, Drop, Example, Message, Strategy, batches

TEMPLATES: tuple[tuple[str, str], ...] = (
    (
        "Hi, my name is {name} and I cannot log in. You can write to {email} or call {phone}.",
        "Hello {first}, I reset your access.",
    ),
    (
        "Please charge my card {card} instead of the old one.\n\nBest regards,\n{name}",
        "Dear {title}, the card is updated.",
    ),
    (
        "I moved last week. My new address is {address}. My customer record says {name}.",
        "Thanks {first}, we changed your address.",
    ),
    ("The refund should go to {iban}, account holder: {name}.", "Hi {first}, the refund was sent to {iban}."),
    (
        "On Tue, Mar 3, 2026 at 10:02 AM {name} <{email}> wrote:\n> The export is still empty.",
        "The export works again, {first}.",
    ),
    (
        "I was born on {birth} and my social security number is {ssn}.\n\nThanks,\n{name}",
        "Thank you {first}, you are verified.",
    ),
    (
        "My API key {key} stopped working after the upgrade.\n\n-- \n{name}",
        "Hi {first}, I revoked that key. Never share it.",
    ),
    (
        "My password: {password}\nPlease check why it is refused. The login came from {ip}.",
        "Do not send passwords. We blocked {ip}.",
    ),
    ("This link logs me in as someone else: {url}", "We closed that link. Tell {email} about it, please."),
    (
        "Dear support, {name} from our office got locked out. Her e-mail is {email}.",
        "We wrote to {email}. Regards",
    ),
    (
        "Passport number {passport}, date of birth {birth}. Booking for {name}, please.",
        "Dear {title}, your booking is confirmed.",
    ),
    (
        "Sehr geehrte Damen und Herren,\n\nich heiße {name} und wohne in der {address}. Meine Nummer ist {phone}.",
        "Hallo {first}, danke.",
    ),
    (
        "Guten Tag,\nmeine IBAN lautet {iban}.\n\nMit freundlichen Grüßen\n{name}",
        "Sehr geehrte Frau {last}, wir haben es notiert.",
    ),
    (
        "Ich bin geboren am {birth}. Bitte rufen Sie mich an: {phone}\n\nViele Grüße\n{name}",
        "Guten Tag {title}, wir rufen an.",
    ),
    (
        "Am 03.03.2026 um 10:02 schrieb {name} <{email}>:\n> Der Drucker geht nicht.",
        "Hallo {first}, der Treiber ist neu.",
    ),
    (
        "Bonjour, je m'appelle {name}. Mon adresse est {address}.\n\nCordialement,\n{name}",
        "Bonjour {first}, merci.",
    ),
    (
        "Je suis née le {birth} et mon numéro de téléphone est {phone}.",
        "Merci, nous vous appelons au {phone}.",
    ),
    ("Hola, me llamo {name}, mi correo es {email} y mi DNI es {dni}.", "Hola {first}, gracias."),
    (
        "Mi dirección es {address}. Pueden llamarme al {phone}.\n\nUn saludo,\n{name}",
        "Estimada {name}, todo listo.",
    ),
    ("hi, my name is {lower} and the app crashes since monday", "Hi {first}, which version do you use?"),
    ("Name: {name}\nE-mail: {email}\nPhone: {phone}\nIP: {ip}", "I spoke with {name} and closed this."),
    ("National insurance: {nino}. I am {name}, please fix my tax form.", "Hi {first}! Your form is fixed."),
    ("Mr. {last} called about invoice 88231. {name} will pay by card {card}.", "Noted: {name} pays."),
    (
        "From: {name} <{email}>\nTo: support\n\nThe VPN drops every hour from {ip}.",
        "Hey {first},\n\nplease update the client.",
    ),
    (
        "I am locked out, my username is {username}. It is on the account of {name}.",
        "Hi {first}, user {username} is unlocked again.",
    ),
    (
        "Someone hit my parked car, the number plate is {plate}.\n\nThanks,\n{name}",
        "Dear {title}, we noted the licence plate {plate}.",
    ),
    (
        "Mein Benutzername ist {username}, mein Kennzeichen lautet {plate}.\n\nViele Grüße\n{name}",
        "Guten Tag {title}, danke, das Kennzeichen {plate} ist gespeichert.",
    ),
    (
        "Please send the refund to my wallet {wallet} and ping @{username} when it is done.",
        "The refund went to {wallet}.",
    ),
    (
        "The log says: /home/{username}/report/run.sh: permission denied. What can I do?",
        "Run chmod u+x /home/{username}/report/run.sh and try again.",
    ),
)
"""A user's and an assistant's turn each; the words in braces are the makers of `fakes`."""


class Planted(NamedTuple):
    """A value that a canary holds: the row's id, the placeholder it must become, and what must not be
    readable.
    """

    id: str
    entity: str
    value: str


class Leak(NamedTuple):
    """A planted value that is readable after masking; the value itself is never said."""

    id: str
    entity: str


class Canaries(NamedTuple):
    """Canary rows, `outcomes(RAW)`, and all that is planted in them."""

    batch: pa.RecordBatch
    planted: tuple[Planted, ...]


def canaries(
    source: str,
    seed: str,
    count: int = len(TEMPLATES),
    *,
    strategy: Strategy = "production_logs",
    partition: str = WHOLE,
    entities: Sequence[str] = ENTITIES,
) -> Canaries:
    """`count` canary rows of `source`; with `len(TEMPLATES)` or more, every kind of personal data is
    planted.

    Row n depends on `seed` and n alone. `entities` are the placeholders that the recipe wants: values of
    others are in the text and not among the planted. Raises ValueError when `count` is not positive.
    """
    if count < 1:
        raise ValueError(f"count: expected 1 or more, got {count}")
    examples: list[Example | Drop] = []
    planted: list[Planted] = []
    for number in range(count):
        maker = random.Random(f"{seed}/{number}")  # noqa: S311 - made-up values, no keys
        id = f"{source}:{CANARY}pii-{number + 1}"
        turns, values = plant(number % len(TEMPLATES), fakes.person(maker), maker)
        planted += [Planted(id, entity, value) for entity, value in values if entity in entities]
        examples.append(
            Example(
                id=id,
                partition=partition,
                source=source,
                strategy=strategy,
                messages=(Message("user", turns[0]), Message("assistant", turns[1])),
                license="CC0-1.0",
                created_at=datetime(2026, 1, 1, tzinfo=UTC),
            )
        )
    (batch,) = batches(examples, batch_rows=count)
    return Canaries(batch, tuple(planted))


def plant(template: int, person: fakes.Person, maker: random.Random) -> tuple[tuple[str, str], list[tuple[str, str]]]:
    """The two turns of a template about a person, and the (placeholder, value) pairs in them."""
    fields = fakes.values(person, maker)
    user, assistant = TEMPLATES[template]
    used = set(re.findall(r"{(\w+)}", user + assistant))
    values = sorted({(entity, value) for name, (entity, value) in fields.items() if name in used})
    texts = {name: value for name, (_, value) in fields.items()}
    return (user.format(**texts), assistant.format(**texts)), values


def readable(masked: pa.RecordBatch, planted: Iterable[Planted]) -> list[Leak]:
    """What can still be read in the `messages` of masked rows, in the order of `planted`.

    Case, spaces and punctuation aside, a value leaks when it stands in a message; a name already when one
    of its words of three letters or more does (titles and particles such as "van" aside). A planted row
    that is missing from `masked` leaks nothing.
    """
    texts: dict[str, list[str]] = {}
    for id, turns in zip(masked.column("id").to_pylist(), masked.column("messages").to_pylist(), strict=True):
        texts.setdefault(id, []).extend(PLACEHOLDER.sub("\n", turn["content"] or "") for turn in turns or ())
    return [
        Leak(value.id, value.entity)
        for value in planted
        if any(_reads(text, value) for text in texts.get(value.id, ()))
    ]


def _reads(text: str, planted: Planted) -> bool:
    if planted.entity == "NAME":
        words = set(_words(text))
        return any(word in words for word in _words(planted.value) if len(word) >= 3 and word not in TITLES | PARTICLES)
    return any(_compact(planted.value) in _compact(line) for line in (text, *text.split("\n")))


def _words(text: str) -> Iterator[str]:
    return (match[0].casefold() for match in re.finditer(r"[^\W\d_]+", text))


def _compact(text: str) -> str:
    return "".join(character for character in text.casefold() if character.isalnum())
