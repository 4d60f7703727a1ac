import json
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sourcing_pipeline.sources.tickets.bodies import clean

STRIPPED = [
    (
        "It works now.\n\nOn Mon, 2 Mar 2026 at 09:12, Support <help@example.com> wrote:\n> Try again.",
        "It works now.",
    ),
    (
        "It works.\nOn Monday 2 March 2026 at 09:12 A Very Long Name\n<someone@example.com> wrote:\n> x",
        "It works.",
    ),
    ("Danke!\n\nAm 02.03.2026 um 09:12 schrieb Support <h@example.com>:\n> Bitte", "Danke!"),
    ("Merci.\n\nLe lun. 2 mars 2026 à 09:12, Aide <a@example.com> a écrit :\n> Oui", "Merci."),
    ("Vale.\n\nEl lun, 2 mar 2026 a las 9:12, Ayuda (<a@example.com>) escribió:\n> Si", "Vale."),
    ("See below.\n\n-----Original Message-----\nFrom: A\nSent: today\nSubject: B\n\nold", "See below."),
    ("Siehe unten.\n\nVon: A <a@example.com>\nGesendet: Montag\nAn: B\nBetreff: C\n\nalt", "Siehe unten."),
    ("Done.\n" + "_" * 32 + "\nFrom: A\nTo: B\n\nold", "Done."),
    ("On 2 March 2026, Support wrote:\n> Which version?\n\nIt is version 4.", "It is version 4."),
    ("Mine is 4.\n> Which version?\n> Tell us.", "Mine is 4."),
    ("Please reset it.\n\nBest regards,\nAnn Example\nHead of Things\nPhone 12", "Please reset it."),
    ("Please reset it.\n\nKind regards", "Please reset it."),
    ("Bitte zurücksetzen.\n\nMit freundlichen Grüßen\nAnna Beispiel", "Bitte zurücksetzen."),
    ("Il ne marche pas.\n\nCordialement,\nJean", "Il ne marche pas."),
    ("No funciona.\n\nUn saludo,\nAna", "No funciona."),
    ("It is fixed.\n-- \nAnn\nhttps://example.com", "It is fixed."),
    ("Short answer.\n\nSent from my phone", "Short answer."),
    ("Kurz.\n\nVon meinem Telefon gesendet", "Kurz."),
    (
        "Here it is.\n\nThis e-mail is confidential and intended only for the recipient.\nDelete it.",
        "Here it is.",
    ),
    ("So it is.\n\nRegards,\nAnn\n\nPlease consider the environment before printing this e-mail.", "So it is."),
    ("So it is.\n\n-- \nAnn Lee\nC/ de la Luna 45, 2.º B, 41001 Sevilla\n+34 911", "So it is."),
    ("Hier.\n\nDiese E-Mail ist vertraulich.\n\nMehr davon.", "Hier."),
    ("A\r\n\r\n\r\n\r\nB\r\n", "A\n\nB"),
]

KEPT = [
    "Thanks, that worked. One more thing:\nhow do I undo it?",
    "I tried it.\nThanks, but it still fails.\nWhat now?",
    "Please send:\n- the log\n- the version\n- a screenshot",
    "Warning: the mail server is full, so mail is lost.",
    "On Monday I wrote:\nplease call me",
    "From: and To: are missing in the export.\nWhy?",
    "Two ways exist.\n\nBest,\nthough not the fastest, is to reinstall the whole machine from the medium.",
    "First part.\n\n--\n\nThe second part is a long paragraph that goes on about many other things as well.",
    "Try this:\n\n```\n> SELECT 1;\n    indented\n\n\n\nend\n```\nand tell me.",
    "> not said before, so it may be mine\nIt prints the line above.",
    "    indented code stays\nas it is",
    "Is this message confidential? I intended it for the recipient.",
    "Please consider the environment before printing this e-mail: who put this into our mails?",
    "Thanks",
    "> only a quote",
    "Best regards,\nAnn",
]


@pytest.mark.parametrize(("body", "expected"), STRIPPED)
def test_what_is_not_the_authors_own_is_stripped(body: str, expected: str) -> None:
    assert clean(body) == expected
    assert clean(expected) == expected


@pytest.mark.parametrize("body", KEPT)
def test_real_text_is_not_eaten(body: str) -> None:
    assert clean(body) == body


def test_a_quote_is_known_by_the_turn_before() -> None:
    body = "> Which version do you use?\nVersion 4.\n> And where?\nAt home."
    assert clean(body) == body
    assert clean(body, "Which version do\nyou use? And where?") == "Version 4.\nAt home."


@given(st.text(alphabet="On wrote:>-_\nFrom: Best regards,1`", max_size=200))
def test_something_is_left_of_every_body_that_has_something(body: str) -> None:
    assert bool(clean(body).strip()) == bool(body.strip())


HOSTILE = [
    "On 1 " + "wrote " * 20_000,
    "From: x\n" * 20_000,
    "Hello\n\nFrom: x\n" * 10_000,
    ">" * 100_000,
    "> a\nb\n" * 20_000,
    "On 1\n" * 20_000,
    "Best\n" * 20_000,
    "____________________\nThis message\n" * 10_000,
    "-----Original Message-----\n" * 20_000,
]


@pytest.mark.parametrize("body", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_bodies_take_linear_time(body: str) -> None:
    start = time.perf_counter()
    clean(body, body)
    assert time.perf_counter() - start < 5


def test_chat_turns_of_real_people_are_left_alone(samples: Path) -> None:
    with (samples / "support" / "star_support_300.jsonl").open() as file:
        turns = [turn["text"] for line in file for turn in json.loads(line)["turns"]]
    changed = [turn for turn in turns if clean(turn).split() != turn.split()]
    assert len(turns) > 3000
    assert not changed
