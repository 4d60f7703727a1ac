"""Erased ids in free text: log lines, events, what reviewers wrote."""

import re
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from sourcing_pipeline.defs.resources import preview

ERASED = "erased"


class Names:
    """Finds erased ids in text, whole ones only: `t:1` is not in `t:10`."""

    def __init__(self, ids: Iterable[str]) -> None:
        self._ids = {form for row_id in ids for form in (row_id, _shown(row_id))}
        lengths = defaultdict(set)
        for row_id in self._ids:
            lengths[row_id.partition(":")[0]].add(len(row_id))
        self.heads = sorted(f"{source}:" for source in lengths)
        """How the ids begin: what a text must have to be looked at."""
        self._lengths = {source: sorted(found, reverse=True) for source, found in lengths.items()}
        self._head = re.compile(r"(?<![A-Za-z0-9_])(" + "|".join(map(re.escape, lengths)) + "):") if lengths else None

    def replaced(self, text: str) -> str:
        """`text` with `<source>:erased` for each id; the same object when it has none."""
        if self._head is None:
            return text
        pieces: list[str] = []
        end = 0
        for match in self._head.finditer(text):
            start = match.start()
            found = self._at(text, start, match[1]) if start >= end else None
            if found is not None:
                pieces += [text[end:start], f"{match[1]}:{ERASED}"]
                end = start + found
        return text if not pieces else "".join([*pieces, text[end:]])

    def _at(self, text: str, start: int, source: str) -> int | None:
        for length in self._lengths[source]:
            after = text[start + length : start + length + 1]
            if text[start : start + length] in self._ids and not (after.isalnum() or after == "_"):
                return length
        return None

    def named_in(self, text: str) -> bool:
        """Whether `text` has one of the ids."""
        return self.replaced(text) is not text

    def scrubbed(self, value: Any) -> Any:
        """A JSON value with its strings `replaced`; a Markdown text that names an id is gone as a whole."""
        if isinstance(value, str):
            return self.replaced(value)
        if isinstance(value, list):
            return [self.scrubbed(item) for item in value]
        if isinstance(value, dict):
            return {
                self.replaced(key): ERASED
                if key == "md_str" and isinstance(item, str) and self.named_in(item)
                else self.scrubbed(item)
                for key, item in value.items()
            }
        return value


def _shown(row_id: str) -> str:
    """`row_id` as the previews in the event log show it."""
    nothing = [{"role": "user", "content": ""}, {"role": "assistant", "content": ""}]
    line = preview([{"id": row_id, "messages": nothing}]).splitlines()[-1]
    return line.removeprefix("| ").partition(" | ")[0]
