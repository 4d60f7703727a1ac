"""A number that the message before asked for is masked, and no other."""

import pytest

from sourcing_pipeline.masking import Masker
from sourcing_pipeline.masking.answers import answers


@pytest.mark.parametrize(
    ("question", "answer", "masked"),
    [
        ("Of course. What is your account number?", "Yes, it is 30412298.", "Yes, it is [PAYMENT]."),
        ("Could you give me your card number please", "it ends in 55019", "it ends in [PAYMENT]"),
        ("And the phone number we can reach you on?", "4477 0199 22", "[PHONE]"),
        ("Please confirm your social security number.", "sure, 551200937", "sure, [ID_NUMBER]"),
        ("Bitte nennen Sie Ihre Kontonummer.", "30412298", "[PAYMENT]"),
        ("Can you tell me the PIN?", "4091", "[SECRET]"),
        ("Account number and name", "30412298 it is", "[PAYMENT] it is"),
        ("Could I get your full name, please?", "Maria Lopez 304122987", "[NAME] [ID_NUMBER]"),
        ("How many mails do you send a day?", "about 30412298", "about 30412298"),
        (
            "Your account number is shown in the settings of your account, as always.",
            "I paid 30412298 dollars",
            "I paid 30412298 dollars",
        ),
        ("What is your account number?", "I do not know, it is from 2019.", "I do not know, it is from 2019."),
    ],
)
def test_a_bare_number_is_what_was_asked_for(masker: Masker, question: str, answer: str, masked: str) -> None:
    assert [one.text for one in masker.mask_examples([[question, answer]])[0]] == [question, masked]


def test_only_the_end_of_the_message_before_asks() -> None:
    far = "What is your account number? " + "Nothing else was said for a long while. " * 20
    assert list(answers([far, "30412298"])) == []
    assert list(answers(["30412298", "What is your account number?"])) == []


def test_an_answer_is_masked_wherever_it_comes_again(masker: Masker) -> None:
    (example,) = masker.mask_examples([["What is your account number?", "30412298", "Thanks, so it is 30412298 then."]])
    assert example[2].text == "Thanks, so it is [PAYMENT] then."
