from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sourcing_pipeline.errors import ContractError
from sourcing_pipeline.rows import WHOLE
from sourcing_pipeline.storage import Table
from sourcing_pipeline.tombstones import (
    EVERYWHERE,
    TOMBSTONES,
    Person,
    Tombstones,
    normal,
    read_tombstones,
    write_tombstones,
)

NOW = datetime(2026, 5, 1, tzinfo=UTC)
MARIA = Person(EVERYWHERE, "maria@example.com")
NUMBER = Person("tickets", "4711")
PEOPLE = st.lists(st.builds(Person, st.sampled_from([EVERYWHERE, "a", "b"]), st.text(min_size=1)), max_size=8)


@pytest.fixture
def table(tmp_path: Path) -> Table:
    return Table(str(tmp_path / "tombstones"))


def test_where_nobody_was_erased_nobody_is_covered(table: Table) -> None:
    assert not read_tombstones(table).covers("tickets", ["maria@example.com", "4711"])


def test_an_address_is_covered_in_every_source_however_it_is_written(table: Table) -> None:
    write_tombstones(table, [MARIA], NOW)
    tombstones = read_tombstones(table)
    assert tombstones.covers("tickets", ["ana@example.com", "maria@example.com"])
    assert tombstones.covers("anything", ["Maria@Example.com"])
    assert not tombstones.covers("tickets", ["ana@example.com", "mario@example.com"])


def test_a_key_of_a_source_is_covered_in_that_source_alone(table: Table) -> None:
    write_tombstones(table, [NUMBER], NOW)
    tombstones = read_tombstones(table)
    assert tombstones.covers("tickets", ["4711"])
    assert not tombstones.covers("pull_requests", ["4711"])
    assert not tombstones.covers("tickets", ["47110"])


def test_keys_of_a_system_keep_their_case(table: Table) -> None:
    write_tombstones(table, [Person("tickets", "aB")], NOW)
    assert not read_tombstones(table).covers("tickets", ["ab"])


def test_writing_one_again_commits_nothing_and_gives_the_same_id(table: Table) -> None:
    first = write_tombstones(table, [MARIA, NUMBER], NOW)
    version = table.version()
    assert write_tombstones(table, [NUMBER, MARIA, MARIA], NOW) == first
    assert table.version() == version


def test_later_ones_are_added_under_the_same_salt(table: Table) -> None:
    write_tombstones(table, [MARIA], NOW)
    before = read_tombstones(table)
    write_tombstones(table, [NUMBER], NOW)
    after = read_tombstones(table)
    assert after.salt == before.salt
    assert len(after.salt) == 32
    assert after.covers("tickets", ["maria@example.com"])
    assert after.covers("tickets", ["4711"])


def test_two_projects_have_two_salts_so_that_their_tombstones_cannot_be_compared(tmp_path: Path) -> None:
    ids = [write_tombstones(Table(str(tmp_path / name)), [MARIA], NOW) for name in ("one", "two")]
    assert ids[0] != ids[1]


def test_the_key_stands_in_no_file(table: Table) -> None:
    write_tombstones(table, [MARIA], NOW)
    files = [path for path in Path(table.uri).rglob("*") if path.is_file()]
    assert files
    assert not [path for path in files if b"maria" in path.read_bytes()]


def test_tombstones_of_several_projects_in_one_table_are_refused(table: Table) -> None:
    rows = [
        {"partition": WHOLE, "salt": bytes([number]) * 32, "digest": b"x", "scope": "*", "erased_at": NOW}
        for number in range(2)
    ]
    table.overwrite([pa.RecordBatch.from_pylist(rows, schema=TOMBSTONES)], TOMBSTONES, [WHOLE])
    with pytest.raises(ContractError, match="salt"):
        read_tombstones(table)


@given(PEOPLE, st.sampled_from(["a", "b"]), st.lists(st.text(min_size=1), max_size=5))
def test_a_row_is_covered_when_one_of_its_people_is_named_for_its_source_or_for_all(
    people: list[Person], source: str, keys: list[str]
) -> None:
    plain = Tombstones(b"salt", {})
    digests = {
        scope: frozenset(plain.digest(person.key) for person in people if person.scope == scope)
        for scope in {person.scope for person in people}
    }
    named = {normal(person.key) for person in people if person.scope in (EVERYWHERE, source)}
    wanted = [*keys, *(person.key for person in people[:1])]
    expected = any(normal(key) in named for key in wanted)
    assert Tombstones(b"salt", digests).covers(source, wanted) == expected
