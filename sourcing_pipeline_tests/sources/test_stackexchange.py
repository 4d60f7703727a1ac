import contextlib
import threading
from collections import Counter
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any
from xml.sax.saxutils import quoteattr

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from sourcing_pipeline.errors import InputError
from sourcing_pipeline.sources.stackexchange import StackExchange

Read = Callable[..., list[dict[str, Any]]]


def post(number: int, **attributes: object) -> dict[str, object]:
    base = {"Id": number, "CreationDate": "2024-05-01T10:00:00.000", "ContentLicense": "CC BY-SA 4.0"}
    return {key: value for key, value in (base | attributes).items() if value is not None}


def question(number: int, **attributes: object) -> dict[str, object]:
    more = {
        "PostTypeId": 1,
        "Score": 20,
        "Title": f"Title {number}",
        "Body": "<p>Why?</p>",
        "Tags": "<git><ssh>",
    }
    return post(number, **more | {"OwnerUserId": 5} | attributes)


def answer(number: int, parent: int, **attributes: object) -> dict[str, object]:
    more = {"PostTypeId": 2, "ParentId": parent, "Score": 10, "Body": f"<p>Answer {number}.</p>"}
    return post(number, **more | {"OwnerUserId": 6} | attributes)


def dump(rows: list[dict[str, object]], root: str = "posts", doctype: str = "") -> str:
    lines = [
        "  <row " + " ".join(f"{key}={quoteattr(str(value))}" for key, value in row.items()) + " />" for row in rows
    ]
    body = "\r\n".join(lines)
    return f'\ufeff<?xml version="1.0" encoding="utf-8"?>\r\n{doctype}<{root}>\r\n{body}\r\n</{root}>'


def source(path: Path, rows: list[dict[str, object]], **fields: Any) -> StackExchange:
    path.write_text(dump(rows), "utf-8", newline="")
    return StackExchange(posts=path, **{"site_url": "https://unix.example.com", **fields})


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "Posts.xml"


def test_a_question_becomes_a_row_with_its_accepted_answer(path: Path, read: Read) -> None:
    users = path.with_name("Users.xml")
    users.write_text(dump([{"Id": 5, "DisplayName": "Ann"}, {"Id": 7, "DisplayName": "Cy"}], "users"))
    rows = [
        question(1, AcceptedAnswerId=3),
        answer(2, 1, Score=50),
        answer(3, 1, Score=10, OwnerUserId=None, OwnerDisplayName="Bo", CreationDate="2024-05-02T10:00:00.5"),
        post(4, PostTypeId=5, Score=0, Body=""),
    ]
    (row,) = read(source(path, rows, users=users))
    assert row["id"] == "src:1"
    assert row["messages"] == [
        {"role": "user", "content": "Title 1\n\nWhy?"},
        {"role": "assistant", "content": "Answer 3."},
    ]
    assert row["quality_score"] == 0.5
    assert row["license"] == "CC-BY-SA-4.0"
    link = "https://unix.example.com/q/1"
    assert row["attribution"] == f"Question by Ann, answer by Bo, unix.example.com ({link})"
    assert row["origin_uri"] == link
    assert row["person_keys"] == ["5"]
    assert row["tags"] == ["git", "ssh"]
    assert row["created_at"].isoformat() == "2024-05-02T10:00:00.500000+00:00"
    assert row["meta"] == (
        '{"accepted": true, "answer_id": 3, "answer_score": 10, "question_id": 1, "question_score": 20}'
    )


def test_without_names_the_numbers_stand_for_the_authors(path: Path, read: Read) -> None:
    (row,) = read(source(path, [question(1), answer(2, 1, OwnerUserId=None)]))
    assert row["attribution"].startswith("Question by user 5, answer by an unknown author, ")


@pytest.mark.parametrize(
    ("answers", "chosen"),
    [
        ([answer(2, 1, Score=3), answer(3, 1, Score=9)], 3),
        ([answer(5, 1, Score=9), answer(3, 1, Score=9)], 3),
        ([answer(2, 1, Score=-4)], 2),
        ([answer(2, 1), answer(99, 8, Score=70)], 2),
    ],
)
def test_without_an_accepted_answer_the_best_is_taken(
    path: Path, read: Read, answers: list[dict[str, object]], chosen: int
) -> None:
    (row,) = read(source(path, [question(1, AcceptedAnswerId=99), *answers]))
    assert f'"answer_id": {chosen},' in row["meta"]
    assert '"accepted": false' in row["meta"]


def test_the_quality_grows_with_the_votes_from_zero(path: Path, read: Read) -> None:
    scores = [-5, 0, 1, 10, 90]
    rows = [question(number) for number in range(1, 6)]
    rows += [answer(number + 10, number, Score=score) for number, score in enumerate(scores, start=1)]
    found = [row["quality_score"] for row in read(source(path, rows))]
    assert found == pytest.approx([0, 0, 1 / 11, 0.5, 0.9])


def test_drops_have_their_reasons(path: Path, read: Read) -> None:
    rows = [
        question(1, Score=10),
        question(2, Tags="|perl|", Score=99),
        question(3, ClosedDate="2024-06-01T00:00:00"),
        question(4),
        question(5),
        answer(6, 5, ContentLicense=None),
        question(7),
        answer(8, 7, Body=""),
        question(9, ContentLicense="GPL"),
        answer(10, 9),
        question(11, Tags="|ssh|"),
        answer(12, 11),
        answer(13, 1),
    ]
    made = source(path, rows, tags=("git", "ssh"))
    assert {row["id"]: row["drop_reason"] for row in read(made)} == {
        "src:1": "score_too_low",
        "src:2": "tags_not_wanted",
        "src:3": "closed",
        "src:4": "no_answer",
        "src:5": "licence_unknown",
        "src:7": "empty",
        "src:9": "licence_unknown",
        "src:11": None,
    }


def test_a_default_licence_is_used_only_where_none_is_stated(path: Path, read: Read) -> None:
    rows = [question(1, ContentLicense=None), answer(2, 1, ContentLicense="CC BY-SA 3.0")]
    assert read(source(path, rows))[0]["drop_reason"] == "licence_unknown"
    (row,) = read(source(path, rows, default_license="CC-BY-SA-2.5"))
    assert row["license"] == "CC-BY-SA-3.0"
    assert '"question_license": "CC-BY-SA-2.5"' in row["meta"]
    with pytest.raises(ValidationError, match="no SPDX licence id"):
        source(path, rows, default_license="GPL")


@pytest.mark.parametrize(
    ("row", "detail"),
    [
        (question(3, PostTypeId=None), "PostTypeId: expected an integer of 64 bits, got null"),
        (question(3, Id="secret"), "Id: expected an integer"),
        (question(3, Score="9" * 30), "Score: expected an integer"),
        (question(3, Title=None), "Title: expected this attribute"),
        (question(3, Body=None), "Body: expected this attribute"),
        (question(3, CreationDate="secret"), "CreationDate: expected ISO 8601"),
        (question(3, AcceptedAnswerId=""), "AcceptedAnswerId: expected an integer"),
        (question(3, OwnerUserId="secret"), "OwnerUserId: expected an integer"),
        (question(1), "Id: expected each Id once"),
        (answer(3, 1, ParentId=None), "ParentId: expected an integer"),
        (answer(3, 1, Score=None), "Score: expected an integer"),
        (answer(2, 1), "Id: expected each Id once"),
    ],
)
def test_rows_that_cannot_be_read_are_unparsable_with_their_line(
    path: Path, read: Read, row: dict[str, object], detail: str
) -> None:
    found = {line["id"]: line for line in read(source(path, [question(1), answer(2, 1), row]))}
    assert set(found) == {"src:1", "src:line-5-column-2"}
    assert found["src:1"]["drop_reason"] is None
    drop = found["src:line-5-column-2"]
    assert drop["drop_reason"] == "unparsable"
    assert drop["drop_detail"].startswith("line 5, column 2: ")
    assert detail in drop["drop_detail"]
    assert "secret" not in drop["drop_detail"]


ROWS = [
    question(1, AcceptedAnswerId=11),
    question(2, Score=3),
    question(3),
    question(4, ClosedDate="2024-06-01T00:00:00"),
    answer(10, 1, Score=30),
    answer(11, 1),
    answer(12, 2),
    answer(13, 3, Score=4),
    answer(14, 3, Score=4),
    answer(15, 4),
    answer(16, 77),
    post(20, PostTypeId=4, Score=0),
]


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(order=st.permutations(ROWS))
def test_the_order_of_a_dump_changes_nothing(path: Path, read: Read, order: list[dict[str, object]]) -> None:
    found = read(source(path, order))
    assert found == read(source(path, ROWS))
    assert [row["drop_reason"] for row in found] == [None, "score_too_low", None, "closed"]


@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    content=st.one_of(
        st.binary(max_size=80),
        st.tuples(st.integers(0, 10_000), st.binary(max_size=4)).map(
            lambda edit: (
                (whole := dump(ROWS).encode())[: edit[0] % len(whole)] + edit[1] + whole[edit[0] % len(whole) :]
            )
        ),
    )
)
def test_no_bytes_raise_anything_but_input_error(path: Path, read: Read, content: bytes) -> None:
    path.write_bytes(content)
    with contextlib.suppress(InputError):
        read(StackExchange(posts=path))


@given(cut=st.integers(60, len(dump(ROWS).encode()) - 1))
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_truncated_dump_raises_with_line_and_column(path: Path, read: Read, cut: int) -> None:
    path.write_bytes(dump(ROWS).encode()[:cut])
    with pytest.raises(InputError, match=r"source 'src': .*Posts\.xml, line \d+, column \d+: expected well-formed XML"):
        read(StackExchange(posts=path))


def test_a_named_dtd_is_not_fetched(path: Path, read: Read) -> None:
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_error(404)

        def log_message(self, format: str, *args: object) -> None:
            return

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        address = f"http://127.0.0.1:{server.server_port}/posts.dtd"
        for doctype in (f"<!DOCTYPE posts SYSTEM '{address}'>", "<!DOCTYPE posts SYSTEM 'posts.dtd'>"):
            path.write_text(dump(ROWS, doctype=doctype))
            assert len(read(StackExchange(posts=path))) == 4
        server.shutdown()
        thread.join()
    assert not asked


@pytest.mark.parametrize(
    "declaration",
    [
        '<!ENTITY a "secret"><!ENTITY b "&a;&a;&a;&a;&a;">',
        '<!ENTITY a SYSTEM "file:///etc/passwd">',
        '<!ENTITY % a SYSTEM "http://127.0.0.1:1/x">%a;',
    ],
)
def test_entity_declarations_are_refused(path: Path, read: Read, declaration: str) -> None:
    path.write_text(dump(ROWS, doctype=f"<!DOCTYPE posts [{declaration}]>"))
    with pytest.raises(InputError, match=r"Posts\.xml, line 2, column \d+: expected no entity declarations") as caught:
        read(StackExchange(posts=path))
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "the file is empty"),
        ("<users/>", "the root element <posts>, got another"),
        ("<posts><item/></posts>", "only <row> elements"),
        ("<posts><row><b/></row></posts>", "nothing inside"),
        ("<posts></posts>", "at least one question"),
        (dump([answer(1, 2)]), "at least one question"),
        ('<?xml version="1.0" encoding="secret"?><posts/>', "line 1: expected XML in an encoding"),
        ('<?xml version="1.0" encoding="shift_jis"?><posts/>', "line 1: expected XML in an encoding"),
        ('{"secret": 1}', "line 1, column 0: expected well-formed XML"),
    ],
)
def test_other_files_are_refused(path: Path, read: Read, content: str, message: str) -> None:
    path.write_text(content)
    with pytest.raises(InputError, match=rf"source 'src': .*Posts\.xml.*{message}") as caught:
        read(StackExchange(posts=path))
    assert "secret" not in str(caught.value)


def test_missing_or_empty_users_are_refused(path: Path, read: Read) -> None:
    users = path.with_name("Users.xml")
    with pytest.raises(InputError, match=r"Users\.xml: expected XML with the root element <users>, but there is no"):
        read(source(path, ROWS, users=users))
    users.write_text(dump([], "users"))
    with pytest.raises(InputError, match=r"Users\.xml, whole file: expected at least one user"):
        read(source(path, ROWS, users=users))
    users.write_text(dump([{"Id": "x", "DisplayName": "a"}, {"Id": 5}, {"Id": 6, "DisplayName": "Ann"}], "users"))
    assert "answer by Ann" in read(source(path, ROWS, users=users))[0]["attribution"]


def test_an_address_without_scheme_is_refused(path: Path) -> None:
    with pytest.raises(ValidationError, match="expected an address"):
        StackExchange(posts=path, site_url="unix.example.com")


@pytest.fixture
def real(samples: Path) -> Callable[..., StackExchange]:
    return lambda folder, **fields: StackExchange(posts=samples / "stackexchange" / folder / "Posts.xml", **fields)


@pytest.mark.parametrize(
    ("folder", "fields", "expected"),
    [
        ("genai", {}, {None: 10, "score_too_low": 171}),
        ("genai", {"min_score": -1000}, {None: 134, "no_answer": 36, "closed": 11}),
        ("datascience.meta", {}, {"score_too_low": 85, "licence_unknown": 10}),
        (
            "datascience.meta",
            {"min_score": -1000, "default_license": "CC-BY-SA-3.0"},
            {None: 86, "no_answer": 8, "closed": 1},
        ),
        ("history.meta", {}, {"score_too_low": 71, "licence_unknown": 13}),
        (
            "history.meta",
            {"min_score": -1000, "default_license": "CC-BY-SA-3.0"},
            {None: 74, "no_answer": 7, "closed": 3},
        ),
    ],
)
def test_the_rows_of_real_dumps(
    real: Callable[..., StackExchange],
    read: Read,
    folder: str,
    fields: dict[str, Any],
    expected: dict[str | None, int],
) -> None:
    assert Counter(row["drop_reason"] for row in read(real(folder, **fields))) == expected


def test_real_users_give_their_names(samples: Path, real: Callable[..., StackExchange], read: Read) -> None:
    users = samples / "stackexchange" / "history.meta" / "Users.xml"
    rows = read(real("history.meta", min_score=-1000, default_license="CC-BY-SA-3.0", users=users))
    named = [row for row in rows if row["attribution"] and "user " not in row["attribution"]]
    assert len(named) > 10
