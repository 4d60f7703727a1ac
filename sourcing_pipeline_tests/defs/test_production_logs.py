"""The whole job over tickets from S3, pull requests from a git repository and a search log, with its tables on S3."""

import json
import os
import sqlite3
import subprocess
import sys
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest

from sourcing_pipeline_tests.defs.conftest import ROOT
from sourcing_pipeline_tests.s3 import S3
from sourcing_pipeline_tests.s3 import s3 as s3

pytestmark = pytest.mark.slow

DAYS = ("2026-10-05", "2026-10-09")
RECIPE = f"""
as_of: 2026-10-31
timezone: Europe/Berlin
start: 2026-10-01
sources:
  ticket_extracts:
    kind: tickets
    system:
      type: files
      path: s3://logs/desk/{{%Y/%m/%d}}/tickets.jsonl
      fields: {{resolved_at: solved_at}}
    min_rating: 4
  approved_pull_requests:
    kind: pull_requests
    system: {{type: git, repositories: [app]}}
    license: Apache-2.0
  search_selections:
    kind: search_log
    log: {{type: files, path: "searches-{{%Y-%m-%d}}.jsonl"}}
    min_users: 3
  annotated_set:
    kind: label_studio
    export: {ROOT}/data/demo/annotations.json
mixing: {{size: 200, when_short: fill}}
storage:
  lake: s3://lake/tables
  quarantine: s3://quarantine/tables
"""
TICKETS = """
SELECT t.id, t.status, t.subject, t.resolved_at, t.updated_at, t.merged_into_id, t.reopened_count, m.body, u.role,
       u.email, m.is_public, m.created_at, substr(coalesce(t.resolved_at, t.updated_at), 1, 10) AS day,
       (SELECT score FROM ratings r WHERE r.ticket_id = t.id ORDER BY created_at DESC LIMIT 1) AS rating
FROM tickets t JOIN messages m ON m.ticket_id = t.id JOIN users u ON u.id = m.author_id
WHERE day BETWEEN ? AND ? ORDER BY t.id, m.created_at, m.id
"""


def upload_tickets(s3: S3) -> None:
    """The demonstration's tickets of a few days as JSON lines, one object a day."""
    tickets: dict[tuple[str, int], dict[str, object]] = {}
    with closing(sqlite3.connect(ROOT / "data/demo/helpdesk.sqlite")) as desk:
        for (
            number,
            status,
            subject,
            solved,
            updated,
            merged,
            reopened,
            body,
            role,
            email,
            public,
            at,
            day,
            rating,
        ) in desk.execute(TICKETS, DAYS):
            facts = {"id": number, "status": status, "subject": subject, "solved_at": solved, "updated_at": updated}
            facts |= {"merged": merged, "reopened": reopened, "rating": rating, "messages": []}
            ticket = tickets.setdefault((day, number), facts)
            message = {"role": role, "text": body, "author_email": email, "public": bool(public), "at": at}
            ticket["messages"] += [message]  # type: ignore[operator]
    put = s3.bucket("logs")
    for day in {day for day, _ in tickets}:
        lines = (json.dumps(ticket) for (of, _), ticket in tickets.items() if of == day)
        put(f"desk/{day.replace('-', '/')}/tickets.jsonl", "\n".join(lines).encode())


def make_repository(folder: Path) -> None:
    """A git repository in which one branch was written by Ann and merged by Bo."""
    folder.mkdir()

    def git(*arguments: str, who: str = "Ann", day: str = "2026-10-06") -> None:
        names = {f"GIT_{role}_NAME": who for role in ("AUTHOR", "COMMITTER")}
        mails = {f"GIT_{role}_EMAIL": f"{who.lower()}@example.com" for role in ("AUTHOR", "COMMITTER")}
        dates = {f"GIT_{role}_DATE": f"{day}T12:00:00Z" for role in ("AUTHOR", "COMMITTER")}
        subprocess.run(["git", *arguments], cwd=folder, env={**os.environ, **names, **mails, **dates}, check=True)

    git("init", "-q", "-b", "main")
    (folder / "mail.py").write_text("def send(to):\n    pass\n", encoding="utf-8")
    git("add", ".")
    git("commit", "-q", "-m", "Begin")
    git("checkout", "-q", "-b", "retry")
    (folder / "mail.py").write_text("def send(to, tries=3):\n    pass\n", encoding="utf-8")
    git("commit", "-q", "-a", "-m", "Try to send a message three times")
    git("checkout", "-q", "main")
    message = "Send a message again when the server is busy\n\nThree tries with a pause help against passing faults."
    git("merge", "-q", "--no-ff", "-m", message, "retry", who="Bo", day="2026-10-07")


def write_searches(folder: Path) -> None:
    day = "2026-10-08"
    events = [
        event
        for number in range(4)
        for event in (
            {"at": f"{day}T10:0{number}:00Z", "user": f"u{number}", "event": "search", "query": "set up dkim"},
            {"at": f"{day}T10:0{number}:20Z", "user": f"u{number}", "event": "click", "item_text": "DKIM step by step"},
        )
    ]
    lines = "\n".join(json.dumps({"query": None, "item_text": None, **event}) for event in events)
    (folder / f"searches-{day}.jsonl").write_text(lines, encoding="utf-8")


def test_logs_of_every_kind_become_one_dataset_with_the_tables_on_s3(tmp_path: Path, s3: S3) -> None:
    for bucket in ("lake", "quarantine"):
        s3.bucket(bucket)
    upload_tickets(s3)
    make_repository(tmp_path / "app")
    write_searches(tmp_path)
    (tmp_path / "recipe.yaml").write_text(RECIPE, encoding="utf-8")
    (tmp_path / "dagster.yaml").write_bytes((ROOT / "dagster.yaml").read_bytes())
    environment = {name: value for name, value in os.environ.items() if name not in ("DAGSTER_HOME", "SOURCING_RECIPE")}
    environment |= {"AWS_ENDPOINT_URL": s3.endpoint, "AWS_ALLOW_HTTP": "true", "AWS_REGION": "us-east-1"}
    environment |= {"AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_DEFAULT_REGION": "us-east-1"}
    done = subprocess.run(
        [sys.executable, "-m", "sourcing_pipeline.cli", "run", "--from", DAYS[0], "--to", DAYS[1]],
        cwd=tmp_path,
        env={**environment, "COLUMNS": "200", "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-3000:]
    dataset = Path(done.stdout.strip().splitlines()[-1].removeprefix("dataset "))
    rows = [json.loads(line) for line in dataset.read_text("utf-8").splitlines()]
    sources = Counter(row["source"] for row in rows)
    assert sources["ticket_extracts"] >= 5
    assert sources["annotated_set"] >= 50
    objects = {key for bucket in ("lake", "quarantine") for key in keys_of(s3, bucket)}
    for name in ("approved_pull_requests", "search_selections"):
        assert any(key.startswith(f"tables/masked_{name}/") and key.endswith(".parquet") for key in objects)
    assert not (tmp_path / "data/lake").exists()
    assert not (tmp_path / "data/quarantine").exists()


def keys_of(s3: S3, bucket: str) -> list[str]:
    pages = s3.client().get_paginator("list_objects_v2").paginate(Bucket=bucket)
    return [item["Key"] for page in pages for item in page.get("Contents", [])]
