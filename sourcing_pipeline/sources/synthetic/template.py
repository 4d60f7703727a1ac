"""Variations without a model: the seed's question in other situations, its answer in other words. Keyless,
and says so.

Deterministic: what varies depends on the seed's id and the variation's number alone. Every part of the frame
(opening, situation, request, lead-in, closing) differs between the variations of one seed, and seeds combine
the parts differently, so that neither are near-duplicates of each other. Facts are not touched: code, links,
quoted words and numbers stay, and the order of steps is kept.
"""

import hashlib
import re
from collections.abc import Iterator, Sequence

from sourcing_pipeline.sources.synthetic.generator import Generated, Seed

OPENINGS = (
    "Hello, I hope you can point me in the right direction.",
    "Hey there, quick one from me before I head into a meeting.",
    "Good morning. We rely on your service every day and have run into something.",
    "Hi team! First of all, thanks for the quick reply last time.",
    "Dear support team, I am writing on behalf of my department.",
    "So, I have been going round in circles on this since yesterday.",
    "Good afternoon, this is my first time contacting you.",
    "Hi, I searched the help pages for a while and came up empty.",
    "Greetings. I would appreciate some guidance from a specialist.",
    "Sorry to bother you, I am probably missing something obvious here.",
    "Hello again, another question from our small office.",
    "To whom it may concern: our team needs a clear answer.",
)
SITUATIONS = (
    "It is about {topic}, and a colleague told me that you would know exactly what to do.",
    "I am setting things up for a new coworker and got stuck when we came to {topic}.",
    "Everything else works fine, just {topic} leaves me puzzled, on my laptop as well as on my phone.",
    "My manager asked me to write down how {topic} works for all of us, so details matter.",
    "We moved to a different plan recently, and since then {topic} comes up in every single meeting.",
    "I only deal with {topic} once or twice a year, which is why I never remember the details.",
    "Before I change anything on my own I wanted to hear from you regarding {topic}.",
    "A customer of ours is waiting for an answer concerning {topic}, hence a little time pressure.",
    "I read two older threads on {topic} and they contradict each other, which did not help.",
    "I am not very technical, so please bear with me if my words for {topic} are off.",
    "Last month somebody else handled {topic} here, but she has left the company since.",
    "I am comparing how several vendors handle {topic} and would like to get yours right.",
)
REQUESTS = (
    "A short explanation would already make my day.",
    "Could you walk me through it one step after another?",
    "Plain language is welcome; I will pass your answer on to the others.",
    "If there is a catch somewhere, tell me about that too.",
    "I am online until five, so take whatever time you require.",
    "Feel free to send just the essentials.",
    "Thank you in advance for looking into this!",
    "An official answer that I may forward would be ideal.",
    "I would rather ask twice than break something.",
    "Whatever you can share is appreciated.",
    "Let me know in case anything about my description is unclear.",
    "Looking forward to hearing from you.",
)
LEADS = (
    "Thanks for reaching out! Here is what applies to {topic} in your case.",
    "Good question, and an easy one to settle.",
    "Happy to explain this in detail, it comes up more often than you would think.",
    "You came to the right place; let us sort out {topic} together.",
    "I understand that this is confusing at first sight, so let me lay it out.",
    "No need to apologise at all. The answer is the following.",
    "Thank you for describing the situation so clearly. For {topic} the procedure looks like this.",
    "Certainly. This is how it is meant to work.",
    "I checked this for you, and the details are below.",
    "Welcome, and thanks for your patience while I read through your message.",
    "Sure thing, this one is quickly done.",
    "Many people ask us the same about {topic}, therefore we keep an answer at hand.",
)
CLOSINGS = (
    "Does that answer everything you had in mind?",
    "Just reply to this message should something remain open.",
    "With that you should be all set for {topic}.",
    "Feel free to forward these lines to your colleagues.",
    "I will keep this conversation open for a few days, in case you come across anything odd.",
    "Have a great rest of your week!",
    "Tell us how it went, we do read every answer.",
    "That really is all there is to it.",
    "If what you see on your screen differs from this, a screenshot helps us most.",
    "Our team is around on all working days for further questions regarding {topic}.",
    "I hope this saves you some time from now on.",
    "Glad to be of service, and good luck with the next step!",
)
PHRASES: tuple[tuple[str, ...], ...] = (
    ("how do i", "how can i", "what is the right way to"),
    ("how can i", "how do i", "in which way can i"),
    ("can i", "is it possible to", "am i able to"),
    ("i want to", "i would like to", "i wish to", "my aim is to"),
    ("what should i do", "what are my options", "how should i proceed"),
    ("you can", "you are able to", "it is possible for you to"),
    ("need to", "have to", "are required to"),
    ("please", "kindly", "go ahead and"),
    ("make sure", "ensure", "double-check"),
    ("do not", "don't"),
    ("cannot", "can't"),
    ("will not", "won't"),
    ("you will", "you'll", "you are going to"),
    ("we will", "we'll", "we are going to"),
    ("usually", "normally", "as a rule"),
    ("because", "since", "given that"),
    ("immediately", "right away", "at once"),
    ("problem", "issue", "difficulty"),
    ("again", "once more", "another time"),
    ("click", "select", "press"),
    ("choose", "pick", "opt for"),
    ("verify", "confirm", "check"),
    ("in order to", "so as to"),
    ("also", "additionally", "in addition"),
    ("for example", "for instance", "to give an example"),
    ("and then", "and afterwards", "and next"),
)
"""The first phrase of each group is looked for; each variation puts another of the group in its place."""

ORDINALS = ("To begin with: ", "After that: ", "Then: ", "Next in line: ", "Following this: ", "Moving on: ")
_KEPT = re.compile(r"(```.*?```|`[^`]*`|https?://\S+|\"[^\"]*\"|“[^”]*”)", re.DOTALL)
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[A-Z0-9\"“`])")

_GROUP = {phrases[0]: group for group, phrases in enumerate(PHRASES)}
_PHRASE = re.compile(
    r"(?<![\w'-])(" + "|".join(re.escape(phrase) for phrase in sorted(_GROUP, key=len, reverse=True)) + r")(?![\w'-])",
    re.IGNORECASE,
)


class TemplateGenerator:
    """Makes variations from frames and synonyms. Costs nothing, asks nobody."""

    label = "template"

    def generate(self, seed: Seed, n: int) -> Iterator[Generated]:
        """n variations of the seed, n ≤ 12; beyond that frames repeat."""
        for number in range(n):
            yield Generated(_question(seed, number), _answer(seed, number))


def _question(seed: Seed, number: int) -> str:
    opening, situation, request = (
        _part(seed, number, slot, parts)
        for slot, parts in (("opening", OPENINGS), ("situation", SITUATIONS), ("request", REQUESTS))
    )
    asked = rephrase(seed.instruction, _offset(seed, "phrases") + number)
    orders = (
        f"{opening} {situation} {asked} {request}",
        f"{asked}\n\n{situation} {request}",
        f"{opening}\n\n{asked}\n\n{situation} {request}",
        f"{opening} {situation}\n\n{asked}",
    )
    return orders[(_offset(seed, "order") + number) % len(orders)]


def _answer(seed: Seed, number: int) -> str:
    lead, closing = _part(seed, number, "lead", LEADS), _part(seed, number, "closing", CLOSINGS)
    said = rephrase(seed.response, _offset(seed, "phrases") + number)
    return f"{lead}\n\n{_laid_out(said, _offset(seed, 'layout') + number)}\n\n{closing}"


def _part(seed: Seed, number: int, slot: str, parts: Sequence[str]) -> str:
    return parts[(_offset(seed, slot) + number) % len(parts)].replace("{topic}", seed.topic)


def _offset(seed: Seed, slot: str) -> int:
    return int.from_bytes(hashlib.sha256(f"{slot}\0{seed.id}".encode()).digest()[:4])


def rephrase(said: str, choice: int) -> str:
    """`said` with another phrase of each group in PHRASES; code, links and quoted words stay as they are."""

    def swap(found: re.Match[str]) -> str:
        group = _GROUP[found.group().lower()]
        phrase = re.sub(r"\bi\b", "I", PHRASES[group][(choice + group) % len(PHRASES[group])])
        opens = found.group()[0].isupper() and not found.group().startswith("I ")
        opens = opens or bool(re.search(r"(^|[.!?]\s+|\n)$", found.string[max(0, found.start() - 3) : found.start()]))
        return phrase[0].upper() + phrase[1:] if opens else phrase

    parts = _KEPT.split(said)
    return "".join(part if place % 2 else _PHRASE.sub(swap, part) for place, part in enumerate(parts))


def _laid_out(said: str, choice: int) -> str:
    """Sentences as one paragraph, a numbered list, a list, one a line, or with ordinals; text with lines as
    it is."""
    if "\n" in said or "```" in said:
        return said
    sentences = [sentence for sentence in _SENTENCE_END.split(said) if sentence]
    if len(sentences) < 2:
        return said
    layouts = (
        said,
        "\n".join(f"{place}. {sentence}" for place, sentence in enumerate(sentences, start=1)),
        " ".join(f"{ORDINALS[place % len(ORDINALS)]}{sentence}" for place, sentence in enumerate(sentences)),
        "\n".join(f"- {sentence}" for sentence in sentences),
        "\n\n".join(sentences),
    )
    return layouts[choice % len(layouts)]
