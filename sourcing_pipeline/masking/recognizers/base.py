"""What the detectors share: a presidio recognizer that yields `Hit`s, alone or by the batch."""

from collections.abc import Iterable, Iterator, Sequence
from re import Match, Pattern
from typing import ClassVar, NamedTuple

from presidio_analyzer import EntityRecognizer, RecognizerResult


class Hit(NamedTuple):
    """A find: half-open character offsets, a placeholder's name, and how sure the rule is in [0, 1]."""

    start: int
    end: int
    entity: str
    score: float


class Recognizer(EntityRecognizer):
    """A presidio recognizer written as one generator; it needs no NLP artifacts and no context enhancer."""

    by_paragraph: ClassVar[bool] = True
    """True when what it finds in a paragraph depends on that paragraph alone, so that it need be read once only."""
    by_rules: ClassVar[bool] = True
    """False for a model, which does not read texts again once its finds are replaced."""
    announced_in_code: ClassVar[bool] = False
    """True when what it gives as NAME is announced so clearly that it is believed inside code."""

    def __init__(self, *entities: str) -> None:
        super().__init__(supported_entities=list(entities))

    def load(self) -> None:
        """Nothing to load: rules are compiled with their module."""

    def find(self, text: str) -> Iterator[Hit]:
        """The finds in `text`, in any order; they may overlap."""
        raise NotImplementedError

    def analyze(self, text: str, entities: list[str], nlp_artifacts: object = None) -> list[RecognizerResult]:  # noqa: ARG002
        """Presidio's call: the finds of these entities (of all when the list is empty)."""
        return [
            RecognizerResult(hit.entity, hit.start, hit.end, hit.score)
            for hit in self.find(text)
            if not entities or hit.entity in entities
        ]

    def analyze_batch(self, texts: Sequence[str]) -> Iterable[list[Hit]]:
        """The finds of each text, in the order of the texts; each depends on its own text alone."""
        return [list(self.find(text)) for text in texts]


def hit(match: Match[str], entity: str, score: float) -> Hit:
    """A find of the group `value` where the match has one, else of the whole match."""
    group: str | int = "value" if match.re.groupindex.get("value") else 0
    return Hit(match.start(group), match.end(group), entity, score)


def hits(pattern: Pattern[str], text: str, entity: str, score: float) -> Iterator[Hit]:
    """A find for each match, see `hit`."""
    return (hit(match, entity, score) for match in pattern.finditer(text))


def before(text: str, start: int, characters: int = 40) -> str:
    """The text just before `start`, case-folded: where a rule looks for its context word."""
    return text[max(0, start - characters) : start].casefold()


def found_in(words: Pattern[str], contexts: Iterable[str]) -> bool:
    """Whether a context word stands in one of these contexts."""
    return any(words.search(context) for context in contexts)
