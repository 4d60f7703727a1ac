from pathlib import Path

import pytest

from sourcing_pipeline.erasure.people import people, people_in
from sourcing_pipeline.errors import InputError
from sourcing_pipeline.tombstones import EVERYWHERE, Person

SOURCES = ["ticket_extracts", "pull_requests"]


def test_an_address_names_the_person_everywhere_in_lower_case() -> None:
    assert people([" Maria@Example.com "], SOURCES) == [Person(EVERYWHERE, "maria@example.com")]


def test_a_key_with_its_source_is_the_source_s_own() -> None:
    keys = ["ticket_extracts:4711", "pull_requests:octo:cat", "ticket_extracts:Maria@Example.com"]
    assert people(keys, SOURCES) == [
        Person("ticket_extracts", "4711"),
        Person("pull_requests", "octo:cat"),
        Person("ticket_extracts", "maria@example.com"),
    ]


def test_a_person_named_twice_is_one() -> None:
    assert len(people(["maria@example.com", "MARIA@example.com"], SOURCES)) == 1


@pytest.mark.parametrize("key", ["4711", "octocat", "tickets:4711", "ticket_extracts:", "maria @example.com", "a@b@c"])
def test_what_is_neither_is_refused_without_saying_the_key(key: str) -> None:
    with pytest.raises(InputError, match="number 2") as caught:
        people(["maria@example.com", key], SOURCES)
    assert "4711" not in str(caught.value)
    assert "octocat" not in str(caught.value)
    assert "maria" not in str(caught.value)
    assert "ticket_extracts" in str(caught.value)


def test_a_file_has_one_key_a_line_and_comments(tmp_path: Path) -> None:
    file = tmp_path / "keys.txt"
    file.write_text("\ufeff# asked on 3 May\nmaria@example.com\n\n  ticket_extracts:4711\r\n", encoding="utf-8")
    assert people_in(file, SOURCES) == [Person(EVERYWHERE, "maria@example.com"), Person("ticket_extracts", "4711")]


@pytest.mark.parametrize("content", [b"", b"# nobody\n", b"\xff\xfe\x00"])
def test_a_file_without_keys_is_refused_by_its_name(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "keys.txt"
    file.write_bytes(content)
    with pytest.raises(InputError, match=r"keys\.txt"):
        people_in(file, SOURCES)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none\.txt"):
        people_in(tmp_path / "none.txt", SOURCES)
