"""The export of the annotation project: instructions with one to three written responses."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from .banks import bank, talk
from .facts import FIRST_DAY, PLANS, number
from .grammar import choose, fill
from .people import folded, make_customer
from .slots import Slots
from .spans import Text

TASKS = 280
PERSONAL = 14
WRONG = 6
WORKED_OUT = 9
FORMAT = "%Y-%m-%dT%H:%M:%S.%fZ"


@dataclass
class Task:
    """One task of the project."""

    id: int
    topic: str
    instruction: Text
    variants: list[str]
    language: str
    created: datetime
    annotations: list[dict[str, Any]] = field(default_factory=list)
    wrong: str | None = None


def make_tasks(rng: random.Random) -> list[Task]:
    """All tasks with their annotations."""
    drafts = [draft for entry in bank("limits") for draft in _worked_out(entry, rng)]
    entries = bank("tasks")
    drafts += [_edge_case(entry, rng, plain=True) for entry in entries]
    english = [entry for entry in entries if entry["language"] == "en"]
    others = [entry for entry in entries if entry["language"] != "en"]
    drafts += [_edge_case(entry, rng, plain=False) for entry in others]
    while len(drafts) < TASKS:
        drafts.append(_edge_case(english[len(drafts) % len(english)], rng, plain=False))
    rng.shuffle(drafts)
    tasks = []
    for index, (topic, language, instruction, variants) in enumerate(drafts[:TASKS]):
        created = FIRST_DAY + timedelta(days=200 + index // 3, seconds=rng.randrange(30_000, 60_000))
        tasks.append(Task(401 + index, topic, instruction, variants, language, created))
    for task in rng.sample([task for task in tasks if not task.instruction.spans], PERSONAL):
        _add_personal(task, rng)
    wrong = rng.sample([task for task in tasks if task.language == "en"], WRONG)
    for task in wrong:
        other = rng.choice([seed for seed in bank("seeds") if seed["topic"] != task.topic])
        task.variants = [other["response"]]
        task.wrong = f"answers another question ({other['instruction']})"
    _annotate_all(tasks, rng)
    return tasks


def write_annotations(path: Path, tasks: list[Task]) -> None:
    """Write the tasks as a Label Studio JSON export."""
    rows = [
        {
            "id": task.id,
            "data": {"instruction": task.instruction.value, "topic": task.topic},
            "annotations": task.annotations,
            "predictions": [],
            "drafts": [],
            "meta": {},
            "created_at": task.created.strftime(FORMAT),
            "updated_at": (task.created + timedelta(days=3)).strftime(FORMAT),
            "inner_id": index,
            "total_annotations": sum(not one["was_cancelled"] for one in task.annotations),
            "cancelled_annotations": sum(one["was_cancelled"] for one in task.annotations),
            "total_predictions": 0,
            "project": 7,
        }
        for index, task in enumerate(tasks, 1)
    ]
    path.write_text(json.dumps(rows, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


Draft = tuple[str, str, Text, list[str]]


def _worked_out(entry: dict[str, Any], rng: random.Random) -> list[Draft]:
    drafts: dict[str, Draft] = {}
    while len(drafts) < WORKED_OUT:
        plan = rng.choice(PLANS)
        fixed = entry["limit"].isdigit()
        limit = int(entry["limit"]) if fixed else int(getattr(plan, entry["limit"]))
        total = _total(limit, rng, round_to=500 if entry["limit"] == "daily" else 1)
        more = max(1, min(total - 1, rng.randint(1, max(2, total // 4))))
        words = {
            "plan": plan.name,
            "limit": number(limit, "en"),
            "total": number(total, "en"),
            "more": str(more),
            "used": str(total - more),
        }
        template = entry["fits"] if total <= limit else entry["over"]
        instruction = choose(entry["instruction"], rng).format(**words)
        drafts[instruction] = (entry["topic"], "en", Text(instruction), [template.format(**words)])
    return list(drafts.values())


def _total(limit: int, rng: random.Random, round_to: int) -> int:
    low = 2 if limit < 10 else max(2, limit // 3)
    value = rng.randint(low, limit + max(2, limit // 2))
    if limit > 9 and rng.random() < 0.3:
        value = limit + rng.choice((-1, 0, 1, 2)) * round_to
    return max(2, value // round_to * round_to)


def _edge_case(entry: dict[str, str], rng: random.Random, plain: bool) -> Draft:
    language = entry["language"]
    person = make_customer(rng, 0, language)
    slots = Slots(rng, person, person, FIRST_DAY)
    text = fill(choose(entry["instruction"], rng), slots)
    if not plain:
        lead = rng.choice(bank("annotators")["lead"][language]).format(
            plan=slots("plan").value, business=slots("business").value, domain=person.domain
        )
        if language in {"fr", "es"} and lead.rstrip().endswith(":"):
            text = text.uncapitalised()
        text = Text(lead) + text
    return entry["topic"], language, text, [entry["response"]]


def _add_personal(task: Task, rng: random.Random) -> None:
    person = make_customer(rng, 0, task.language)
    slots = Slots(rng, person, person, FIRST_DAY)
    label = rng.choice(("phone", "email", "colleague", "ip", "address"))
    sentence = fill(choose(rng.choice(talk(task.language)["pii"][label]), rng), slots)
    task.instruction = task.instruction + " " + sentence.capitalised()


def _annotate_all(tasks: list[Task], rng: random.Random) -> None:
    people = bank("annotators")["people"]
    order = list(range(len(tasks)))
    rng.shuffle(order)
    none, cancelled = set(order[:6]), set(order[6:12])
    next_id = 9_001
    for index, task in enumerate(tasks):
        if task.wrong is None and index in none:
            continue
        skipped_only = index in cancelled and task.wrong is None
        count = 1 if skipped_only or task.wrong else rng.choices((1, 2, 3), (35, 40, 25))[0]
        authors = rng.sample(people, count)
        texts: set[str] = set()
        for position, author in enumerate(authors):
            skipped = skipped_only or (count > 1 and position == count - 1 and rng.random() < 0.08)
            text = _response(task, rng, texts)
            texts.add(text)
            truth = not skipped and position == 0 and task.wrong is None and rng.random() < 0.12
            task.annotations.append(_annotation(next_id, task, author, text, rng, skipped, truth))
            next_id += 1


def _response(task: Task, rng: random.Random, known: set[str]) -> str:
    words = bank("annotators")
    text = ""
    for _ in range(30):
        opening = rng.choice(words["open"][task.language])
        body = choose(rng.choice(task.variants), rng)
        if opening.rstrip().endswith(":") and not body[1:2].isupper():
            body = body[:1].lower() + body[1:]
        text = opening + body + rng.choice(words["close"][task.language])
        if text not in known:
            break
    return text


def _annotation(
    number_: int, task: Task, author: list[Any], text: str, rng: random.Random, skipped: bool, truth: bool
) -> dict[str, Any]:
    identifier, first, last = author
    created = task.created + timedelta(hours=rng.randint(2, 70), microseconds=rng.randrange(1_000_000))
    key = "".join(rng.choice("abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789") for _ in range(10))
    kinds: list[tuple[str, str, dict[str, Any]]] = [
        ("textarea", "response", {"text": [text]}),
        ("rating", "confidence", {"rating": rng.choices((5, 4, 3, 2), (40, 40, 15, 5))[0]}),
    ]
    result = [
        {
            "id": f"{key}{index}",
            "type": kind,
            "from_name": name,
            "to_name": "instruction",
            "value": value,
            "origin": "manual",
        }
        for index, (kind, name, value) in enumerate(kinds)
    ]
    return {
        "id": number_,
        "completed_by": {
            "id": identifier,
            "email": f"{folded(first)}.{folded(last)}@postrider.example",
            "first_name": first,
            "last_name": last,
        },
        "result": [] if skipped else result,
        "was_cancelled": skipped,
        "ground_truth": truth,
        "created_at": created.strftime(FORMAT),
        "updated_at": created.strftime(FORMAT),
        "lead_time": round(rng.uniform(25, 420), 3),
        "prediction": {},
        "result_count": 0 if skipped else len(result),
        "task": task.id,
        "parent_prediction": None,
        "parent_annotation": None,
    }
