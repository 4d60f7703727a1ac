"""People in the headers of code: authors, maintainers, copyright lines, trailers of commits, package manifests.

Source: the tags of Javadoc, Doxygen, PEP 258 (`__author__`) and git's trailers (git-interpret-trailers(1)); npm's
package.json, PEP 621, Cargo and gemspec for `authors`; Google's style guides for `TODO(user)`. The words after which a
person stands were collected from the files of installed packages. Of what stands there, a word or more that are written
as a name are believed when an address follows, or the first is a frequent given name, or there are two and none of them
is common in English. Companies, teams and "The X Authors" are no people.
"""

from collections.abc import Iterator

import regex

from sourcing_pipeline.masking.config import Masking
from sourcing_pipeline.masking.evidence import commonness
from sourcing_pipeline.masking.recognizers.base import Hit, Recognizer, hit
from sourcing_pipeline.masking.recognizers.names import FULL, PARTICLES_FIRST, TITLE, given, trim
from sourcing_pipeline.masking.words import GIVEN_NAMES, GROUPS, PARTICLES, word_set

_YEARS = r"(?:(?:19|20)\d\d(?:\s?[-–,/]\s?(?:(?:19|20)?\d\d|present|now))*[\s,:]*)"
_COPYRIGHT = regex.compile(
    rf"(?:\bcopyrights?(?:\s?:)?(?:\s(?:\(c\)|©|&copy;|by|holders?:))*|\(c\)|©)[\s:,]+{_YEARS}*"
    r"(?:by(?:[ \t]*\n[\s*#/;%!]*|[ \t]+))?(?P<rest>[^\n]{3,200})",
    regex.I,
)
_CREDIT = regex.compile(
    r"(?:[@\\:]author\b:?|(?<![\w.])(?:(?:(?:original|current|main|lead|initial|principal|co)[ -])?"
    r"(?:authors?(?:\(s\))?|maintainers?|contributors?|credits?|committer)(?:[ ]of[ ][\w ]{1,30})?[ \t]*:"
    r"|(?:[a-z]{1,20}-){0,3}(?:signed-off|co-authored|co-developed|authored|committed|reviewed|tested|acked|reported"
    r"|suggested|helped|approved|reported-and-tested|mentored|requested)-by:"
    r"|(?:(?:re)?written|created|developed|maintained|contributed|ported|implemented|designed|authored|modified|fixed"
    r"|revised|updated|adapted|documented|donated|patch|patches|documentation|port|code|initial[ ]version)"
    r"(?:[ ](?:in|to|from)[ ][\w.]{1,20})?[ ]by:?))\s{0,8}(?P<rest>[^\s:=][^\n]{2,200})",
    regex.I,
)
_FIELD = regex.compile(
    r"(?<![A-Za-z])_{0,2}(?:authors?|maintainers?|contributors?|creators?)_{0,2}[\"']?[ \t]*(?:=>|[:=])"
    r"\s{0,8}(?P<rest>[\[({]{0,2}\s{0,8}[^\n]?[^\]\n]{2,300}(?:\n[^\]\n]{2,200}){0,3})",
)
_QUOTED = regex.compile(r"(?:[\"']?name[\"']?\s?[:=]\s?)?(?P<mark>[\"'])(?P<rest>\p{Lu}[^\"'\n]{2,100})(?P=mark)")
_ELEMENT = regex.compile(r"<(?:author|creator|dc:creator)>\s*(?P<rest>\p{Lu}[^<\n]{2,80})<")
_BEFORE_ADDRESS = regex.compile(
    rf"(?<![\p{{L}}\d_.@])(?P<value>{PARTICLES_FIRST}{FULL})[\"']?[ ]{{0,2}}(?:[A-Z]<)?[<(][ ]?"
    r"[\w.+-]{1,64}(?:@|\s?[\[(]at[\])]\s?|\sat\s[\w.-]{1,60}\sdot\s)[\w-]"
)
_AFTER_ADDRESS = regex.compile(rf"@[\w.-]{{1,80}}[ ]\((?P<value>{FULL})\)")
_TASK = regex.compile(r"\b(?:TODO|FIXME|XXX|HACK|NOTE)\((?:@|user:)?(?P<value>[a-z][a-z\d_.-]{2,30})\)")
_NO_USER = word_set(
    "unassigned future later someday nobody someone everyone team perf performance test tests docs bug cleanup security"
    " me you us feature design upstream unknown optional deprecated"
)
_APART = regex.compile(r"[ \t]*(?:,|;|\band\b|\bund\b|&|\+|\|\|?)[ \t]*(?:\band\b[ \t]*)?")
_LEAD = regex.compile(
    rf"[ \t]*(?:\(c\)[ \t]*)?{_YEARS}*[\[(\"'*<]{{0,2}}(?:by[ \t]+)?(?:{TITLE}[ \t]+){{0,2}}", regex.I
)
_PERSON = regex.compile(rf"{PARTICLES_FIRST}{FULL}(?:[ ]\({FULL}\)[ ]{FULL})?(?![\p{{L}}\d_]|[.:]\w|\()")
_ADDRESS = regex.compile(
    r"[\"']?\s{0,3}(?:[A-Z]<\s?)?[<(\[{-]{0,3}\s?(?:[\w.+-]{1,64}\s?(?:@|[\[(]at[\])]|\sat\s)|\[EMAIL)"
)
_POD = regex.compile(r" [A-Z]<$")
_COMMON = 4.0


def build(_config: Masking) -> "CodeHeaders":
    """The detector of NAME and USERNAME in the headers of code."""
    return CodeHeaders("NAME", "USERNAME")


class CodeHeaders(Recognizer):
    """Gives NAME: 0.9 beside an address, 0.8 after a word that announces an author; USERNAME: 0.6 for `TODO(user)`."""

    announced_in_code = True

    def find(self, text: str) -> Iterator[Hit]:
        """See the module's rule."""
        if "@" in text or "at" in text:
            for pattern in (_BEFORE_ADDRESS, _AFTER_ADDRESS):
                for match in pattern.finditer(text):
                    if _owns_address(match["value"], match[0]):
                        yield from _trimmed(text, match.span("value"), 0.9)
        for pattern in (_COPYRIGHT, _CREDIT, _ELEMENT):
            for match in pattern.finditer(text):
                yield from _people(text, *match.span("rest"))
        for match in _FIELD.finditer(text):
            for quoted in _QUOTED.finditer(text, *match.span("rest")):
                yield from _people(text, *quoted.span("rest"))
        for match in _TASK.finditer(text):
            if match["value"] not in _NO_USER:
                yield hit(match, "USERNAME", 0.6)


def _people(text: str, start: int, end: int) -> Iterator[Hit]:
    """The people of a list that begins at `start` and is over at `end`, or before it at what is no person."""
    at = start
    while at < end:
        apart = _APART.search(text, at, end)
        until = apart.start() if apart else end
        lead = _LEAD.match(text, at, until)
        begin = lead.end() if lead else at
        person = _PERSON.match(text, begin, until)
        if person is not None and _believed(text, person.span(), until):
            yield from _trimmed(text, person.span(), 0.8)
        elif until > begin and at > start:
            return
        at = apart.end() if apart else end


def _believed(text: str, span: tuple[int, int], until: int) -> bool:
    words = [word.casefold().strip(".()") for word in text[slice(*span)].split()]
    after = text[span[1] : until]
    if GROUPS.intersection((*words, *(word.casefold().strip(".,()\"'") for word in after.split()))):
        return False
    telling = [word for word in words if word not in PARTICLES]
    if _ADDRESS.match(text, span[1]) or given(words[0]) or (len(telling) > 1 and words[0] in GIVEN_NAMES):
        return True
    if len(telling) < 2 or text[slice(*span)].isupper() or telling[0] == "the":
        return False
    return all(commonness(word, "en") < _COMMON for word in telling)


def _owns_address(name: str, around: str) -> bool:
    """Whether the address beside a name is a person's: it repeats one of the words, or they are no common ones."""
    words = [word.casefold() for word in name.split() if word.casefold() not in PARTICLES]
    address = around[len(name) :].casefold()
    if GROUPS.intersection(words) or words[0] == "the":
        return False
    if any(len(word) > 2 and word in address for word in words) or words[0] in GIVEN_NAMES:
        return True
    return len(words) > 1 and any(commonness(word, "en") < _COMMON for word in words)


def _trimmed(text: str, span: tuple[int, int], score: float) -> Iterator[Hit]:
    start, end = span
    if _POD.search(text, start, end + 1):
        end -= 2
    name = trim(text, (start, end), cued=True)
    if name is not None:
        yield Hit(*name, "NAME", score)
