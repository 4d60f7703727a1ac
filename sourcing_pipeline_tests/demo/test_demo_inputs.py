"""The demo inputs are what their README promises."""

from __future__ import annotations

import json
import random
import re
import sqlite3
from collections import Counter, defaultdict
from contextlib import closing
from pathlib import Path

import phonenumbers
import pytest
from lxml import etree

from sourcing_pipeline.demo import SEED, generate
from sourcing_pipeline.demo.banks import bank, kinds
from sourcing_pipeline.demo.posts import make_posts

CHECKED_IN = Path(__file__).parents[2] / "data" / "demo"
WANTED = {"dns", "email", "smtp", "ssl", "spf", "dkim", "hosting", "python"}
FILES = (
    "README.md",
    "annotations.json",
    "seeds.jsonl",
    "stackexchange/Posts.xml",
    "stackexchange/Users.xml",
    "truth.jsonl",
)


def rows_of(path: Path) -> dict[str, list[tuple[object, ...]]]:
    with closing(sqlite3.connect(path)) as db:
        return {
            table: db.execute(f"SELECT * FROM {table} ORDER BY id").fetchall()
            for table in ("users", "tickets", "messages", "ratings")
        }


def same(left: Path, right: Path) -> list[str]:
    different = [name for name in FILES if (left / name).read_bytes() != (right / name).read_bytes()]
    if rows_of(left / "helpdesk.sqlite") != rows_of(right / "helpdesk.sqlite"):
        different.append("helpdesk.sqlite")
    return different


def grams(text: str) -> set[tuple[str, ...]]:
    words = re.findall(r"\w+", text.lower())
    return set(zip(words, words[1:], words[2:], strict=False))


def similarity(left: set[tuple[str, ...]], right: set[tuple[str, ...]]) -> float:
    both = len(left & right)
    return both / (len(left) + len(right) - both or 1)


def masked(text: str, personal: list[dict[str, str]]) -> str:
    for value in {entry["value"] for entry in personal}:
        text = text.replace(value, "MASKED")
    return text


def posts(demo) -> list[dict[str, str]]:
    root = etree.parse(str(demo.folder / "stackexchange" / "Posts.xml")).getroot()
    assert root.tag == "posts"
    return [dict(row.attrib) for row in root]


def test_the_same_seed_gives_the_same_content_even_over_an_old_folder(demo, tmp_path):
    (tmp_path / "again").mkdir()
    (tmp_path / "again" / "seeds.jsonl").write_text("half a line")
    generate(tmp_path / "again", SEED)
    assert same(demo.folder, tmp_path / "again") == []
    assert [path.name for path in tmp_path.iterdir()] == ["again"]


def test_another_seed_gives_other_questions():
    one, other = ([post.body.value for post in make_posts(random.Random(seed), [1, 2, 3])] for seed in (1, 2))
    assert one != other


def test_the_checked_in_files_are_what_the_generator_writes(demo):
    assert same(demo.folder, CHECKED_IN) == []


def test_the_files_stay_small(demo):
    sizes = {name: (demo.folder / name).stat().st_size for name in (*FILES, "helpdesk.sqlite")}
    assert sizes.pop("helpdesk.sqlite") < 3_100_000
    assert max(sizes.values()) < 1_400_000


def test_every_span_in_a_message_matches_its_value(demo):
    bodies = dict(demo.db.execute("SELECT id, body FROM messages"))
    for record in demo.tickets():
        for entry in demo.truth[record]["personal"]:
            assert bodies[entry["message_id"]][entry["start"] : entry["end"]] == entry["value"]


def test_every_span_in_a_post_or_a_task_matches_its_value(demo):
    tasks = json.loads((demo.folder / "annotations.json").read_text(encoding="utf-8"))
    texts = {f"task:{task['id']}": task["data"]["instruction"] for task in tasks}
    for post in posts(demo):
        texts[f"question:{post['Id']}"] = texts[f"answer:{post['Id']}"] = post["Body"]
    others = [record for record in demo.truth if not record.startswith("ticket:")]
    assert {record.split(":")[0] for record in others} == {"question", "answer", "task"}
    for record in others:
        for entry in demo.truth[record]["personal"]:
            assert texts[record][entry["start"] : entry["end"]] == entry["value"]


def test_every_address_number_and_name_in_public_messages_is_listed(demo):
    known: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for record in demo.tickets():
        for entry in demo.truth[record]["personal"]:
            known[entry["message_id"]].append((entry["start"], entry["end"]))
    pattern = re.compile(
        r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"
        r"|\b(?:198\.51\.100|203\.0\.113|192\.0\.2)\.\d{1,3}\b|2001:db8:\S+[0-9a-f]"
        r"|\b(?:DE|FR|ES|GB)\d{2} ?(?:\w{4} ?){3,}"
        r"|\b(?:4242|4000|4111|5555|5200)(?:[ -]?\d{4}){3}\b"
        r"|(?:pr_live_|pr_test_|whsec_)FAKE\w+"
    )
    people = {
        (ticket, name)
        for ticket, *names in demo.db.execute(
            "SELECT tickets.id, c.name, a.name FROM tickets"
            " JOIN users c ON c.id = requester_id JOIN users a ON a.id = assignee_id"
        )
        for full in names
        for name in full.split()
    }
    names = defaultdict(set)
    for ticket, name in people:
        names[ticket].add(name)
    for number, ticket, body in demo.db.execute("SELECT id, ticket_id, body FROM messages WHERE is_public = 1"):
        own = re.compile(r"(?<![\w@.-])(?:" + "|".join(map(re.escape, names[ticket])) + r")(?![\w@-]|\.\w)")
        for match in [*pattern.finditer(body), *own.finditer(body)]:
            text = match[0].rstrip()
            inside = any(start <= match.start() and match.start() + len(text) <= end for start, end in known[number])
            assert inside, (number, text, body)


def test_every_kind_of_personal_data_is_planted(demo):
    labels = Counter(entry["label"] for row in demo.truth.values() for entry in row["personal"])
    assert set(labels) == {
        "NAME",
        "EMAIL",
        "PHONE",
        "PAYMENT",
        "IBAN",
        "ADDRESS",
        "IP",
        "DATE_OF_BIRTH",
        "ID_NUMBER",
        "SECRET",
    }
    assert min(labels.values()) >= 15


def test_cards_accounts_and_phones_have_valid_numbers(demo):
    values = defaultdict(set)
    for row in demo.truth.values():
        for entry in row["personal"]:
            values[entry["label"]].add(entry["value"])
    for card in values["PAYMENT"]:
        digits = [int(char) for char in reversed(card) if char.isdigit()]
        assert sum(digits[::2]) % 10 == -sum(sum(divmod(2 * d, 10)) for d in digits[1::2]) % 10
    for iban in values["IBAN"]:
        plain = iban.replace(" ", "")
        assert int("".join(str(int(char, 36)) for char in plain[4:] + plain[:4])) % 97 == 1
    for phone in values["PHONE"]:
        regions = ("US", "GB", "DE", "FR", "ES")
        assert any(phonenumbers.is_valid_number(phonenumbers.parse(phone, region)) for region in regions), phone


def test_the_help_desk_is_sound(demo):
    assert demo.db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert demo.db.execute("PRAGMA foreign_key_check").fetchall() == []
    early = demo.db.execute("SELECT count(*) FROM messages m JOIN tickets t ON t.id = ticket_id"
                            " WHERE m.created_at < t.created_at").fetchone()  # fmt: skip
    late = demo.db.execute("SELECT count(*) FROM tickets WHERE resolved_at > '2026-10-31T22:59:59Z'"
                           " OR resolved_at < '2025-09-01T00:00:00Z'").fetchone()  # fmt: skip
    assert (early, late) == ((0,), (0,))


def test_the_eligible_flag_agrees_with_the_database(demo):
    query = """
        SELECT DISTINCT 'ticket:' || t.id FROM tickets t
        JOIN users u ON u.id = t.resolved_by_id AND u.role = 'agent'
        JOIN ratings r ON r.ticket_id = t.id AND r.score >= 4
        WHERE t.status = 'resolved' AND t.reopened_count = 0 AND t.merged_into_id IS NULL
          AND t.resolved_at BETWEEN '2025-10-31T22:59:59Z' AND '2026-10-31T22:59:59Z'
          AND EXISTS (SELECT 1 FROM messages m WHERE m.ticket_id = t.id AND m.is_public = 1
                      AND m.author_id = t.requester_id AND trim(m.body, char(10) || ' ') <> '')
          AND EXISTS (SELECT 1 FROM messages m JOIN users a ON a.id = m.author_id AND a.role = 'agent'
                      WHERE m.ticket_id = t.id AND m.is_public = 1 AND trim(m.body, char(10) || ' ') <> '')
    """
    assert {row[0] for row in demo.db.execute(query)} == set(demo.tickets(eligible=True))


def test_tickets_come_in_the_promised_numbers(demo):
    eligible = len(demo.tickets(eligible=True))
    assert eligible >= 1300
    assert 0.05 <= len(demo.tickets(eligible=True, wrong=True)) / eligible <= 0.07
    assert 0.025 <= len(demo.tickets(eligible=True, off_topic=True)) / eligible <= 0.04
    assert len(demo.tickets(duplicate_of=True)) == 40
    languages = Counter(
        locale for (locale,) in demo.db.execute("SELECT locale FROM tickets JOIN users ON users.id = requester_id")
    )
    assert 0.79 <= languages["en"] / sum(languages.values()) <= 0.85
    assert min(languages[code] for code in ("de", "fr", "es")) > 90
    counts = [count for (count,) in demo.db.execute("SELECT count(*) FROM messages GROUP BY ticket_id")]
    assert max(counts) <= 8
    assert sum(len(kinds(code)) for code in ("en", "de", "fr", "es")) >= 40
    statuses = Counter(status for (status,) in demo.db.execute("SELECT status FROM tickets"))
    assert set(statuses) == {"new", "open", "pending", "resolved", "closed", "abandoned", "spam"}


def test_planted_copies_are_duplicates_and_hardly_any_other_ticket_is(demo):
    threads = demo.threads()
    sets = {record: grams(masked(text, demo.truth[record]["personal"])) for record, text in threads.items()}
    for record in demo.tickets(duplicate_of=True):
        assert similarity(sets[record], sets[demo.truth[record]["duplicate_of"]]) >= 0.8
    exact = [r for r in demo.tickets(duplicate_of=True) if threads[r] == threads[demo.truth[r]["duplicate_of"]]]
    assert len(exact) == 15

    groups = defaultdict(list)
    for number, tags in demo.db.execute("SELECT id, tags FROM tickets"):
        record = f"ticket:{number}"
        if demo.truth[record]["eligible"] and not demo.truth[record]["duplicate_of"]:
            groups[tuple(json.loads(tags)[:2])].append(record)
    kept = dropped = close = pairs = 0
    for records in groups.values():
        for index, record in enumerate(records):
            values = [similarity(sets[record], sets[other]) for other in records[:index]]
            dropped += any(value >= 0.8 for value in values)
            close += sum(value >= 0.6 for value in values)
            pairs += len(values)
            kept += 1
    assert dropped / kept < 0.05
    assert close / pairs < 0.05


def test_the_forum_has_the_promised_questions(demo):
    rows = posts(demo)
    questions = [row for row in rows if row["PostTypeId"] == "1"]
    answers = [row for row in rows if row["PostTypeId"] == "2"]
    assert len(questions) == 700
    assert 1000 <= len(answers) <= 1250
    assert {row["PostTypeId"] for row in rows} == {"1", "2", "4", "5"}
    good = [
        row for row in questions
        if int(row["Score"]) > 10 and int(row["AnswerCount"]) and WANTED & set(re.findall("<(.*?)>", row["Tags"]))
    ]  # fmt: skip
    assert len(good) >= 380
    licences = Counter(row.get("ContentLicense") for row in questions)
    assert licences["CC BY-SA 2.5"] + licences["CC BY-SA 3.0"] == 12
    assert licences[None] >= 5
    assert any("ClosedDate" in row for row in questions)
    assert any(int(row["Score"]) < 0 for row in questions)
    assert any(row["AnswerCount"] == "0" for row in questions)
    wrong = [record for record, row in demo.truth.items() if record.startswith("question:") and row["wrong"]]
    assert 0.04 <= len(wrong) / len(questions) <= 0.06


def test_the_forum_refers_only_to_posts_and_users_that_exist(demo):
    rows = {row["Id"]: row for row in posts(demo)}
    users = etree.parse(str(demo.folder / "stackexchange" / "Users.xml")).getroot()
    known = {row.get("Id") for row in users}
    for row in rows.values():
        assert "OwnerUserId" not in row or row["OwnerUserId"] in known
        assert "OwnerUserId" in row or "OwnerDisplayName" in row
        if row["PostTypeId"] == "2":
            assert rows[row["ParentId"]]["PostTypeId"] == "1"
        if "AcceptedAnswerId" in row:
            assert rows[row["AcceptedAnswerId"]]["ParentId"] == row["Id"]


def test_hardly_any_two_questions_are_alike(demo):
    rows = posts(demo)
    answers = {row["Id"]: row["Body"] for row in rows if row["PostTypeId"] == "2"}
    groups = defaultdict(list)
    for row in rows:
        if row["PostTypeId"] == "1":
            text = row["Title"] + row["Body"] + answers.get(row.get("AcceptedAnswerId", ""), "")
            groups[row["Tags"].split(">")[0]].append(grams(re.sub("<[^>]+>", " ", text)))
    alike = sum(
        any(similarity(one, other) >= 0.8 for other in group[:index])
        for group in groups.values()
        for index, one in enumerate(group)
    )
    assert alike / 700 < 0.05


def test_the_dump_starts_like_a_stack_exchange_dump(demo):
    for name in ("Posts", "Users"):
        head = (demo.folder / "stackexchange" / f"{name}.xml").read_bytes()[:60]
        assert head.startswith(b'\xef\xbb\xbf<?xml version="1.0" encoding="utf-8"?>\n<' + name.lower().encode())


def test_the_annotations_have_the_shape_of_a_label_studio_export(demo):
    tasks = json.loads((demo.folder / "annotations.json").read_text(encoding="utf-8"))
    assert len(tasks) == 280
    instructions = [task["data"]["instruction"] for task in tasks]
    assert len(set(instructions)) >= 275
    annotations = [(task, one) for task in tasks for one in task["annotations"]]
    assert {len(task["annotations"]) for task in tasks} == {0, 1, 2, 3}
    assert len({one["completed_by"]["email"] for _, one in annotations}) == 5
    assert any(one["ground_truth"] for _, one in annotations)
    assert any(one["was_cancelled"] for _, one in annotations)
    for _, one in annotations:
        assert bool(one["result"]) != one["was_cancelled"]
        assert {part["type"] for part in one["result"]} <= {"textarea", "rating"}
    wrong = [record for record, row in demo.truth.items() if record.startswith("task:") and row["wrong"]]
    assert len(wrong) == 6


def test_there_are_exactly_fifty_different_seeds(demo):
    rows = [json.loads(line) for line in (demo.folder / "seeds.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [row["id"] for row in rows] == [f"seed-{number:02d}" for number in range(1, 51)]
    assert len({row["instruction"] for row in rows}) == 50
    assert all(row.keys() == {"id", "topic", "instruction", "response"} for row in rows)


@pytest.mark.parametrize("name", ["annotations.json", "stackexchange/Posts.xml", "truth.jsonl", "seeds.jsonl"])
def test_no_template_mark_is_left_in_the_texts(demo, name):
    text = (demo.folder / name).read_text(encoding="utf-8")
    assert not re.search(r"%(?:domain|plan|name|agent|first|d|h|h2|n)%|\{(?:plan|limit|total)\}|\{\{\{", text)


def test_no_slot_is_left_in_the_tickets(demo):
    for (text,) in demo.db.execute("SELECT body FROM messages UNION ALL SELECT subject FROM tickets"):
        assert not re.search(r"%[a-z_]+%|\[[^\]]*\|[^\]]*\]", text)


def test_every_path_of_a_kind_points_to_parts_that_exist():
    for code in ("en", "de", "fr", "es"):
        for kind in kinds(code):
            for path in kind.paths:
                for name in path:
                    kind.parts(path, name)
            assert kind.wrong
            assert len(kind.asks) >= 3
    assert len(bank("seeds")) == 50
