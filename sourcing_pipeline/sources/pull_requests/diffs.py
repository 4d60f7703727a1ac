"""A change as text: a unified diff that `git apply` takes, or each file before and after."""

import re
from collections.abc import Iterable, Iterator

from sourcing_pipeline.sources.pull_requests.pull_request import ChangedFile
from sourcing_pipeline.sources.records import UnreadableError

_HUNK = re.compile(r"@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")
_ESCAPES = {"\a": "\\a", "\b": "\\b", "\t": "\\t", "\n": "\\n", "\v": "\\v", "\f": "\\f", "\r": "\\r"}


def unified(changes: Iterable[tuple[ChangedFile, str]]) -> str:
    """One unified diff of each file and its hunks; a file renamed without a change has none.

    Header lines are git's, without index lines and modes, which the hosted systems don't give.
    """
    return "\n".join(line for file, hunks in changes for line in _file_diff(file, hunks))


def _file_diff(file: ChangedFile, hunks: str) -> Iterator[str]:
    before, after = file.before, file.after
    if before is not None and after is not None and before != after:
        yield f"diff --git {_quoted('a/' + before)} {_quoted('b/' + after)}"
        yield f"rename from {_quoted(before)}"
        yield f"rename to {_quoted(after)}"
    if hunks:
        yield "--- " + ("/dev/null" if before is None else _header(f"a/{before}"))
        yield "+++ " + ("/dev/null" if after is None else _header(f"b/{after}"))
        yield hunks.removesuffix("\n")


def _header(path: str) -> str:
    """A path as it stands after `---`: with a space in it, a tab tells where it ends."""
    quoted = _quoted(path)
    return f"{quoted}\t" if " " in path and quoted == path else quoted


def _quoted(path: str) -> str:
    """`path` in git's C quotes when it holds quotes, backslashes or control characters."""
    if not re.search(r'["\\\x00-\x1f\x7f]', path):
        return path
    parts = (
        _ESCAPES.get(c) or (f"\\{ord(c):03o}" if c < " " or c == "\x7f" else re.sub(r'(["\\])', r"\\\1", c))
        for c in path
    )
    return f'"{"".join(parts)}"'


def text_before(after: str, hunks: str) -> str:
    """The text that `hunks` made into `after`. Raises UnreadableError when they do not fit it."""
    lines = _lines(after)
    found: list[str] = []
    at = 0
    for start, body in _hunks(hunks):
        if not at <= start <= len(lines):
            raise _misfit()
        found += lines[at:start]
        at = start
        for mark, line in body:
            if mark != "-":
                if at >= len(lines) or lines[at] != line:
                    raise _misfit()
                at += 1
            if mark != "+":
                found.append(line)
    return "".join([*found, *lines[at:]])


def one_side(hunks: str, mark: str) -> str:
    """All of a file that was added (`mark` is `+`) or removed (`-`), from its hunks."""
    return "".join(line for _, body in _hunks(hunks) for sign, line in body if sign == mark)


def head_of(hunks: str) -> str:
    """The first lines of the file after the change, when the first hunk begins with them; else nothing."""
    for start, body in _hunks(hunks):
        return "".join(line for mark, line in body if mark != "-") if start == 0 else ""
    return ""


def _hunks(text: str) -> Iterator[tuple[int, list[tuple[str, str]]]]:
    """Each hunk: how many lines of the new file stand before it, and its lines with their marks.

    Only `\\n` ends a line. Raises UnreadableError for what is no hunk, or one whose header does not fit its lines.
    """
    lines = _lines(text)
    at = 0
    while at < len(lines):
        header = _HUNK.match(lines[at])
        if header is None:
            raise UnreadableError("patch: expected a hunk (@@ -1,2 +1,2 @@)")
        old, new = int(header[2] or "1"), int(header[4] or "1")
        start = int(header[3]) - (1 if new else 0)
        body: list[tuple[str, str]] = []
        at += 1
        while at < len(lines) and not (old == new == 0 and not lines[at].startswith("\\")):
            mark, line = lines[at][:1], lines[at][1:]
            at += 1
            if mark == "\\":
                if not body:
                    raise UnreadableError("patch: expected a line before `No newline at end of file`")
                body[-1] = (body[-1][0], body[-1][1].removesuffix("\n"))
                continue
            if mark not in (" ", "-", "+"):
                raise UnreadableError("patch: expected lines that begin with a space, - or +")
            body.append((mark, line if line.endswith("\n") else line + "\n"))
            old -= mark != "+"
            new -= mark != "-"
        if old or new:
            raise UnreadableError("patch: expected as many lines as the hunk's header says")
        yield start, body


def _lines(text: str) -> list[str]:
    """Lines with their ends; `str.splitlines` would also split at form feeds and the like."""
    parts = text.split("\n")
    return [part + "\n" for part in parts[:-1]] + ([parts[-1]] if parts[-1] else [])


def _misfit() -> UnreadableError:
    return UnreadableError("patch: expected hunks that fit the file's text")


def before_and_after(changes: Iterable[tuple[ChangedFile, tuple[str, str]]]) -> str:
    """Each file under its path, in fenced code: as it was, and as it is."""
    return "\n\n".join(part for file, texts in changes for part in _file_texts(file, *texts))


def _file_texts(file: ChangedFile, before: str, after: str) -> Iterator[str]:
    if file.before is not None:
        yield f"Before, `{file.before}`:\n\n{_fenced(before)}"
    yield f"Removed: `{file.before}`" if file.after is None else f"After, `{file.after}`:\n\n{_fenced(after)}"


def _fenced(text: str) -> str:
    longest = max((len(run) for run in re.findall(r"`{3,}", text)), default=2)
    fence = "`" * (longest + 1)
    return f"{fence}\n{text}{'' if text.endswith(chr(10)) or not text else chr(10)}{fence}"
