"""The persons a request names: e-mail addresses, and the sources' own keys of people."""

import re
from collections.abc import Collection, Iterable
from pathlib import Path

from sourcing_pipeline.errors import InputError
from sourcing_pipeline.tombstones import EVERYWHERE, Person, normal

_EMAIL = re.compile(r"[^\s@:]+@[^\s@]+")
_NAME = re.compile(r"[a-z][a-z0-9_]*")


def people(keys: Iterable[str], sources: Collection[str], place: str = "--person-key") -> list[Person]:
    """A Person for each of `keys`: `<source>:<key>` is a key of that source, an e-mail address one of every source.

    Blank keys and those that begin with `#` are passed over. Raises InputError, which says `place` and which of the
    keys it was but never the key, when one is neither, and when there is none.
    """
    found = [
        _person(key.strip(), sources, f"{place}, number {number}")
        for number, key in enumerate(keys, start=1)
        if key.strip() and not key.strip().startswith("#")
    ]
    if not found:
        raise InputError(f"{place}: no key of a person is given")
    return list(dict.fromkeys(found))


def people_in(file: Path, sources: Collection[str]) -> list[Person]:
    """The same for a file with one key a line. Raises InputError when it cannot be read."""
    try:
        lines = file.read_text("utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{file}: expected a text file in UTF-8 with one key a line") from error
    return people(lines, sources, str(file))


def _person(key: str, sources: Collection[str], place: str) -> Person:
    source, colon, own = key.partition(":")
    if colon and source in sources and own:
        return Person(source, normal(own))
    if _EMAIL.fullmatch(key):
        return Person(EVERYWHERE, normal(key))
    known = ", ".join(sorted(sources))
    if colon and _NAME.fullmatch(source):
        raise InputError(f"{place}: {source!r} is no source with tables here, or no key follows it; there are {known}")
    raise InputError(f"{place}: neither an e-mail address nor <source>:<key>, where the sources are {known}")
