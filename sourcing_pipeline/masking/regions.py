"""Stretches of a text that the rules treat apart: code, links, and placeholders that are already there."""

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import groupby

PLACEHOLDER = re.compile(r"\[([A-Z](?:[A-Z_]*[A-Z])?)(?:_(\d+)|:[0-9a-f]{8})?\]")
"""`[NAME]`, `[NAME_2]`, `[NAME:3f9c2a1b]`: group 1 is the entity, group 2 its number (none for the first, and
for a hash).
"""

_FENCED = r"(?P<fence>`{3,}|~{3,}).*?(?:(?P=fence)|\Z)"
_FENCE = re.compile(_FENCED, re.DOTALL)
_CODE = re.compile(
    rf"{_FENCED}|<code\b.*?</code>|<pre\b.*?</pre>|(?<!`)`[^`\n]+`(?!`)",
    re.DOTALL | re.IGNORECASE,
)
_LINK = re.compile(r"\b(?:https?|ftp|s3|gs|ssh|jdbc:\w+)://[^\s<>\"']+|\bwww\.[^\s<>\"']+", re.IGNORECASE)
_CODE_LINE = re.compile(
    r"[;{}]\s*$|^\s*[#/*}{)\]@$]|^\s*(?:def|class|import|from\s+\S+\s+import|return|const|let|var|function"
    r"|public|private|"
    r"if\s*\(|for\s*\(|while\s*\(|else\b|try:|except\b|elif\b|SELECT|INSERT|UPDATE|CREATE|ALTER|sudo|pip"
    r"|npm|docker|git)\b"
    r"|==|!=|=>|->|::|\w\(\)|\w\(\w*=|\w\[\w+\]|</?\w+[^>]*>|&&|\|\||^[+-]{1,3}\s*\w|\w\s=\s\S"
    r"|^\s*[\w.-]+\s*[:=]\s*[\[{\"'\d]"
    r"|^\[?\d{4}-\d\d-\d\d[T ]\d\d:\d\d|\b(?:DEBUG|INFO|WARN(?:ING)?|ERROR|FATAL|TRACE)\b"
    r"|^\s*at \w+[.\w$]+\(|^\s*File \""
)

_LINE = re.compile(r"[^\n]*\n|[^\n]+")
_HUNK = re.compile(r"@@ -\d+(?:,(\d+))? \+\d+(?:,(\d+))? @@")
_DIFF = re.compile(
    r"diff (?:--git|-\S+) |Index: \S|index [0-9a-f]+\.\.|(?:new|deleted) file mode |(?:old|new) mode \d"
    r"|(?:dis)?similarity index |(?:rename|copy) (?:from|to) |Binary files |GIT binary patch|--- \S.*|\+\+\+ \S"
)
_STRONG = re.compile(
    r".*(?:[;{\[(\\]|\);|\}[;,)]?)\s*$"
    r"|\s*(?:\)\s*(?:->.*)?:|[\])}>]+[;,)\s]*)\s*$"
    r"|\s*(?:async\s+)?def\s+\w+\s*\(|\s*class\s+\w+\s*[:({]"
    r"|\s*import\s+[\w{*\"'.]+(?:\s*[,;]|\s+(?:as|from)\b|\s*$)|\s*from\s+\S+\s+import\b|\s*package\s+[\w.:]+\s*$"
    r"|\s*(?:const|let|var|val|my|our|local|auto)\s+[\w$@%{\[(]+.*=|\s*(?:function|func|fn|sub)\s+[\w$.(]+"
    r"|\s*(?:if|for|while|switch|foreach|elif|elsif|catch|return)\s*\(|\s*(?:if|while|elif)\s+\["
    r"|\s*(?:try|else|finally|except\b.*|elif\b.*|(?:if|for|while|with)\s.*):\s*$"
    r"|\s*(?:fi|done|then|esac|do|else|begin|end)\s*$|\s*(?:export|unset|alias|set)\s+[\w-]+=?"
    r"|\s*(?:echo|exit|cd|mkdir|rm|cp|mv|printf|chmod|source|eval|exec|curl|wget|pip|npm|git|make)\s+[-\"'$./~]"
    r"|\s*#\s*(?:include|define|ifn?def|if|endif|pragma|undef|else)\b|#!|\s*<\?|\s*@\w[\w.]*(?:\(.*\))?\s*$"
    r"|\s*(?:\$|>>>|\.\.\.)\s\S|\s*at\s[\w.$<>]+\(|\s*File\s\"|\s*</?[a-zA-Z][\w:-]*(?:\s[^<>]*)?/?>.*$"
    r"|\s*[\w$@%&*.>\[\]\"'-]+\s?(?:[-+*/|&.:?]|\|\||<<|>>)?=(?!=)\s*\S"
    r"|\s*(?:[\w*&:<>]+\s+){1,4}[*&]*\w+(?:\[\w*\])?\s*=\s\S"
    r"|\s*[\"'][^\"']*[\"'],?\s*$|\s*[\"'][\w$. -]+[\"']\s*(?:=>|:)\s*\S|\s*[\w$.-]+\s*[:=]>?\s*[\[{\"']"
    r"|\s*+[-+.\dxXa-fA-F]++(?:,\s*+[-+.\dxXa-fA-F]++)*+,\s*$"
    r"|\[?\d{4}-\d\d-\d\d[T ]\d\d:\d\d|\s.*\S\s+\|\s+(?:\d+|Bin)\s?[-+]*\s*$|\s(?:create|delete)\smode\s\d{6}\s"
)
_WEAK = re.compile(
    r"==|!=|=>|->|::|\w\(\)|\w\(\w*=|\w\[\w+\]|&&|\|\||\w\(.*\)$|[*&_(){}\[\]<>].*,\s*$|\w\s=\s\S"
    r"|\b(?:DEBUG|INFO|WARN(?:ING)?|ERROR|FATAL|TRACE)\b"
)
_COMMENT = re.compile(r"\s*(?:#|//|/\*|--|%|;|\"\"\"|'''|<!--|=\w)")
_WORDS = re.compile(r"(?:[^\W\d_]+(?:['’-][^\W\d_]+)*[,.:;]? ){3}[^\W\d_]+")
_TRAILING = re.compile(r"(?<=[^\s])\s+(?:#|//|/\*|--)\s.*")
_MARKER = re.compile(r"\s*+(?:[-+*#>.@$=|]++|\d+[.)])\s*+")
_RULE = re.compile(r"\s*([-=~^*#+_])\1+\s*")
_COMMENTED = re.compile(
    r"(?<!\S)/\*.*?(?:\*/|\Z)|\"{3}.*?(?:\"{3}|\Z)|'{3}.*?(?:'{3}|\Z)|<!--.*?(?:-->|\Z)|^=[a-z]\w*\b.*?(?:^=cut\b|\Z)",
    re.DOTALL | re.MULTILINE,
)
_SENTENCE = re.compile(r".*(?:[.!?][\"')\]”*_]*|:\s?\()\s*$|\s*[A-Z][^=(){}]*;\s*$|\s*(?:<[^<>]*>\s*)+[^<>]{20}")
_OPENING = re.compile(r"\s*(?:#!\s*/|<\?php|#include\b|/\*|[rRuU]?\"{3})")
_HEADING = re.compile(r"\s*#{1,6} ")
_LONGEST_LINE = 400
_CODE_FRACTION = 0.1
_CODE_FRACTION_HEADED = 0.2
_PROSE_FRACTION = 0.05
_CODE_SIGNS = "(){}[]=;"
_CODE_SIGNS_FRACTION = 0.001
"""They are rarer in 63 of 100 messages of the demonstration's helpdesk, and in 2 of 100 files of code."""

Region = tuple[int, int]


def code_regions(text: str) -> list[Region]:
    """Half-open character ranges of fenced blocks, inline code, `<code>`, `<pre>` and links, sorted."""
    found: list[Region] = []
    if "`" in text or "~~~" in text or "<" in text:
        found += [match.span() for match in _CODE.finditer(text)]
    if "://" in text or "www." in text.lower():
        found += [match.span() for match in _LINK.finditer(text)]
    return merged(found)


def code_parts(text: str) -> list[Region]:
    """Half-open character ranges of code in a text of a source whose rows are code, sorted: those of `sure_code`, and
    single lines that read as code. A line of prose that names a function stays prose.
    """
    regions, lines, kinds, is_file = _lines_of(text)
    singles = (line for line, kind in zip(lines, kinds, strict=True) if kind == "code")
    return merged([*regions, *(lines if is_file else (*_code_blocks(lines, kinds), *singles))])


def sure_code(text: str) -> list[Region]:
    """Half-open character ranges, sorted, of what is code in any text: that of `code_regions`; a diff, as far as its
    hunks' headers count; a whole text that reads as a source file; otherwise the blocks (lines without a blank one
    between them) of two lines or more of which most read as code, and what stands between two such blocks and is no
    prose.
    """
    regions, lines, kinds, is_file = _lines_of(text)
    return merged([*regions, *(lines if is_file else _code_blocks(lines, kinds, least=2))])


def _lines_of(text: str) -> tuple[list[Region], list[Region], list[str], bool]:
    """The code that is marked as such and the diffs; the lines outside them; what each reads as; and whether they are a
    source file together.
    """
    regions = code_regions(text)
    lines = [(match.start(), match.end()) for match in _LINE.finditer(text)]
    in_diff = _diff_lines([text[start:end] for start, end in lines])
    regions += [line for line, inside in zip(lines, in_diff, strict=True) if inside]
    fences = merged(span for span in map(re.Match.span, _FENCE.finditer(text)))
    rest = [line for line, inside in zip(lines, in_diff, strict=True) if not inside and not touches(*line, fences)]
    kinds = [_kind(text[start:end]) for start, end in rest]
    comments = merged(match.span() for match in _COMMENTED.finditer(text))
    kinds = [
        "comment" if kind in ("prose", "any") and touches(*line, comments) else kind
        for kind, line in zip(kinds, rest, strict=True)
    ]
    prose = sum(kind == "prose" and not text[line[0]].isspace() for kind, line in zip(kinds, rest, strict=True))
    is_file = _OPENING.match(text) is not None or _is_file(kinds, prose, _HEADING.match(text) is not None)
    return regions, rest, kinds, is_file


def may_hold_code(text: str) -> bool:
    """Whether brackets, equals signs and semicolons are frequent enough in a text that parts of it may be code."""
    return sum(map(text.count, _CODE_SIGNS)) >= _CODE_SIGNS_FRACTION * len(text)


def placeholder_regions(text: str, entities: Iterable[str]) -> list[Region]:
    """Half-open character ranges of placeholders of these entities, sorted."""
    wanted = set(entities)
    return [match.span() for match in PLACEHOLDER.finditer(text) if match[1] in wanted]


def merged(regions: Iterable[Region]) -> list[Region]:
    """The ranges sorted, with overlapping and touching ones joined."""
    joined: list[Region] = []
    for start, end in sorted(regions):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def touches(start: int, end: int, regions: list[Region]) -> bool:
    """Whether [start, end) overlaps one of the sorted, disjoint ranges."""
    index = bisect_right(regions, (start, end)) - 1
    if index >= 0 and regions[index][1] > start:
        return True
    return index + 1 < len(regions) and regions[index + 1][0] < end


def looks_like_code(line: str) -> bool:
    """Whether a line reads as source code, a shell command or a log line, where a language model sees names
    anywhere.
    """
    return _CODE_LINE.search(line) is not None


def _kind(line: str) -> str:
    """What a line reads as: `blank`, `code`, `comment` (it may be a heading or an item), `prose`, or `any`."""
    if not line.strip():
        return "blank"
    if _RULE.fullmatch(line):
        return "comment"
    line = _TRAILING.sub("", line[:_LONGEST_LINE])
    worded = _is_worded(line)
    if _STRONG.match(line) and not (worded and _SENTENCE.match(line)):
        return "code"
    if _COMMENT.match(line):
        return "comment"
    if worded:
        return "prose"
    return "code" if _WEAK.search(_MARKER.sub("", line)) else "any"


def _is_worded(line: str) -> bool:
    """Whether four words follow one another, or five stand in a line that ends like a sentence."""
    if _WORDS.search(line):
        return True
    words = line.split()
    return line.rstrip().endswith((".", "!", "?")) and sum(word.strip(".,:;!?()").isalpha() for word in words) >= 5


def _is_file(kinds: list[str], prose: int, headed: bool) -> bool:
    """Whether lines read as a source file: it begins with code or a comment, and of its lines outside comments hardly
    any (there are `prose` of them) are prose. More is asked of one whose first line may be a heading of Markdown.
    """
    told = [kind for kind in kinds if kind != "blank"]
    if len(told) < 2 or told[0] not in ("code", "comment") or prose > _PROSE_FRACTION * len(told):
        return False
    return told.count("code") >= (_CODE_FRACTION_HEADED if headed else _CODE_FRACTION) * len(told)


def _code_blocks(lines: list[Region], kinds: list[str], least: int = 1) -> Iterator[Region]:
    """The blocks of so many lines or more that are code, and those without prose between two of them."""
    blocks = [list(group) for blank, group in groupby(range(len(lines)), lambda at: kinds[at] == "blank") if not blank]
    counts = [Counter(kinds[at] for at in block) for block in blocks]
    are_code = [
        count.total() >= least and 2 * count["code"] >= count.total() and 2 * count["prose"] < count.total()
        for count in counts
    ]
    for number, (block, count) in enumerate(zip(blocks, counts, strict=True)):
        between = 0 < number < len(blocks) - 1 and are_code[number - 1] and are_code[number + 1] and not count["prose"]
        if are_code[number] or between:
            yield lines[block[0]][0], lines[block[-1]][1]


def _diff_lines(lines: list[str]) -> list[bool]:
    """Which lines belong to a diff: its headers, and after each hunk's header as many lines as it says."""
    inside = [False] * len(lines)
    at = 0
    while at < len(lines):
        hunk = _HUNK.match(lines[at])
        if hunk is None:
            header = _DIFF.match(lines[at]) is not None
            if header and lines[at].startswith("--- "):
                header = at + 1 < len(lines) and lines[at + 1].startswith("+++ ")
            inside[at] = header
            at += 1
            continue
        old, new = int(hunk[1] or "1"), int(hunk[2] or "1")
        inside[at] = True
        at += 1
        while at < len(lines) and (old > 0 or new > 0 or lines[at].startswith("\\")):
            mark = lines[at][:1]
            if mark not in (" ", "+", "-", "\\", "\t", "\n"):
                break
            old -= mark not in ("+", "\\")
            new -= mark not in ("-", "\\")
            inside[at] = True
            at += 1
    return inside
