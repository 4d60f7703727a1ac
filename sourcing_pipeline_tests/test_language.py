import pytest

from sourcing_pipeline.language import language

SPOKEN = [
    ("How can I set up an SPF record for my own domain without breaking mail?", "en"),
    ("Wie richte ich einen SPF-Eintrag für meine Domain ein, ohne dass Mails verloren gehen?", "de"),
    ("Comment puis-je configurer un enregistrement SPF pour mon domaine ?", "fr"),
    ("¿Cómo puedo configurar un registro SPF para mi dominio sin perder correos?", "es"),
    ("Як налаштувати запис SPF для мого домену, щоб листи не губилися?", "uk"),
    ("メールを失わずにドメインのSPFレコードを設定するにはどうすればよいですか。", "ja"),
]
NOT_TOLD = [
    "",
    "   \n",
    "Danke!",
    "nineteen letters oh",
    "12345 67890 12345 67890 12345",
    "```python\nfor number in range(10): print('hello world from python')\n```",
    "https://example.org/a/very/long/path/that/looks/like/words/but/is/none",
    "[EMAIL_1] [NAME_2] [PHONE] [ADDRESS_3] [SECRET] [URL_17] [DATE_OF_BIRTH_1]",
]


@pytest.mark.parametrize(("text", "code"), SPOKEN)
def test_a_sentence_is_told_by_its_language(text: str, code: str) -> None:
    assert language(text) == code


@pytest.mark.parametrize(("text", "code"), SPOKEN[:2])
def test_placeholders_links_and_code_do_not_change_the_language(text: str, code: str) -> None:
    assert language(f"[NAME_1] {text} https://example.org/help `sudo systemctl restart` [EMAIL]") == code


@pytest.mark.parametrize("text", NOT_TOLD)
def test_what_is_short_or_no_prose_is_not_guessed(text: str) -> None:
    assert language(text) is None
