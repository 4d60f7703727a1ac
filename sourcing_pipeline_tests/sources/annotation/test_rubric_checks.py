import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sourcing_pipeline.sources.annotation.rubric_checks import Checks, HasSource, SameLanguage, Words, failed_points

ASKED = "How do I stop my mail from landing in the spam folder of my customers?"
ANSWERED = "Add an SPF record to the settings of your domain, and wait for an hour until it works."
ONLY_SOURCE = Checks(words=None, language=None)


def failed(instruction: str, response: str, checks: Checks = Checks()) -> list[str]:
    return [point for point, _ in failed_points(instruction, response, checks)]


def test_under_200_words_pass_and_200_fail() -> None:
    checks = Checks(language=None)
    assert failed(ASKED, " ".join(["word"] * 199), checks) == []
    assert list(failed_points(ASKED, "word\n" * 200, checks)) == [
        ("concise", "200 words, and fewer than 200 are asked for")
    ]


def test_chinese_and_japanese_characters_count_as_words() -> None:
    checks = Checks(language=None)
    assert failed("怎么设置邮箱？", "请打开设置，" * 39, checks) == []
    assert failed("怎么设置邮箱？", "请打开设置，" * 40, checks) == ["concise"]


def test_a_response_in_another_language_fails() -> None:
    said = "Fügen Sie den Einstellungen Ihrer Domain einen SPF-Eintrag hinzu und warten Sie eine Stunde."
    assert list(failed_points(ASKED, said, Checks())) == [("tone", "asked in en, answered in de")]
    assert failed(ASKED, ANSWERED) == []


@pytest.mark.parametrize("response", ["OK.", "```python\nfor mail in box:\n    print(mail.subject)\n```", "", "👍👍👍"])
def test_a_response_whose_language_cannot_be_told_does_not_fail(response: str) -> None:
    assert failed(ASKED, response) == []


@pytest.mark.parametrize(
    "instruction",
    [
        "What does SPF stand for? Please cite your sources.",
        "Can you give me a link to the documentation?",
        "How long are backups kept? Name at least one reliable source.",
        "Explain DKIM with references.",
        "DKIM is safer than SPF. Source?",
        "Wie lange werden Sicherungen aufbewahrt? Bitte nennen Sie Ihre Quelle.",
        "Können Sie mir dafür einen Link schicken?",
        "Erkläre DKIM mit Belegen.",
        "Qu'est-ce que DKIM ? Donnez-moi des références.",
        "Pouvez-vous m'envoyer un lien ?",
        "¿Qué es DKIM? Indique sus fuentes, por favor.",
        "¿Puede enviarme un enlace a la documentación? Necesito el enlace.",
        "Che cos'è DKIM? Indica le fonti.",
        "Mi può dare un link alla documentazione?",
        "Wat is DKIM? Noem uw bronnen.",
        "Kunt u mij daarvan een link sturen?",
        "O que é DKIM? Indique as fontes, por favor.",
        "Explique DKIM com referências.",
        "Czym jest DKIM? Proszę podać źródło.",
        "Wyjaśnij DKIM z odnośnikami. Podaj link.",
    ],
)
def test_a_source_is_missed_where_one_is_asked_for_in_eight_languages(instruction: str) -> None:
    assert failed(instruction, ANSWERED, ONLY_SOURCE) == ["sources"]
    assert failed(instruction, f"{ANSWERED} See https://postrider.example/help.", ONLY_SOURCE) == []


@pytest.mark.parametrize(
    "instruction",
    [
        ASKED,
        "The link in your mail does not work. What now?",
        "I want to open source my project. Can I host it with you?",
        "I have lost the reference number of my order.",
        "I need to change the source address of a server.",
        "Where can I find my invoice?",
        "Please send me a quote for five mailboxes.",
        "Der Link funktioniert nicht. Was tun?",
        "Où est le lien de ma facture ?",
    ],
)
def test_no_source_is_missed_where_none_is_asked_for(instruction: str) -> None:
    assert failed(instruction, ANSWERED, ONLY_SOURCE) == []


@pytest.mark.parametrize(
    "response",
    [
        "See https://postrider.example/help/spf",
        "See www.postrider.example",
        "See postrider.example/help/spf",
        "See [URL]",
        "It is so [1].",
        "As RFC 7208 says",
        "By § 19 UStG",
        "By doi:10.1000/182",
        "It is so (Smith and Jones, 2019).",
    ],
)
def test_a_link_a_standard_a_paragraph_and_a_work_are_sources(response: str) -> None:
    checks = Checks(words=None, language=None, source=HasSource(when="always"))
    assert failed(ASKED, response, checks) == []
    assert failed(ASKED, "You can do one and/or the other, e.g. 2/3 of it.", checks) == ["sources"]


def test_each_check_can_be_turned_off() -> None:
    asked = f"{ASKED} Cite your sources."
    said = "Fügen Sie den Einstellungen Ihrer Domain einen Eintrag hinzu und warten Sie. " * 30
    assert failed(asked, said) == ["concise", "tone", "sources"]
    assert failed(asked, said, Checks(words=None)) == ["tone", "sources"]
    assert failed(asked, said, Checks(language=None)) == ["concise", "sources"]
    assert failed(asked, said, Checks(source=None)) == ["concise", "tone"]
    assert failed(asked, said, Checks(words=None, language=None, source=None)) == []
    assert Checks(words=None, language=None, source=None).points() == ()


def test_the_points_that_checks_fail_can_be_named_otherwise() -> None:
    checks = Checks(words=Words(point="kurz", under=3), language=SameLanguage(point="ton"), source=None)
    assert checks.points() == ("kurz", "ton")
    assert failed("Hi", "one two three", checks) == ["kurz"]


@given(
    st.text(max_size=300),
    st.text(st.sampled_from("请日本語한국어ก```\n§[1](\u200b\0\U0001f600 a1."), max_size=300),
)
def test_no_text_makes_a_check_fail_with_an_error(instruction: str, response: str) -> None:
    for point, seen in failed_points(instruction, response, Checks()):
        assert point in {"concise", "tone", "sources"}
        assert len(seen) < 80


@pytest.mark.parametrize("piece", ["a-", "a.", "(a ", "give ", "quelle ", "1", "www", "with a "])
def test_long_texts_of_any_kind_are_checked_at_once(piece: str) -> None:
    text = piece * (100_000 // len(piece))
    began = time.perf_counter()
    list(failed_points(text, text, Checks(source=HasSource(when="always"))))
    assert time.perf_counter() - began < 5
