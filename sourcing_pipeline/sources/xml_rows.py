"""`<row …/>` elements from XML dumps of any size, safely: nothing is fetched, no entity may be declared."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple
from xml.parsers import expat

from sourcing_pipeline.errors import InputError
from sourcing_pipeline.sources.records import broken, opened

CHUNK_BYTES = 1 << 16
MIB_BYTES = 1 << 20
TOKEN_BYTES = 32 * MIB_BYTES
"""A single element may not be larger; bounds the memory on a file whose quotes never close."""


class Row(NamedTuple):
    """The attributes of one `<row>` and where it starts (line from 1, column from 0, as expat counts)."""

    values: dict[str, str]
    line: int
    column: int


class _RefusedError(Exception):
    """The document holds what no dump does. The message says what was expected."""


def read_rows(name: str, path: Path, root: str) -> Iterator[Row]:
    """The `<row>` elements directly inside `<root>`, in order. Memory holds one chunk.

    A DOCTYPE may name a DTD; it is not read. A declared entity is refused, so that none can grow. Raises
    InputError with line and column when the XML is malformed, truncated, or another document.
    """
    rows: list[Row] = []
    depth = 0
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth == 1 and tag != root:
            raise _RefusedError(f"the root element <{root}>, got another")
        if depth == 2 and tag != "row":
            raise _RefusedError("only <row> elements, got another")
        if depth > 2:
            raise _RefusedError("<row> elements with nothing inside")
        if depth == 2:
            rows.append(Row(attributes, parser.CurrentLineNumber, parser.CurrentColumnNumber))

    def end(_: str) -> None:
        nonlocal depth
        depth -= 1

    def refuse_entity(*_: object) -> None:
        raise _RefusedError("no entity declarations")

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.EntityDeclHandler = refuse_entity
    with opened(name, path, f"XML with the root element <{root}>") as handle:
        pending = 0
        while True:
            chunk = handle.read(CHUNK_BYTES)
            try:
                parser.Parse(chunk, not chunk)
            except expat.ExpatError as error:
                yield from rows
                raise _malformed(name, path, root, error) from None
            except (LookupError, ValueError):
                mend = "write the file as UTF-8"
                raise broken(name, path, "line 1", "XML in an encoding that is known", mend) from None
            except _RefusedError as refusal:
                mend = "name the file of a Stack Exchange dump"
                place = f"line {parser.CurrentLineNumber}, column {parser.CurrentColumnNumber}"
                raise broken(name, path, place, str(refusal), mend) from None
            pending = 0 if rows else pending + len(chunk)
            if pending > TOKEN_BYTES:
                place = f"line {parser.CurrentLineNumber}"
                expected = f"elements of at most {TOKEN_BYTES // MIB_BYTES} MiB"
                raise broken(name, path, place, expected, "export it again")
            yield from rows
            rows.clear()
            if not chunk:
                return


def _malformed(name: str, path: Path, root: str, error: expat.ExpatError) -> InputError:
    place = f"line {error.lineno}, column {error.offset}"
    expected = f"well-formed XML with the root element <{root}> ({expat.ErrorString(error.code)})"
    return broken(name, path, place, expected, "the file is truncated or damaged; download it again")
