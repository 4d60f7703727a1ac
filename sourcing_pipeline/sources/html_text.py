"""HTML of posts as Markdown."""

import re
import warnings
from functools import cache
from typing import TYPE_CHECKING

from sourcing_pipeline.sources.records import UnreadableError

if TYPE_CHECKING:
    from markdownify import MarkdownConverter


def markdown(html: str, field: str) -> str:
    """`html` as Markdown: fenced code with its exact text, inline code, links, lists; images as links.

    Nothing is escaped: the text is for reading and training, `snake_case` stays as it is. Raises
    UnreadableError, naming `field`, when elements are nested too deep.
    """
    from bs4 import BeautifulSoup, MarkupResemblesLocatorWarning

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", MarkupResemblesLocatorWarning)
            soup = BeautifulSoup(html, "lxml")
        if re.search(r"<s(cript|tyle)", html, re.IGNORECASE):
            for dead in soup.find_all(["script", "style"]):
                dead.decompose()
        found: str = _converter().convert_soup(soup)
    except RecursionError:
        raise UnreadableError(f"{field}: expected HTML of a usual depth of nesting") from None
    return found.strip("\n").rstrip()


@cache
def _converter() -> "MarkdownConverter":
    from bs4 import Tag
    from markdownify import MarkdownConverter

    class Converter(MarkdownConverter):
        """markdownify with code that is kept to the character, and images as links."""

        def convert_pre(self, el: Tag, text: str, parent_tags: set[str]) -> str:  # noqa: ARG002
            code = el.get_text()
            code = code.removesuffix("\n").removeprefix("\n")
            if not code.strip():
                return ""
            longest = max((len(run) for run in re.findall(r"`+", code)), default=0)
            fence = "`" * max(3, longest + 1)
            language = next(
                (str(name)[5:] for name in el.get_attribute_list("class") if str(name).startswith("lang-")),
                "",
            )
            return f"\n\n{fence}{'' if language == 'none' else language}\n{code}\n{fence}\n\n"

        def convert_img(self, el: Tag, text: str, parent_tags: set[str]) -> str:  # noqa: ARG002
            label, address = str(el.get("alt") or "image"), str(el.get("src") or "")
            return f"[{label}]({address})" if address and "a" not in parent_tags else label

    return Converter(
        heading_style="ATX",
        bullets="-",
        escape_asterisks=False,
        escape_underscores=False,
        sup_symbol="^",
        sub_symbol="~",
    )
