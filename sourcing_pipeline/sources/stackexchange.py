"""Questions with their best answer from a Stack Exchange dump (`Posts.xml`, optionally `Users.xml`).

One pass over Posts.xml puts what may be needed (questions that pass the filters, and the answers to them)
into a temporary SQLite file; rows then come from it in the order of the questions' ids. Why so: the best
answer is known only at the end of the file, a dump may be 100 GB, and memory must stay flat. One pass,
because parsing is the slow part; on disk, because the wanted questions and their answers need not fit into
memory. In a dump an answer follows its question, so that answers to dropped questions are never stored; an
answer met before its question is stored until the end, and the rows are the same in any order.
"""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import ClassVar, Literal
from urllib.parse import urlsplit

import pyarrow as pa
from pydantic import Field, field_validator

from sourcing_pipeline.config import RecipePath, Window
from sourcing_pipeline.licenses import License, spdx_id
from sourcing_pipeline.rows import Drop, DropReason, Example, Message, Strategy, batches
from sourcing_pipeline.sources.html_text import markdown
from sourcing_pipeline.sources.records import UnreadableError, broken, instant, integer
from sourcing_pipeline.sources.source import Source
from sourcing_pipeline.sources.xml_rows import Row, read_rows

QUESTION, ANSWER = 1, 2

_TABLES = """
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
CREATE TABLE questions (id INTEGER PRIMARY KEY, accepted INTEGER, reason TEXT, detail TEXT, post TEXT);
CREATE TABLE answers (id INTEGER PRIMARY KEY, question INTEGER, score INTEGER, post TEXT);
CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT);
"""
_PAIRS = """
WITH paired AS (
    SELECT q.*, CASE WHEN q.reason IS NULL THEN coalesce(
        (SELECT a.id FROM answers a WHERE a.question = q.id AND a.id = q.accepted),
        (SELECT a.id FROM answers a WHERE a.question = q.id ORDER BY a.score DESC, a.id LIMIT 1)
    ) END AS best
    FROM questions q
)
SELECT q.id, q.reason, q.detail, q.post, a.id, a.id = q.accepted, a.post, asker.name, answerer.name
FROM paired q
LEFT JOIN answers a ON a.id = q.best
LEFT JOIN users asker ON asker.id = CAST(q.post ->> 'user' AS INTEGER)
LEFT JOIN users answerer ON answerer.id = CAST(a.post ->> 'user' AS INTEGER)
ORDER BY q.id
"""
_OWNERS = """
INSERT OR IGNORE INTO users (id)
SELECT CAST(post ->> 'user' AS INTEGER) FROM questions WHERE post ->> 'user' IS NOT NULL
UNION SELECT CAST(post ->> 'user' AS INTEGER) FROM answers WHERE post ->> 'user' IS NOT NULL
"""


class StackExchange(Source):
    """Well-voted questions with their accepted answer, or else the best-voted one, from a Stack Exchange
    dump.

    A record is one question; answers, wikis and other posts are none. Without an accepted answer the one with
    the highest score is taken, of equals the one with the lowest id. Drops, in this order: unparsable,
    score_too_low, tags_not_wanted, closed, no_answer, licence_unknown, empty. A row whose type cannot be
    read, or a question or answer without a needed attribute, is unparsable under its line.

    `quality_score` is the answer's votes, s / (s + 10) for a score s above 0, else 0: monotone, half at 10
    votes. The licence is what the dump says of the answer; where the question's differs,
    `meta.question_license` names it; where either says nothing, `default_license` holds, and without one the
    row is dropped.
    """

    strategy: ClassVar[Strategy] = "public"

    kind: Literal["stackexchange"] = "stackexchange"
    """Which reader this is."""
    posts: RecipePath
    """The dump's Posts.xml."""
    users: RecipePath | None = None
    """The dump's Users.xml, for the authors' names; without it, names that the posts hold, or user
    numbers."""
    site_url: str = "https://stackoverflow.com"
    """Address of the site, for links and attribution."""
    tags: tuple[str, ...] = ()
    """Questions with any of these tags are kept; an empty list keeps all."""
    min_score: int = 10
    """A question is kept when its score is above this."""
    default_license: License | None = None
    """The licence of posts whose dump names none; null drops them as licence_unknown."""
    max_age_days: int | None = Field(default=None, ge=1)
    """Rows whose answer is older than this before `as_of` are dropped as outside_window; no limit by
    default."""

    @field_validator("site_url")
    @classmethod
    def _with_scheme(cls, value: str) -> str:
        if not urlsplit(value).scheme or not urlsplit(value).netloc:
            raise ValueError("expected an address such as https://stackoverflow.com")
        return value.rstrip("/")

    def read(self, name: str, window: Window) -> Iterator[pa.RecordBatch]:  # noqa: ARG002
        """Outcome batches, one outcome a question, in the order of their ids after the unparsable rows.

        `created_at` is when the answer was written, `origin_uri` the question's link; `meta` holds
        question_id, answer_id, question_score, answer_score, accepted and, where it differs,
        question_license. Raises InputError with line and column when the XML is truncated or malformed,
        before any row is given.
        """
        return batches(self._outcomes(name))

    def _outcomes(self, name: str) -> Iterator[Example | Drop]:
        with (
            TemporaryDirectory(prefix="stackexchange-") as folder,
            closing(sqlite3.connect(Path(folder) / "posts.sqlite", isolation_level=None)) as store,
        ):
            store.executescript(_TABLES)
            store.execute("BEGIN")
            yield from self._store_posts(name, store)
            store.execute("CREATE INDEX best ON answers (question, score DESC, id)")
            self._store_names(name, store)
            for pair in store.execute(_PAIRS):
                yield self._pair(name, *pair)

    def _store_posts(self, name: str, store: sqlite3.Connection) -> Iterator[Drop]:
        count = 0
        for row in read_rows(name, self.posts, "posts"):
            try:
                post_type = integer(row.values.get("PostTypeId"), "PostTypeId")
                if post_type == QUESTION:
                    self._store_question(store, row)
                elif post_type == ANSWER:
                    self._store_answer(store, row)
                    continue
                else:
                    continue
            except UnreadableError as error:
                yield error.drop(f"{name}:line-{row.line}-column-{row.column}", f"line {row.line}, column {row.column}")
            count += 1
        if not count:
            mend = "name the Posts.xml of a dump with questions"
            raise broken(name, self.posts, "whole file", "at least one question, but there is none", mend)

    def _store_question(self, store: sqlite3.Connection, row: Row) -> None:
        post = _post(row.values, title=_needed(row.values, "Title"))
        number, score = integer(row.values.get("Id"), "Id"), integer(row.values.get("Score"), "Score")
        accepted = row.values.get("AcceptedAnswerId")
        accepted_id = None if accepted is None else integer(accepted, "AcceptedAnswerId")
        tags = _tags(row.values.get("Tags", ""))
        post |= {"score": score, "tags": tags}
        reason, detail = None, None
        if score <= self.min_score:
            reason, detail = DropReason.SCORE_TOO_LOW, f"score {score}, above {self.min_score} wanted"
        elif self.tags and not set(self.tags) & set(tags):
            reason = DropReason.TAGS_NOT_WANTED
        elif "ClosedDate" in row.values:
            reason = DropReason.CLOSED
        stored = None if reason else json.dumps(post)
        found = store.execute(
            "INSERT OR IGNORE INTO questions VALUES (?, ?, ?, ?, ?)",
            (number, accepted_id, reason, detail, stored),
        )
        if not found.rowcount:
            raise UnreadableError("Id: expected each Id once, but this question's came before")

    def _store_answer(self, store: sqlite3.Connection, row: Row) -> None:
        post = _post(row.values)
        number, score = integer(row.values.get("Id"), "Id"), integer(row.values.get("Score"), "Score")
        question = integer(row.values.get("ParentId"), "ParentId")
        if store.execute("SELECT 1 FROM questions WHERE id = ? AND reason IS NOT NULL", (question,)).fetchone():
            return
        post |= {"score": score}
        found = store.execute(
            "INSERT OR IGNORE INTO answers VALUES (?, ?, ?, ?)", (number, question, score, json.dumps(post))
        )
        if not found.rowcount:
            raise UnreadableError("Id: expected each Id once, but this answer's came before")

    def _store_names(self, name: str, store: sqlite3.Connection) -> None:
        if self.users is None:
            return
        store.execute(_OWNERS)
        count = 0
        for count, row in enumerate(read_rows(name, self.users, "users"), start=1):  # noqa: B007
            number, shown = row.values.get("Id", ""), row.values.get("DisplayName", "").strip()
            if shown and number.removeprefix("-").isascii() and number.removeprefix("-").isdigit():
                store.execute("UPDATE users SET name = ? WHERE id = CAST(? AS INTEGER)", (shown, number))
        if not count:
            raise broken(name, self.users, "whole file", "at least one user, but there is none", "export it again")

    def _pair(
        self,
        name: str,
        number: int,
        reason: str | None,
        detail: str | None,
        question_text: str | None,
        answer_number: int | None,
        accepted: int | None,
        answer_text: str | None,
        asker: str | None,
        answerer: str | None,
    ) -> Example | Drop:
        row_id = f"{name}:{number}"
        if reason is not None:
            return Drop(row_id, DropReason(reason), detail)
        if question_text is None or answer_text is None:
            return Drop(row_id, DropReason.NO_ANSWER)
        question, answer = json.loads(question_text), json.loads(answer_text)
        licenses = self._license(question), self._license(answer)
        if licenses[0] is None or licenses[1] is None:
            which = "question" if licenses[0] is None else "answer"
            return Drop(row_id, DropReason.LICENCE_UNKNOWN, f"ContentLicense of the {which}")
        try:
            asked, answered = (
                markdown(question["body"], "Body"),
                markdown(answer["body"], "Body of the answer"),
            )
        except UnreadableError as error:
            return error.drop(row_id, f"question {number}")
        if not asked or not answered:
            return Drop(row_id, DropReason.EMPTY, "Body of the " + ("answer" if asked else "question"))
        link = f"{self.site_url}/q/{number}"
        credit = f"Question by {_name(asker, question)}, answer by {_name(answerer, answer)}"
        meta: dict[str, str | int | float | bool | None] = {
            "question_id": number,
            "answer_id": answer_number,
            "question_score": question["score"],
            "answer_score": answer["score"],
            "accepted": bool(accepted),
        }
        if licenses[0] != licenses[1]:
            meta["question_license"] = licenses[0]
        return Example(
            id=row_id,
            source=name,
            strategy=self.strategy,
            messages=(Message("user", f"{question['title']}\n\n{asked}"), Message("assistant", answered)),
            quality_score=_quality(answer["score"]),
            license=licenses[1],
            attribution=f"{credit}, {urlsplit(self.site_url).netloc} ({link})",
            origin_uri=link,
            tags=tuple(question["tags"]),
            created_at=instant(answer["created"], "CreationDate"),
            person_keys=tuple(sorted({str(post["user"]) for post in (question, answer) if post["user"] is not None})),
            meta=meta,
        )

    def _license(self, post: dict[str, str]) -> str | None:
        stated = post["license"]
        return spdx_id(stated) if stated else self.default_license


def _post(values: dict[str, str], **more: str) -> dict[str, object]:
    """What is kept of a post, apart from its numbers. Raises UnreadableError."""
    created = _needed(values, "CreationDate")
    instant(created, "CreationDate")
    owner = values.get("OwnerUserId")
    return {
        "body": _needed(values, "Body"),
        "created": created,
        "user": None if owner is None else integer(owner, "OwnerUserId"),
        "shown": values.get("OwnerDisplayName"),
        "license": values.get("ContentLicense", "").strip(),
        **more,
    }


def _needed(values: dict[str, str], attribute: str) -> str:
    if attribute not in values:
        raise UnreadableError(f"{attribute}: expected this attribute, but there is none")
    return values[attribute]


def _tags(stated: str) -> list[str]:
    """Tags of a question: `<a><b>` in older dumps, `|a|b|` in newer ones."""
    return [tag for tag in stated.replace("<", "|").replace(">", "|").split("|") if tag]


def _name(known: str | None, post: dict[str, object]) -> str:
    if known:
        return known
    if post["shown"]:
        return str(post["shown"])
    return "an unknown author" if post["user"] is None else f"user {post['user']}"


def _quality(score: int) -> float:
    return score / (score + 10) if score > 0 else 0.0
