"""What the author of a pull request wrote, without what its template did: comments, check boxes, empty sections."""

import re
from collections.abc import Iterable, Iterator, Sequence

_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_CODE_OR_COMMENT = re.compile(r"(?<!`)`++[^`]++`++|<!--")
_CHECK_BOX = re.compile(r"\s*(?:[-*+]|\d+[.)])\s+\[[ xX]\](?:\s|$)")
_HEADING = re.compile(r" {0,3}(#{1,6})(?:\s|$)")
_BOLD_HEADING = re.compile(r"\s*(?:\*\*[^*]+\*\*|__[^_]+__):?\s*")
_BOLD_LEVEL = 7
_NOTHING = re.compile(r"[\W_]*(?:n/?a|none|nothing|no response|not applicable|tbd)?[\W_]*", re.IGNORECASE)
_SHORT_LINE = 100
_TRAILER = re.compile(r"(?:[A-Za-z]+(?:-[A-Za-z]+)*-by|Change-Id|Cc): .*|See merge request .*|-{5,}", re.IGNORECASE)


def instruction(title: str, body: str) -> str:
    """What was asked: the title, and under it the description as `cleaned` gives it; either may be missing.

    GitHub cuts a long title and lets the body go on with its rest (`Fix the …` / `…thing`); the two are joined.
    """
    title, body = " ".join(title.split()), cleaned(body)
    if title.endswith("…") and body.startswith("…"):
        rest, _, body = body[1:].partition("\n")
        title, body = title[:-1] + rest.rstrip(), body.strip("\n")
    return "\n\n".join(part for part in (title, body) if part)


def cleaned(body: str) -> str:
    """`body` (Markdown) without HTML comments, items with check boxes, and sections that have nothing else in them.

    A section reaches from its heading (`## …`, or a line that is all bold) to the next one of its level; `N/A`, `none`
    and `_No response_` are nothing. Fenced code stays as it is. Takes linear time, since a body may be hostile.
    """
    lines = _without_comments(body.replace("\r\n", "\n").replace("\r", "\n").split("\n"))
    asked = [(line, code) for line, code in lines if code or not _CHECK_BOX.match(line)]
    kept: list[str] = []
    for line, code in _without_empty_sections(asked):
        if code or line.strip() or (kept and kept[-1].strip()):
            kept.append(line)
    return "\n".join(kept).strip("\n").rstrip()


def without_trailers(message: str) -> str:
    """A commit's message without its trailers (`Signed-off-by: …`) and the rule that GitHub draws above them."""
    lines = message.rstrip().split("\n")
    while lines and (not lines[-1].strip() or _TRAILER.fullmatch(lines[-1])):
        lines.pop()
    return "\n".join(lines)


def _without_comments(lines: Iterable[str]) -> Iterator[tuple[str, bool]]:
    """Each line without its comments, and whether it is fenced code; a comment never closed reaches to the end."""
    fence, commented = "", False
    for line in lines:
        if fence:
            yield line, True
            end = line.strip()
            if end.startswith(fence) and not end.strip(fence[0]):
                fence = ""
            continue
        inside = commented
        kept, commented = _uncommented(line, commented)
        if kept.strip() or (kept == line and not inside):
            mark = _FENCE.match(kept)
            fence = mark[1] if mark else ""
            yield kept, bool(fence)


def _uncommented(line: str, commented: bool) -> tuple[str, bool]:
    """`line` without comments, and whether one is still open at its end; code spans are no comments."""
    kept: list[str] = []
    at = 0
    while True:
        if commented:
            end = line.find("-->", at)
            if end < 0:
                return "".join(kept), True
            at, commented = end + len("-->"), False
        found = _CODE_OR_COMMENT.search(line, at)
        if found is None:
            return "".join([*kept, line[at:]]), False
        commented = found[0] == "<!--"
        kept.append(line[at : found.start() if commented else found.end()])
        at = found.end()


def _without_empty_sections(lines: Sequence[tuple[str, bool]]) -> list[tuple[str, bool]]:
    """From the last line to the first: a heading stays when something was kept that belongs to it."""
    kept: list[tuple[str, bool]] = []
    section: list[tuple[str, bool]] = []
    levels: list[int] = []
    for line, code in reversed(lines):
        section.append((line, code))
        level = 0 if code else _level(line)
        if not level:
            continue
        if any(inner > level for inner in levels) or not all(_nothing(other) for other, _ in section[:-1]):
            kept += section
            levels = [*(inner for inner in levels if inner < level), level]
        section = []
    return [*reversed(section), *reversed(kept)]


def _level(line: str) -> int:
    heading = _HEADING.match(line)
    if heading:
        return len(heading[1])
    return _BOLD_LEVEL if len(line) < _SHORT_LINE and _BOLD_HEADING.fullmatch(line) else 0


def _nothing(line: str) -> bool:
    return not line.strip() or (len(line) < _SHORT_LINE and _NOTHING.fullmatch(line) is not None)
