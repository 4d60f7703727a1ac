"""What was planted where: personal data, duplicates, off-topic records and wrong answers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .annotations import Task
from .posts import Post
from .spans import Text
from .tickets import Ticket


def write_truth(path: Path, tickets: list[Ticket], posts: list[Post], tasks: list[Task]) -> None:
    """Write one JSON line for each record that has something planted, and for each ticket."""
    rows = [*_of_tickets(tickets), *_of_posts(posts), *_of_tasks(tasks)]
    lines = [json.dumps(row, ensure_ascii=False, separators=(",", ":")) for row in rows]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _of_tickets(tickets: list[Ticket]) -> Iterator[dict[str, Any]]:
    for ticket in tickets:
        personal = [
            entry
            for number, message in zip(ticket.message_ids, ticket.messages, strict=True)
            if message.public
            for entry in _personal(message.text, number)
        ]
        yield {
            "record": f"ticket:{ticket.id}",
            "personal": personal,
            "off_topic": ticket.off_topic,
            "wrong": ticket.wrong,
            "duplicate_of": f"ticket:{ticket.duplicate_of.id}" if ticket.duplicate_of else None,
            "eligible": ticket.eligible,
        }


def _of_posts(posts: list[Post]) -> Iterator[dict[str, Any]]:
    for post in posts:
        if post.body.spans or post.off_topic or post.wrong:
            kind = {1: "question", 2: "answer"}.get(post.kind, "post")
            yield _row(f"{kind}:{post.id}", post.body, post.off_topic, post.wrong)


def _of_tasks(tasks: list[Task]) -> Iterator[dict[str, Any]]:
    for task in tasks:
        if task.instruction.spans or task.wrong:
            yield _row(f"task:{task.id}", task.instruction, False, task.wrong)


def _row(record: str, text: Text, off_topic: bool, wrong: str | None) -> dict[str, Any]:
    return {
        "record": record,
        "personal": list(_personal(text, None)),
        "off_topic": off_topic,
        "wrong": wrong,
        "duplicate_of": None,
    }


def _personal(text: Text, message: int | None) -> Iterator[dict[str, Any]]:
    for span, value in text.labelled():
        yield {
            "message_id": message,
            "start": span.start,
            "end": span.end,
            "label": span.label,
            "value": value,
        }
