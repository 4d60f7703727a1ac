import json
import time
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from sourcing_pipeline.sources.tickets.bodies import clean, clean_batch
from sourcing_pipeline.sources.tickets.phrases import LANGUAGES, Phrases, spellings
from sourcing_pipeline.sources.tickets.quotes import EARLIER_CHARACTERS

MAILS: list[dict[str, Any]] = yaml.safe_load(Path(__file__).with_name("mails.yaml").read_text(encoding="utf-8"))

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
    ("Ja.\n\nAnn <a@example.com> schrieb am\nMo., 2. März 2026, 09:12:\n\nalt", "Ja."),
    ("Yes.\n\n2026-03-02 9:12 GMT+01:00 Support <\nhelp@example.com>:\n\n> Is it?", "Yes."),
    ("Yes.\n\n---- On Mon, 02 Mar 2026 09:12:00 +0100 Support wrote ----\n\nIs it?", "Yes."),
    ("See below.\n\n-----Original Message-----\nFrom: A\nSent: today\nSubject: B\n\nold", "See below."),
    ("See.\n\n**From:** A\n\n**Sent:** today\n\n**Subject:** B\n\nold", "See."),
    ("See.\n\nFrom: A [mailto:\na@example.com]\nSent: today\nTo: B,\nC\nSubject: B\n\nold", "See."),
    ("Siehe unten.\n\nVon: A <a@example.com>\nGesendet: Montag\nAn: B\nBetreff: C\n\nalt", "Siehe unten."),
    ("Done.\n" + "_" * 32 + "\nFrom: A\nTo: B\n\nold", "Done."),
    ("On 2 March 2026, Support wrote:\n> Which version?\n\nIt is version 4.", "It is version 4."),
    ("Mine is 4.\n> Which version?\n> Tell us.", "Mine is 4."),
    ("Please reset it.\n\nBest regards,\nAnn Example\nHead of Things\nPhone 12", "Please reset it."),
    ("Please reset it.\n\nKind regards", "Please reset it."),
    ("Bitte zurücksetzen.\n\nMit freundlichen Grüßen\nAnna Beispiel", "Bitte zurücksetzen."),
    ("Bitte zurücksetzen.\n\nLG Anna", "Bitte zurücksetzen."),
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
    ("So it is.\n\nRegards,\nAnn Lee\n\nPS: It is the old one.", "So it is.\n\nPS: It is the old one."),
    ("Hier.\n\nDiese E-Mail ist vertraulich.\n\nMehr davon.", "Hier."),
    ("A\r\n\r\n\r\n\r\nB\r\n", "A\n\nB"),
    ("One.\n\n\n\nTwo.", "One.\n\nTwo."),
    ("Close it.\n\n##- Please type your reply above this line -##\n\nAny news?", "Close it."),
]

KEPT = [
    "Thanks, that worked. One more thing:\nhow do I undo it?",
    "I tried it.\nThanks, but it still fails.\nWhat now?",
    "Please send:\n- the log\n- the version\n- a screenshot",
    "Warning: the mail server is full, so mail is lost.",
    "On Monday I wrote:\nplease call me",
    "I asked before.\n\nOn 2 March your colleague wrote:\nplease call me",
    "From: and To: are missing in the export.\nWhy?",
    "A parcel is lost.\n\nDe: Madrid\nPara: Lisboa\nFecha: 2 de marzo\n\n¿Dónde está?",
    "The header is:\n\n```\nFrom: a@example.com\nTo: b\nSubject: c\n```\n\nIs it right?",
    "Two ways exist.\n\nBest,\nthough not the fastest, is to reinstall the whole machine from the medium.",
    "First part.\n\n--\n\nThe second part is a long paragraph that goes on about many other things as well.",
    "Try this:\n\n```\n> SELECT 1;\n    indented\n\n\n\nend\n```\nand tell me.",
    "> not said before, so it may be mine\nIt prints the line above.",
    "    indented code stays\nas it is",
    "Is this message confidential? I intended it for the recipient.",
    "Please consider the environment before printing this e-mail: who put this into our mails?",
    "It is jammed.\n\nAntes de imprimir sale un aviso. ¿Qué hago?",
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


@pytest.mark.parametrize("mail", MAILS, ids=[mail["name"] for mail in MAILS])
def test_mails_of_each_client_and_language_are_cut_to_the_authors_own_words(mail: dict[str, Any]) -> None:
    found = clean(mail["body"], mail.get("earlier", "")).split()
    assert (found == mail.get("own", mail["body"]).split()) is not mail.get("wrong", False)


def test_every_language_has_mails_and_phrases_of_every_kind() -> None:
    kinds = set(Phrases._fields) - {"wrote", "wrote_by", "forwards", "formal", "formal_says"}
    for language in LANGUAGES:
        assert all(getattr(language, kind) for kind in kinds)
        assert language.wrote or language.wrote_by
    assert len({mail["name"][:2] for mail in MAILS}) == len(LANGUAGES)


def test_a_quote_is_known_by_the_turn_before() -> None:
    body = "> Which version do you use?\nVersion 4.\n> And where?\nAt home."
    assert clean(body) == body
    assert clean(body, "Which version do\nyou use? And where?") == "Version 4.\nAt home."


def test_the_rest_of_a_quoted_line_that_lost_its_mark_is_known_by_the_turn_before() -> None:
    said = "Please tell us which of the two versions you use, the one with the blue icon or the other one."
    body = f"On 2 March 2026, Support wrote:\n> {said[:76]}\n{said[77:]}\n\nThe blue one."
    assert clean(body, said) == "The blue one."
    assert clean(body) == f"{said[77:]}\n\nThe blue one."


@given(st.text(alphabet="On wrote:>-_\nFrom: Best regards,1`", max_size=200))
def test_something_is_left_of_every_body_that_has_something(body: str) -> None:
    assert bool(clean(body).strip()) == bool(body.strip())


PHRASES = sorted(spellings(template for language in LANGUAGES for templates in language for template in templates))
SPECIAL = ("--", "-- ", "—", "— ", "__", "_" * 20, "-" * 32, "```", ">", "\u0130", "2026-03-02 <a@b.c>:", "<a@b.c>")
BLANKS = ("", " ", "\u00a0", "\x1c", "\x85", "**", "> ", "- ", ".", "…")
ENDS = ("", ":", ",", ".", " Ann", ", Ann", ": a@b.c", " is secret")
SURROUNDED = (
    "Own words.\n\n{}",
    "Own words.\n\n{}\n\nAnn",
    "Own words.\n\n{} confidential, salutations, about viruses",
    "Own words.\n\n{}\u00a02 Mar 2026, x {verb}:\n\nold",
    "Own words.\n{}: x\nSubject: y\nTo: z\n\nold",
    "Own words.\n\nx <a@b.c>\u00a0{} on 2 March:\n\nold",
)


def test_a_batch_lets_no_phrase_pass_that_a_rule_could_change() -> None:
    bodies = [body for body, _ in STRIPPED] + KEPT + [mail["body"] for mail in MAILS]
    for phrase in (*PHRASES, *SPECIAL):
        for blank in ("", "\u00a0", "**", "…"):
            for around in SURROUNDED:
                bodies.append(around.format(f"{blank}{phrase}", verb="a écrit" if phrase == "le" else "wrote"))
    found = clean_batch(pa.array(bodies), np.arange(len(bodies) + 1)).to_pylist()
    assert found == [clean(body) for body in bodies]
    assert sum(one != body for one, body in zip(found, bodies, strict=True)) > len(bodies) / 6


@st.composite
def _lines(draw: st.DrawFn) -> str:
    said = draw(st.sampled_from(("own words", "The end.", *SPECIAL)) | st.sampled_from(PHRASES))
    cased = draw(st.sampled_from((str, str.upper, str.title, _odd)))(said)
    return draw(st.sampled_from(BLANKS)) + cased + draw(st.sampled_from(ENDS))


def _odd(phrase: str) -> str:
    """Letters that lower case or folding of case turns into others."""
    return phrase.replace("k", "\u212a").replace("s", "\u017f").replace("i", "\u0130").replace("å", "\u212b")


@st.composite
def _bodies(draw: st.DrawFn) -> str:
    lines = draw(st.lists(_lines(), max_size=6))
    return "".join(line + draw(st.sampled_from(BREAKS)) for line in lines) + draw(st.sampled_from(("", "x", "\n", " ")))


BREAKS = ("\n", "\n", "\n\n", "\n\n\n", "\r\n", "\r", " \n", "\n\u00a0", "\x0b", "\u2028")


@settings(max_examples=100)
@given(st.lists(st.lists(st.none() | _bodies(), max_size=4), max_size=4))
def test_a_batch_is_cleaned_as_its_texts_are_one_by_one(tickets: list[list[str | None]]) -> None:
    texts = pa.array([text for ticket in tickets for text in ticket], pa.string())
    offsets = np.cumsum([0, *map(len, tickets)])
    one_by_one = [
        None if text is None else clean(text, "\n".join(before or "" for before in ticket[:at]))
        for ticket in tickets
        for at, text in enumerate(ticket)
    ]
    assert clean_batch(texts, offsets).to_pylist() == one_by_one


@given(_bodies())
def test_every_line_break_is_read_alike(body: str) -> None:
    plain = body.replace("\r\n", "\n").replace("\r", "\n")
    assert clean(body) == clean(plain) == clean(plain.replace("\n", "\r\n"))


def test_only_the_last_of_what_was_said_before_is_looked_at() -> None:
    answer, far = "> What is it?\nIt is this.", "x" * EARLIER_CHARACTERS
    texts = ["What is it?", far, answer, "What is it?", answer]
    assert clean_batch(pa.array(texts), np.array([0, 5])).to_pylist() == [*texts[:4], "It is this."]


HOSTILE = [
    "On 1 " + "wrote " * 20_000,
    "From: x\n" * 20_000,
    "Hello\n\nFrom: x\n" * 10_000,
    "From: x@y\nSent: x\n" * 10_000,
    ">" * 100_000,
    "> a\nb\n" * 20_000,
    "On 1\n" * 20_000,
    "On 1 March 2026, x wrote:\n> a\n" * 10_000,
    "x\n" + ("On 1 March 2026 " + "<@" * 130 + ":\n") * 300,
    "x\n" + ("<a@b> wrote " * 20 + "2026:\n") * 2_000,
    "x\n> " + " " * 200_000 + "a@b",
    "x\n\n" + "*" * 200_000,
    "x\n" + ("-" * 300 + "\n") * 2_000,
    "\n" * 200_000 + "x",
    "Best\n" * 20_000,
    "____________________\nThis message\n" * 10_000,
    "-----Original Message-----\n" * 20_000,
    "```\n> a\n" * 20_000,
]


@pytest.mark.parametrize("body", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_bodies_take_linear_time(body: str) -> None:
    start = time.perf_counter()
    clean_batch(pa.array([body, body]), np.array([0, 2]))
    assert time.perf_counter() - start < 5


def test_chat_turns_of_real_people_are_left_alone(samples: Path) -> None:
    with (samples / "support" / "star_support_300.jsonl").open() as file:
        turns = [turn["text"] for line in file for turn in json.loads(line)["turns"]]
    changed = [turn for turn in turns if clean(turn).split() != turn.split()]
    assert len(turns) > 3000
    assert not changed
