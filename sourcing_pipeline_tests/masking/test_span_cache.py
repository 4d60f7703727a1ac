"""The cache of finds: an aid that changes nothing, holds no text, and may fail."""

import sqlite3
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sourcing_pipeline.masking.recognizers.base import Hit
from sourcing_pipeline.masking.span_cache import SpanCache

TEXTS = ["Hi Maria", "no name at all", "Best regards,\nHans Müller", "\ud800 alone", ""]


def read(texts: list[str]) -> Iterable[list[Hit]]:
    return [[Hit(0, len(text), "NAME", 0.5)] if "a" in text else [] for text in texts]


def never(texts: list[str]) -> Iterable[list[Hit]]:
    raise AssertionError(f"{len(texts)} texts were read again")


@given(st.lists(st.lists(st.sampled_from(TEXTS), max_size=6), max_size=4))
def test_what_is_found_is_the_same_with_and_without_it(
    tmp_path_factory: pytest.TempPathFactory, batches: list[list[str]]
) -> None:
    cache = SpanCache(tmp_path_factory.mktemp("cache") / "spans.sqlite", "1", Hit)
    for texts in batches:
        assert cache.through(texts, read) == dict(zip(texts, read(texts), strict=True))


def test_a_paragraph_is_read_once_by_all_that_share_the_file(tmp_path: Path) -> None:
    SpanCache(tmp_path / "spans.sqlite", "1", Hit).through(TEXTS, read)
    assert SpanCache(tmp_path / "spans.sqlite", "1", Hit).through(TEXTS, never) == dict(
        zip(TEXTS, read(TEXTS), strict=True)
    )


def test_another_version_reads_again(tmp_path: Path) -> None:
    SpanCache(tmp_path / "spans.sqlite", "1", Hit).through(TEXTS, read)
    with pytest.raises(AssertionError, match="5 texts were read again"):
        SpanCache(tmp_path / "spans.sqlite", "2", Hit).through(TEXTS, never)


def test_the_file_holds_no_text_and_is_its_owners_alone(tmp_path: Path) -> None:
    place = tmp_path / "spans.sqlite"
    SpanCache(place, "1", Hit).through(TEXTS, read)
    written = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert not any(word in written for word in (b"Maria", b"Hans", b"name at all"))
    assert place.stat().st_mode & 0o077 == 0


def test_two_files_have_two_salts(tmp_path: Path) -> None:
    keys = []
    for name in ("a", "b"):
        SpanCache(tmp_path / name, "1", Hit).through(["Hi Maria"], read)
        with sqlite3.connect(tmp_path / name) as database:
            keys += database.execute("SELECT key FROM spans").fetchall()
    assert len(set(keys)) == 2


@pytest.mark.parametrize("spoil", ["garbage", "folder", "nowhere"])
def test_a_file_that_cannot_be_used_changes_nothing(tmp_path: Path, spoil: str) -> None:
    place = tmp_path / "spans.sqlite"
    if spoil == "garbage":
        place.write_bytes(b"this is no database " * 100)
    elif spoil == "folder":
        place.mkdir()
    else:
        place = Path("/dev/null/spans.sqlite")
    assert SpanCache(place, "1", Hit).through(TEXTS, read) == dict(zip(TEXTS, read(TEXTS), strict=True))


FILL = """
import sys
from pathlib import Path
from sourcing_pipeline.masking.recognizers.base import Hit
from sourcing_pipeline.masking.span_cache import SpanCache
for at in range(20):
    cache = SpanCache(Path(sys.argv[1]), "1", Hit)
    cache.through([f"{sys.argv[2]} a {at}"], lambda texts: [[Hit(0, len(text), "NAME", 0.5)] for text in texts])
"""


def test_processes_that_write_at_once_lose_nothing(tmp_path: Path) -> None:
    place = tmp_path / "spans.sqlite"
    names = ["first", "second", "third"]
    running = [subprocess.Popen([sys.executable, "-c", FILL, str(place), name]) for name in names]
    assert [process.wait(60) for process in running] == [0, 0, 0]
    texts = [f"{name} a {at}" for name in names for at in range(20)]
    assert SpanCache(place, "1", Hit).through(texts, never) == dict(zip(texts, read(texts), strict=True))
