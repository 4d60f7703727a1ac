"""A path with wildcards and one date, as a pattern that finds files and tells their days."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cached_property

_DATE = re.compile(r"\{([^{}]*)\}")
_DIRECTIVES = {"%Y": r"\d{4}", "%m": r"\d\d", "%d": r"\d\d", "%y": r"\d\d", "%j": r"\d{3}"}
_STARS = re.compile(r"\*\*/|\*\*|\*|\?")
_AS_REGEX = {"**/": "(?:[^/]+/)*", "**": ".*", "*": "[^/]*", "?": "[^/]"}


@dataclass(frozen=True)
class Pattern:
    """A path in which `*` and `?` stand for anything within a folder, `**` for any folders, and one strftime format in
    braces for the day of a file: `logs/{%Y/%m/%d}/tickets-*.jsonl`.

    The format may use %Y, %y, %m, %d and %j, and must name a whole day. Raises ValueError when it does not.
    """

    text: str

    def __post_init__(self) -> None:
        formats = _DATE.findall(self.text)
        if len(formats) > 1:
            raise ValueError("only one date may stand in the path, as {%Y-%m-%d} or {%Y/%m/%d}")
        for format_ in formats:
            known = set(re.findall(r"%.?", format_))
            day = {"%m", "%d"} <= known or "%j" in known
            if known - set(_DIRECTIVES) or not known & {"%Y", "%y"} or not day:
                raise ValueError("the date in the path must name a whole day by %Y (or %y), %m and %d (or %j)")

    @property
    def dated(self) -> bool:
        """Whether files have days."""
        return _DATE.search(self.text) is not None

    @property
    def several(self) -> bool:
        """Whether it may stand for more than one file."""
        return self.dated or _STARS.search(self.text) is not None

    @property
    def root(self) -> str:
        """The part that all its files' paths begin with, up to and with its last slash."""
        return _start(self.text).rpartition("/")[0] + "/" if "/" in _start(self.text) else ""

    def of_days(self, days: Iterable[str] | None) -> list[str]:
        """Patterns without a date, one for each day; one for all of them when `days` is None."""
        format_ = _DATE.search(self.text)
        if format_ is None:
            return [self.text]
        if days is None:
            return [_DATE.sub(lambda found: re.sub(r"%[a-zA-Z]", "*", found[1]), self.text)]
        texts = (date.fromisoformat(day).strftime(format_[1]) for day in sorted(set(days)))
        return list(
            dict.fromkeys(f"{self.text[: format_.start()]}{text}{self.text[format_.end() :]}" for text in texts)
        )

    def day(self, path: str) -> str | None:
        """The day of the file at `path`; None without a date. Raises LookupError when it does not match."""
        found = self._regex.fullmatch(path)
        format_ = _DATE.search(self.text)
        if found is None:
            raise LookupError(path)
        if format_ is None:
            return None
        parts = {name: int(number) for name, number in found.groupdict().items() if name != "day"}
        year = parts["Y"] if "Y" in parts else 2000 + parts["y"]
        try:
            if "j" in parts:
                day = date.fromordinal(date(year, 1, 1).toordinal() + parts["j"] - 1)
            else:
                day = date(year, parts["m"], parts["d"])
        except ValueError:
            raise LookupError(path) from None
        if day.strftime(format_[1]) != found["day"]:
            raise LookupError(path)
        return day.isoformat()

    @cached_property
    def _regex(self) -> re.Pattern[str]:
        before, found, after = self.text, "", ""
        if format_ := _DATE.search(self.text):
            before, after = self.text[: format_.start()], self.text[format_.end() :]
            found = f"(?P<day>{_date_regex(format_[1])})"
        return re.compile(_path_regex(before) + found + _path_regex(after))


def fixed_start(pattern: str) -> str:
    """What every path that the pattern (without a date) stands for begins with."""
    return _start(pattern)


def _start(text: str) -> str:
    return re.split(r"[*?{]", text, maxsplit=1)[0]


def _path_regex(text: str) -> str:
    parts, at = [], 0
    for star in _STARS.finditer(text):
        parts += [re.escape(text[at : star.start()]), _AS_REGEX[star[0]]]
        at = star.end()
    return "".join([*parts, re.escape(text[at:])])


def _date_regex(format_: str) -> str:
    seen: set[str] = set()
    parts, at = [], 0
    for directive in re.finditer(r"%[a-zA-Z]", format_):
        digits, letter = _DIRECTIVES[directive[0]], directive[0][1]
        parts += [re.escape(format_[at : directive.start()]), digits if letter in seen else f"(?P<{letter}>{digits})"]
        seen.add(letter)
        at = directive.end()
    return "".join([*parts, re.escape(format_[at:])])
