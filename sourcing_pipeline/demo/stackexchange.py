"""Posts.xml and Users.xml in the form of the Stack Exchange data dump."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from xml.sax.saxutils import quoteattr

from .banks import bank
from .grammar import choose
from .markup import inline
from .people import make_name
from .posts import END, Post

USERS = 320


@dataclass(frozen=True)
class User:
    """One member of the site."""

    id: int
    name: str
    reputation: int
    created: datetime
    place: str
    about: str


def make_users(rng: random.Random) -> list[User]:
    """The members of the site, the Community user first."""
    words = bank("forum")["users"]
    users = [
        User(-1, "Community", 1, datetime(2010, 1, 5), "on the server farm", "<p>Hi, I'm not really a person.</p>\n")
    ]
    for number in range(1, USERS + 1):
        first, last = make_name(rng, rng.choices(("en", "de", "fr", "es"), (6, 2, 1, 1))[0])
        handle = f"{rng.choice(words['handles'])}{rng.choice(('', '', rng.randint(2, 99)))}"
        name = rng.choice((f"{first} {last}", first, handle, f"{first} {last[0]}."))
        about = inline(choose(rng.choice(words["about"]), rng))
        created = datetime(2010, 2, 1) + timedelta(minutes=rng.randrange(2_900_000))
        reputation = int(rng.paretovariate(0.7) * 40)
        text = f"<p>{about}</p>\n" if about else ""
        users.append(User(number + 10, name, min(reputation, 90_000), created, rng.choice(words["places"]), text))
    return users


def write_posts(path: Path, posts: list[Post]) -> None:
    """Write Posts.xml."""
    rows = [_row(_post_fields(post)) for post in posts]
    _write(path, "posts", rows)


def write_users(path: Path, users: list[User]) -> None:
    """Write Users.xml."""
    rows = []
    for user in users:
        fields: dict[str, object | None] = {
            "Id": user.id,
            "Reputation": user.reputation,
            "CreationDate": _stamp(user.created),
            "DisplayName": user.name,
            "LastAccessDate": _stamp(END - timedelta(days=abs(user.id) % 400)),
            "Location": user.place or None,
            "AboutMe": user.about or None,
            "Views": user.reputation // 9,
            "UpVotes": user.reputation // 14,
            "DownVotes": user.reputation // 200,
            "AccountId": -1 if user.id < 0 else 880_000 + user.id * 17,
        }
        rows.append(_row(fields))
    _write(path, "users", rows)


def _post_fields(post: Post) -> dict[str, object | None]:
    question = post.kind == 1
    latest = max([post.created, *(answer.created for answer in post.answers)])
    return {
        "Id": post.id,
        "PostTypeId": post.kind,
        "AcceptedAnswerId": post.accepted.id if post.accepted else None,
        "ParentId": post.parent.id if post.parent else None,
        "CreationDate": _stamp(post.created),
        "Score": post.score,
        "ViewCount": post.views if question else None,
        "Body": post.body.value,
        "OwnerUserId": post.owner,
        "OwnerDisplayName": None if post.owner else f"user{40_000 + post.id}",
        "LastActivityDate": _stamp(latest),
        "Title": post.title if question else None,
        "Tags": "".join(f"<{tag}>" for tag in post.tags) if question else None,
        "AnswerCount": len(post.answers) if question else None,
        "CommentCount": post.comments,
        "ClosedDate": _stamp(post.closed) if post.closed else None,
        "ContentLicense": post.license,
    }


def _row(fields: dict[str, object | None]) -> str:
    known = (f"{name}={_attribute(str(value))}" for name, value in fields.items() if value is not None)
    return f"  <row {' '.join(known)} />"


def _attribute(value: str) -> str:
    quoted = quoteattr(value, {"\n": "&#xA;", '"': "&quot;"})
    return quoted if quoted.startswith('"') else '"' + quoted[1:-1] + '"'


def _stamp(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds")


def _write(path: Path, name: str, rows: list[str]) -> None:
    lines = ['\ufeff<?xml version="1.0" encoding="utf-8"?>', f"<{name}>", *rows, f"</{name}>", ""]
    path.write_text("\n".join(lines), encoding="utf-8", newline="\n")
