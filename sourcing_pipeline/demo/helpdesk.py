"""The SQLite file of the help desk."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

from .facts import stamp
from .people import Person
from .tickets import Ticket

SCHEMA = """
CREATE TABLE users (
    id INTEGER PRIMARY KEY,
    role TEXT NOT NULL CHECK (role IN ('customer', 'agent', 'bot')),
    name TEXT NOT NULL,
    email TEXT NOT NULL UNIQUE,
    phone TEXT,
    locale TEXT NOT NULL,
    created_at TEXT NOT NULL
);
CREATE TABLE tickets (
    id INTEGER PRIMARY KEY,
    subject TEXT NOT NULL,
    status TEXT NOT NULL
        CHECK (status IN ('new', 'open', 'pending', 'resolved', 'closed', 'abandoned', 'spam')),
    channel TEXT NOT NULL CHECK (channel IN ('email', 'web', 'chat')),
    priority TEXT NOT NULL,
    requester_id INTEGER NOT NULL REFERENCES users (id),
    assignee_id INTEGER REFERENCES users (id),
    resolved_by_id INTEGER REFERENCES users (id),
    tags TEXT NOT NULL,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    resolved_at TEXT,
    reopened_count INTEGER NOT NULL DEFAULT 0,
    merged_into_id INTEGER REFERENCES tickets (id)
);
CREATE TABLE messages (
    id INTEGER PRIMARY KEY,
    ticket_id INTEGER NOT NULL REFERENCES tickets (id),
    author_id INTEGER NOT NULL REFERENCES users (id),
    is_public INTEGER NOT NULL CHECK (is_public IN (0, 1)),
    macro TEXT,
    body TEXT NOT NULL,
    created_at TEXT NOT NULL
);
CREATE TABLE ratings (
    id INTEGER PRIMARY KEY,
    ticket_id INTEGER NOT NULL REFERENCES tickets (id),
    score INTEGER NOT NULL CHECK (score BETWEEN 1 AND 5),
    comment TEXT,
    created_at TEXT NOT NULL
);
CREATE INDEX tickets_resolved_at ON tickets (resolved_at);
CREATE INDEX messages_ticket_id ON messages (ticket_id);
"""


def write_helpdesk(path: Path, people: list[Person], tickets: list[Ticket]) -> None:
    """Write all users, tickets, messages and ratings into a fresh SQLite file."""
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA foreign_keys = ON")
        db.executescript(SCHEMA)
        with db:
            db.execute("PRAGMA defer_foreign_keys = ON")
            db.executemany(
                "INSERT INTO users VALUES (?, ?, ?, ?, ?, ?, ?)",
                [(p.id, p.role, p.name, p.email, p.phone, p.locale, p.created_at) for p in people],
            )
            db.executemany(
                "INSERT INTO tickets VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", map(_ticket_row, tickets)
            )
            db.executemany(
                "INSERT INTO messages VALUES (?, ?, ?, ?, ?, ?, ?)",
                [
                    (number, t.id, m.author, int(m.public), m.macro, m.text.value, stamp(m.at))
                    for t in tickets
                    for number, m in zip(t.message_ids, t.messages, strict=True)
                ],
            )
            rated = [(t.id, *t.rating) for t in tickets if t.rating]
            db.executemany(
                "INSERT INTO ratings VALUES (?, ?, ?, ?, ?)",
                [
                    (number, ticket, score, comment, stamp(moment))
                    for number, (ticket, score, comment, moment) in enumerate(rated, 1)
                ],
            )
        db.execute("VACUUM")


def _ticket_row(ticket: Ticket) -> tuple[object, ...]:
    updated = ticket.resolved_at or ticket.messages[-1].at
    return (
        ticket.id,
        ticket.subject,
        ticket.status,
        ticket.channel,
        ticket.priority,
        ticket.requester.id,
        ticket.assignee.id,
        ticket.resolved_by.id if ticket.resolved_by else None,
        json.dumps(ticket.tags),
        stamp(ticket.created_at),
        stamp(updated),
        stamp(ticket.resolved_at) if ticket.resolved_at else None,
        ticket.reopened,
        ticket.merged_into.id if ticket.merged_into else None,
    )
