"""Questions and answers of the Stack Exchange dump."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from .banks import bank, question_families
from .grammar import expand
from .identifiers import ip
from .markup import html_of, listing
from .people import folded, make_name
from .spans import Span, Text, marked

QUESTIONS = 680
OFF_TOPIC = 20
WRONG_SHARE = 0.05
ADDRESS = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+|(?:198\.51\.100|203\.0\.113|192\.0\.2)\.\d{1,3}")
WANTED = {"dns", "email", "smtp", "ssl", "spf", "dkim", "hosting", "python"}
END = datetime(2026, 10, 25)


@dataclass
class Post:
    """One row of Posts.xml, and what is planted in it."""

    kind: int
    body: Text
    created: datetime
    score: int
    owner: int | None
    id: int = 0
    title: str = ""
    tags: list[str] = field(default_factory=list)
    views: int = 0
    parent: Post | None = None
    accepted: Post | None = None
    answers: list[Post] = field(default_factory=list)
    closed: datetime | None = None
    license: str | None = "CC BY-SA 4.0"
    comments: int = 0
    off_topic: bool = False
    wrong: str | None = None


def make_posts(rng: random.Random, users: list[int]) -> list[Post]:
    """All posts, numbered in the order of their creation."""
    writer = _Writer(rng, users)
    families = question_families()
    deck: list[int] = []
    questions = []
    for number in range(QUESTIONS):
        if not deck:
            deck = list(range(len(families)))
            rng.shuffle(deck)
        questions.append(writer.question(families[deck.pop()], wrong=number % 20 == 7))
    entries = bank("forum")["off_topic"]
    questions += [writer.off_topic(entries[number % len(entries)]) for number in range(OFF_TOPIC)]
    _special(questions, rng)
    posts = [post for question in questions for post in (question, *question.answers)]
    posts += [
        Post(
            kind, marked_addresses(text if kind == 4 else f"<p>{text}</p>\n"), datetime(2016, 3, 1 + day, 9, 30), 0, -1
        )
        for day, text in enumerate(bank("forum")["wiki"].values())
        for kind in (5, 4)
    ]
    posts.sort(key=lambda post: post.created)
    for identifier, post in enumerate(posts, 1):
        post.id = identifier
    return posts


def marked_addresses(text: str) -> Text:
    """The text with every e-mail and IP address of a made-up host as a span."""
    spans = tuple(
        Span(match.start(), match.end(), "EMAIL" if "@" in match[0] else "IP") for match in ADDRESS.finditer(text)
    )
    return Text(text, spans)


class _Writer:
    def __init__(self, rng: random.Random, users: list[int]) -> None:
        self.rng = rng
        self.users = users
        self.forum = bank("forum")

    def question(self, family: dict[str, Any], wrong: bool) -> Post:
        rng = self.rng
        slots = _Slots(rng)
        path = rng.choice(family["paths"])
        parts = [self._html(family["questions"][rng.choice(path["questions"])], slots)]
        if family["extras"] and rng.random() < 0.6:
            parts.append(self._html(rng.choice(family["extras"]), slots))
        if rng.random() < 0.65:
            topic = rng.choice([tag for tag in family["tags"] if tag in self.forum["environment"]] or ["email"])
            parts.append(self._html(rng.choice(self.forum["environment"][topic]), slots))
        if rng.random() < 0.3:
            tried = [self._say(one, slots) for one in rng.sample(self.forum["tried"], rng.randint(2, 4))]
            parts.append(listing(rng.choice(("What I tried:", "Tried so far:", "No change after:")), tried))
        if rng.random() < 0.45:
            parts.append(self._html(rng.choice(self.forum["closing"]), slots))
        body = marked_addresses("\n".join(parts))
        if rng.random() < 0.04:
            body = body + self._signature()
        post = self._post(1, body, self._moment())
        post.title = _capital(self._say(family["titles"][rng.choice(path["titles"])], slots))
        extra = rng.sample(self.forum["extra_tags"], rng.choice((0, 0, 1, 1, 2)))
        post.tags = list(dict.fromkeys([*family["tags"], *extra]))[:5]
        post.views = rng.randint(120, 48_000)
        popular = rng.random() < 0.74
        post.score = rng.randint(11, 96) if popular else rng.choice((-3, -1, 0, 1, 2, 3, 4, 6, 8, 10))
        count = 0 if not wrong and rng.random() < 0.1 else rng.choices((1, 2, 3), (40, 38, 22))[0]
        best = rng.choice(path["answers"])
        others = [index for index in range(len(family["answers"])) if index != best]
        for index in [best, *rng.sample(others, len(others))][:count]:
            self._answer(post, family["answers"][index], slots)
        if wrong:
            entry = rng.choice(family["wrong"])
            first = self._answer(post, entry["answer"], slots)
            post.answers.remove(first)
            post.answers.insert(0, first)
            post.wrong, post.accepted = entry["reason"], first
            post.score = max(post.score, 11)
        elif post.answers and rng.random() < 0.78:
            post.accepted = post.answers[0]
        if post.answers:
            post.answers[0].score = max(answer.score for answer in post.answers) + rng.randint(0, 5)
        return post

    def off_topic(self, entry: dict[str, Any]) -> Post:
        slots = _Slots(self.rng)
        body = self._html(entry["body"], slots)
        if self.rng.random() < 0.5:
            body += "\n" + self._html(self.rng.choice(self.forum["closing"]), slots)
        post = self._post(1, Text(body), self._moment())
        post.title, post.tags = self._say(entry["title"], slots), list(entry["tags"])
        post.score, post.views, post.off_topic = self.rng.randint(11, 40), self.rng.randint(90, 5000), True
        post.accepted = self._answer(post, entry["answer"], slots)
        return post

    def _answer(self, question: Post, template: str, slots: _Slots) -> Post:
        rng = self.rng
        parts = [self._html(template, slots)]
        if rng.random() < 0.5:
            parts.append(self._html(rng.choice(self.forum["remarks"]), slots))
            if rng.random() < 0.3:
                parts.reverse()
        later = timedelta(minutes=rng.randint(6, 4000))
        body = marked_addresses("\n".join(parts))
        post = self._post(2, body, min(question.created + later, END + timedelta(days=4)))
        post.score, post.parent = max(rng.randint(-2, max(3, question.score)), -2), question
        post.license = question.license
        question.answers.append(post)
        return post

    def _post(self, kind: int, body: Text, created: datetime) -> Post:
        owner = self.rng.choice(self.users) if self.rng.random() > 0.03 else None
        post = Post(kind, body, created, 0, owner)
        post.comments = self.rng.choice((0, 0, 0, 1, 2, 3, 5))
        return post

    def _moment(self) -> datetime:
        days = self.rng.randint(0, 3000)
        return END - timedelta(days=days, milliseconds=self.rng.randrange(86_400_000))

    def _signature(self) -> Text:
        first, last = make_name(self.rng, "en")
        if self.rng.random() < 0.5:
            return Text("\n<p>Thanks, ") + marked(f"{first} {last}", "NAME") + "</p>\n"
        address = f"{folded(first)}.{folded(last)}@example.com"
        return Text("\n<p>You can also write to me at ") + marked(address, "EMAIL") + "</p>\n"

    def _say(self, template: str, slots: _Slots) -> str:
        return expand(template, self.rng, slots).value

    def _html(self, template: str, slots: _Slots) -> str:
        return html_of(self._say(template, slots))


class _Slots:
    """Host names and numbers of one question."""

    def __init__(self, rng: random.Random) -> None:
        names = bank("names")
        company = names["company"]
        hosts = rng.sample(names["slots"]["oldhost"], 2)
        short = rng.choice(("example.com", "example.org", "example.net"))
        long = f"{rng.choice(company['stem'])}-{rng.choice(company['trade'])}.example"
        while "2001" in (address := ip(rng)):
            pass
        self.known = {
            "d": short if rng.random() < 0.3 else long,
            "h": hosts[0],
            "h2": hosts[1],
            "ip": address,
            "n": str(rng.randint(3, 30)),
            "k": str(rng.randint(0, 3)),
        }

    def __call__(self, name: str) -> Text:
        return Text(self.known[name])


def _capital(title: str) -> str:
    return title[:1].upper() + title[1:] if title[:1].isalpha() and "lib" not in title.split()[0] else title


def _special(questions: list[Post], rng: random.Random) -> None:
    """Old posts with other licences, posts without one, closed and unloved questions."""
    chosen = rng.sample([question for question in questions if not question.wrong and not question.off_topic], 34)
    for number, question in enumerate(chosen[:18]):
        if number < 12:
            year, question.license = (2010, "CC BY-SA 2.5") if number < 4 else (2015, "CC BY-SA 3.0")
            question.created = question.created.replace(year=year, day=min(question.created.day, 28))
        else:
            question.license = None
        for answer in question.answers:
            answer.license = question.license
            answer.created = question.created + timedelta(hours=rng.randint(1, 60))
    for question in chosen[18:]:
        question.closed = question.created + timedelta(days=2)
        question.score = rng.randint(-4, 3)
