"""How well quoted history, signatures and disclaimers are taken off, beside the libraries that do it, and how fast.

A body is held against its author's own words: a word of them that is gone is a loss, a word too many is a leftover.
Real chat turns have nothing to take off. In the demonstration's letters what is not the author's own is known from the
banks that they were made from. The mails of seven languages were written for this project, by the one who wrote the
rules, so they show what the rules know rather than what they will meet.

quotequail is no dependency: `pip install --target /tmp/quotequail quotequail`, then `PYTHONPATH=/tmp/quotequail python
-m benchmarks replies`. mail-parser-reply likewise. The real turns are read from the folder that SOURCING_SAMPLES names.
"""

import csv
import json
import os
import re
import signal
import sqlite3
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from importlib.util import find_spec
from itertools import groupby
from pathlib import Path
from types import FrameType
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import yaml

from benchmarks.table import machine, percent, show
from sourcing_pipeline.demo.banks import talk
from sourcing_pipeline.sources.tickets.bodies import clean, clean_batch

ROOT = Path(__file__).parent.parent
MAILS = ROOT / "sourcing_pipeline_tests/sources/tickets/mails.yaml"
LANGUAGES = ["en", "de", "fr", "es", "it", "nl", "pt"]
LIMIT_SECONDS = 20.0
BATCH_COPIES = 12

Strip = Callable[[str, str], str]


class Body(NamedTuple):
    """A message, the messages before it in the ticket, and the words that are its author's own."""

    text: str
    earlier: str
    own: str


def tools() -> dict[str, Strip]:
    """What is compared, by name; a library that is not installed is named and left out."""
    found: dict[str, Strip] = {"`bodies.clean`": clean}
    if find_spec("mailparser_reply"):
        from mailparser_reply import EmailReplyParser

        parser = EmailReplyParser(languages=list(LANGUAGES))

        def replies(text: str, _: str) -> str:
            return parser.read(text).replies[0].body or text

        def replies_quotes(text: str, earlier: str) -> str:
            return clean(parser.read(text).replies[0].full_body or text, earlier)

        found |= {"mail-parser-reply": replies, "mail-parser-reply's quotes, our signatures": replies_quotes}
    else:
        print("mail-parser-reply is not installed: left out.\n")
    if find_spec("quotequail"):
        import quotequail

        def quotes(text: str, _: str) -> str:
            return _top(quotequail.quote(text, limit=10**9, quote_intro_line=True)) or text

        found |= {
            "quotequail (quotes only)": quotes,
            "quotequail's quotes, our signatures": lambda text, earlier: clean(quotes(text, ""), earlier),
        }
    else:
        print("quotequail is not installed: left out.\n")
    return found


def _top(parts: Sequence[tuple[bool, str]]) -> str:
    return "\n".join(text for own, text in parts if own).strip()


def chats(samples: Path) -> list[list[Body]]:
    """Turns of real service chats: STAR, ABCD and MultiDoGO. All words are the author's own."""
    conversations: list[list[str]] = []
    with (samples / "support/star_support_300.jsonl").open() as file:
        conversations += [[turn["text"] for turn in json.loads(line)["turns"]] for line in file]
    for path in sorted((samples / "support/star_raw").glob("*.json")):
        conversations.append(list(_texts(json.loads(path.read_text()), {"Text"})))
    conversations.append(list(_texts(json.loads((samples / "support/abcd_sample.json").read_text()), {"text"})))
    for path in sorted((samples / "support/multidogo_customer_turns").glob("*.tsv")):
        with path.open(newline="") as file:
            conversations.append([row["utterance"] or "" for row in csv.DictReader(file, delimiter="\t")])
    return [_ticket([(text, text) for text in turns]) for turns in conversations]


def recordings(samples: Path) -> list[list[Body]]:
    """Plain bodies in recorded answers of Zendesk, Freshdesk and Intercom; those that were looked at hold no quote."""
    keys = {"body", "plain_body", "body_text", "description", "description_text", "comment"}
    found: list[str] = []
    for system in ("zendesk", "freshdesk", "intercom"):
        for path in sorted((samples / system).rglob("*.json")):
            try:
                found += _texts(json.loads(path.read_text()), keys)
            except ValueError:
                continue
    return [_ticket([(text, text)]) for text in dict.fromkeys(found) if not text.lstrip().startswith("<")]


def _texts(value: object, keys: set[str]) -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            if key in keys and isinstance(inner, str):
                yield inner
            else:
                yield from _texts(inner, keys)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner, keys)


def letters() -> list[list[Body]]:
    """The demonstration's tickets; what is the author's own follows from the banks of `demo/texts/talk.yaml`."""
    query = """SELECT m.ticket_id, u.locale, m.body FROM messages m JOIN tickets t ON t.id = m.ticket_id
        JOIN users u ON u.id = t.requester_id WHERE m.is_public ORDER BY m.ticket_id, m.created_at, m.id"""
    with closing(sqlite3.connect(f"{(ROOT / 'data/demo/helpdesk.sqlite').as_uri()}?mode=ro", uri=True)) as database:
        rows = database.execute(query).fetchall()
    return [
        _ticket([(body, _own(body, locale)) for _, locale, body in turns])
        for _, turns in groupby(rows, key=lambda row: row[0])
    ]


AGAIN = re.compile(r"\n\n(?:PS: I send this again\.|\(Second try[^\n]*|Sent twice, sorry\.)\Z")
"""What a customer puts under a letter that is sent twice; see `demo/tickets.py`."""


def _own(body: str, language: str) -> str:
    """A letter without the quote, the footer, the signature and the closing that `demo/letters.py` puts under it."""
    words = talk(language)
    header = re.sub(r"%\w+%", r"[^\\n]+", re.escape(words["quote"]))
    own = re.split(rf"(?:\A|\n\n){header}\n>", body, maxsplit=1)[0]
    again = AGAIN.search(own)
    own = AGAIN.sub("", own)
    feet = "|".join(re.escape(foot) for foot in (*words["disclaimer"], *words["mobile"]))
    while (shorter := re.sub(rf"\n\n(?:{feet})\Z", "", own, flags=re.IGNORECASE)) != own:
        own = shorter
    own = re.split(r"\n\n-- \n", own, maxsplit=1)[0]
    signs = "|".join(re.escape(sign) for sign in (*words["sign_agent"], *words["sign_user"]))
    own = re.sub(rf"\n\n(?:{signs})\n[^\n]+(?:\nPostrider Support)?\Z", "", own, flags=re.IGNORECASE)
    return own + (again[0] if again else "")


def mails() -> dict[str, list[list[Body]]]:
    """The mails written for this project, by language."""
    entries = yaml.safe_load(MAILS.read_text(encoding="utf-8"))
    return {
        language: [
            [Body(entry["body"], entry.get("earlier", ""), entry.get("own", entry["body"]))]
            for entry in entries
            if entry["name"].startswith(language)
        ]
        for language in LANGUAGES
    }


def _ticket(turns: Sequence[tuple[str, str]]) -> list[Body]:
    texts = [text for text, _ in turns]
    return [Body(text, "\n".join(texts[:at]) if ">" in text else "", own) for at, (text, own) in enumerate(turns)]


def judged(strip: Strip, tickets: Sequence[Sequence[Body]]) -> str:
    """Of the bodies, in percent: words lost / words left over / exactly the author's own."""
    lost = left = exact = count = 0
    for body in (body for ticket in tickets for body in ticket):
        got, own = strip(body.text, body.earlier).split(), body.own.split()
        lost += bool(Counter(own) - Counter(got))
        left += bool(Counter(got) - Counter(own))
        exact += got == own
        count += 1
    return " / ".join(percent(part, count).removesuffix(" %") for part in (lost, left, exact))


def hostile() -> dict[str, tuple[str, str]]:
    """Bodies that cost much where a rule looks far ahead or back, with what was written before."""
    return {
        "one line of 10 MB": ("wrote " * 1_700_000, ""),
        "10 MB of short lines": ("This message is long.\n" * 450_000, ""),
        "100,000 quoted lines": ("> a line that was not written before\nb\n" * 50_000, "a line that was " * 50_000),
        "a quote 10,000 deep": ("\n".join(">" * depth for depth in range(0, 10_000, 4)), ""),
        "20,000 headers": ("Hello\n\nOn 1 March, A <a@example.com> wrote:\n" * 20_000, ""),
        "20,000 header starts": ("On 1\n" * 20_000, ""),
        "100 kB of spaces": ("a" + " " * 100_000 + "b", ""),
        "20,000 closings": ("Best regards,\nAnn\n" * 20_000, ""),
        "2,000 dashed lines": ("x\n" + ("-" * 300 + "\n") * 2_000, ""),
        "100 kB of spaces behind >": ("x\n> " + " " * 100_000 + "a@b", ""),
        "20,000 rules": ("____________________\nThis message is confidential\n" * 20_000, ""),
    }


class TooSlowError(Exception):
    """LIMIT_SECONDS went by."""


def _alarm(_: int, __: FrameType | None) -> None:
    raise TooSlowError


def timed(strip: Strip, text: str, earlier: str) -> str:
    """Seconds for one body, or that it took longer than the limit."""
    signal.signal(signal.SIGALRM, _alarm)
    signal.setitimer(signal.ITIMER_REAL, LIMIT_SECONDS)
    began = time.perf_counter()
    try:
        strip(text, earlier)
    except TooSlowError:
        return f"> {LIMIT_SECONDS:.0f} s"
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
    return f"{time.perf_counter() - began:.2f} s"


def speed(strip: Strip, tickets: Sequence[Sequence[Body]], runs: int) -> str:
    """Bodies per second, the best of `runs`."""
    bodies = [body for ticket in tickets for body in ticket]
    best = float("inf")
    for _ in range(runs):
        began = time.perf_counter()
        for body in bodies:
            strip(body.text, body.earlier)
        best = min(best, time.perf_counter() - began)
    return f"{len(bodies) / best:,.0f}"


def batch_speed(tickets: Sequence[Sequence[Body]]) -> str:
    """Bodies per second of `clean_batch`, in batches of about a thousand tickets."""
    best = float("inf")
    some = list(tickets[:1024])
    texts = pa.array([body.text for ticket in some for body in ticket], pa.string())
    offsets = np.cumsum([0, *(len(ticket) for ticket in some)])
    for _ in range(BATCH_COPIES):
        began = time.perf_counter()
        clean_batch(texts, offsets)
        best = min(best, time.perf_counter() - began)
    return f"{len(texts) / best:,.0f}"


def main() -> None:
    """Print the measurements as Markdown."""
    print("## Quotes, signatures and disclaimers\n")
    compared = tools()
    sets = {"demonstration's letters": letters()}
    samples = Path(os.environ.get("SOURCING_SAMPLES", ""))
    if (samples / "support").is_dir():
        sets = {"real chat turns": chats(samples), "recorded help desk bodies": recordings(samples)} | sets
    else:
        print("SOURCING_SAMPLES names no folder with the samples: real turns are left out.\n")
    ordinary = list(sets.items())
    sets |= {f"mails, {language}": found for language, found in mails().items()}
    show(
        "Own words lost / anything left over / exactly the author's own",
        ("bodies", "n", *compared),
        [
            (name, str(sum(map(len, found))), *(judged(strip, found) for strip in compared.values()))
            for name, found in sets.items()
        ],
        "In percent of the bodies.",
    )
    rows = [
        (tool, *(speed(strip, found, 3 if tool.startswith("`") else 1) for _, found in ordinary))
        for tool, strip in compared.items()
    ]
    rows.append(("`bodies.clean_batch`", *(batch_speed(found) for _, found in ordinary)))
    show(f"Bodies per second ({machine()})", ("tool", *(name for name, _ in ordinary)), rows)
    show(
        "Seconds for one hostile body",
        ("body", *compared),
        [(name, *(timed(strip, *body) for strip in compared.values())) for name, body in hostile().items()],
    )
