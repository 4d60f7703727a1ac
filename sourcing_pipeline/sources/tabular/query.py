"""A query as the recipe has it: that it is one SELECT, and how it is wrapped and bound."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from sourcing_pipeline.errors import InputError

PARAMETERS = ("start", "end")
_TOKEN = re.compile(
    r"""
    (?P<comment> --[^\n]* | /\*.*?(?:\*/|\Z) )
  | (?P<quoted> '(?:[^']|'')*(?:'|\Z) | "(?:[^"]|"")*(?:"|\Z) | `[^`]*(?:`|\Z)
              | \$(?P<tag>\w*)\$.*?(?:\$(?P=tag)\$|\Z) )
  | (?P<code> [^-/'"`$]+ | . )
    """,
    re.VERBOSE | re.DOTALL,
)
_PARAMETER = re.compile(r"(?<![:\w\\]):(\w+)(?!:)")
_WRITES = re.compile(
    r"(?<![.\w])(insert|update|delete|merge|into|create|drop|alter|truncate|grant|revoke|call|copy)(?!\w|\s*\()",
    re.IGNORECASE,
)


class Query(NamedTuple):
    """A SELECT, in SQLAlchemy's spelling: parameters as `:start`, every other colon escaped."""

    text: str
    by_day: bool
    """Whether it binds `:start` or `:end`."""


def one_select(query: str) -> Query:
    """`query` when it is one SELECT, or one WITH … SELECT, and binds nothing but `:start` and `:end`.

    Raises ValueError, saying what is wrong, otherwise. This is for a clear message, and early; that nothing is
    written is for the database to enforce.
    """
    parts = list(_parts(query))
    code = " ".join(text for kind, text in parts if kind == "code").strip()
    statement = code.rstrip("; \t\r\n")
    if not re.match(r"(select|with)\b", statement.lstrip("( \t\r\n"), re.IGNORECASE):
        raise ValueError("the query must be a SELECT, or WITH … SELECT")
    if ";" in statement:
        raise ValueError("the query must be one SELECT; there are several statements")
    if found := _WRITES.search(statement):
        raise ValueError(f"the query must only read; {found[1].upper()} stands in it (quote it if it is a name)")
    unknown = sorted({one for one in _PARAMETER.findall(statement) if one not in PARAMETERS})
    if unknown:
        raise ValueError(f"the query may bind :start and :end; it binds :{unknown[0]}")
    text = "".join(_escaped(kind, part) for kind, part in parts)
    bound = any(_PARAMETER.search(part) for kind, part in parts if kind == "code")
    return Query(re.sub(r"[;\s]+\Z", "", text), bound)


def since(query: Query, column: str) -> str:
    """The rows of `query` whose `column` (quoted; a SQL expression over `q`) is not before `:since`."""
    return f"SELECT * FROM (\n{query.text}\n) AS q WHERE {column} >= :since"  # noqa: S608


def greatest(query: Query, column: str) -> str:
    """The greatest value of `column` (as for `since`) in the rows of `query`, as `latest`."""
    return f"SELECT max({column}) AS latest FROM (\n{query.text}\n) AS q"  # noqa: S608


def columns_only(query: Query) -> str:
    """The columns of `query` without any of its rows."""
    return f"SELECT * FROM (\n{query.text}\n) AS q WHERE 1 = 0"  # noqa: S608


def checked(name: str, query: str) -> Query:
    """`one_select`, whose ValueError becomes an InputError of the source `name`."""
    try:
        return one_select(query)
    except ValueError as error:
        raise InputError(f"source {name!r}: {error}; mend `query` in the recipe") from None


def _parts(query: str) -> Iterator[tuple[str, str]]:
    for token in _TOKEN.finditer(query):
        kind = "comment" if token["comment"] else "quoted" if token["quoted"] else "code"
        yield (kind, token[0])


def _escaped(kind: str, part: str) -> str:
    if kind == "comment":
        return " "
    if kind == "quoted":
        return part.replace(":", "\\:")
    kept = _PARAMETER.sub(lambda found: f"\0{found[1]}", part).replace(":", "\\:")
    return kept.replace("\0", ":")
