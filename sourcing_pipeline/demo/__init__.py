"""The embedded demo inputs: a help desk, a forum, annotations and seeds of an invented firm."""

from __future__ import annotations

import random
import shutil
import tempfile
from pathlib import Path

from .annotations import make_tasks, write_annotations
from .helpdesk import write_helpdesk
from .people import make_agents, make_customers
from .posts import make_posts
from .readme import write_readme
from .seeds import write_seeds
from .stackexchange import make_users, write_posts, write_users
from .tickets import make_tickets
from .truth import write_truth

__all__ = ["SEED", "generate"]

SEED = 20261031


def generate(folder: Path, seed: int = SEED) -> None:
    """Write all demo inputs into the folder; the same seed gives the same content.

    The files are made in a temporary folder next to it and moved in one by one,
    so a crash never leaves half a file behind.
    """
    folder.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.resolve().parent))
    try:
        _write_all(scratch, seed)
        for source in sorted(path for path in scratch.rglob("*") if path.is_file()):
            target = folder / source.relative_to(scratch)
            target.parent.mkdir(parents=True, exist_ok=True)
            source.replace(target)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _write_all(folder: Path, seed: int) -> None:
    agents = make_agents()
    customers = make_customers(_chance(seed, "people"), len(agents) + 1)
    tickets = make_tickets(_chance(seed, "tickets"), agents, customers)
    everybody = agents + [person for group in customers.values() for person in group]
    write_helpdesk(folder / "helpdesk.sqlite", everybody, tickets)

    forum = folder / "stackexchange"
    forum.mkdir()
    users = make_users(_chance(seed, "forum-users"))
    posts = make_posts(_chance(seed, "posts"), [user.id for user in users if user.id > 0])
    write_posts(forum / "Posts.xml", posts)
    write_users(forum / "Users.xml", users)

    tasks = make_tasks(_chance(seed, "tasks"))
    write_annotations(folder / "annotations.json", tasks)
    write_seeds(folder / "seeds.jsonl")
    write_truth(folder / "truth.jsonl", tickets, posts, tasks)
    write_readme(folder / "README.md", tickets, posts, users, tasks)


def _chance(seed: int, part: str) -> random.Random:
    return random.Random(f"{seed}-{part}")  # noqa: S311 - nothing here is a secret
