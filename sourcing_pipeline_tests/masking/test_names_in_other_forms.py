import re

import pytest

from sourcing_pipeline.masking import Masker

FORMS = {
    "lower case": [
        "hi this is ⟦maria lopez⟧, my order is late",
        "hello, ⟦john smith⟧ here, the app crashes",
        "hi my name's ⟦priya patel⟧ and i lost my card",
        "hey its ⟦jake⟧ again",
        "hallo hier ist ⟦jürgen klein⟧, mein router geht nicht",
        "bonjour je suis ⟦chloé lefèvre⟧",
        "hola soy ⟦lucía garcía⟧, no puedo entrar",
        "ciao sono ⟦giulia rossi⟧",
        "hallo ik ben ⟦sanne de vries⟧",
        "olá, sou a ⟦joana silva⟧",
        "thanks, ⟦maria⟧",
        "please ask ⟦david wilson⟧ to call me",
    ],
    "capitals": [
        "HI THIS IS ⟦MARIA LOPEZ⟧, MY ORDER IS LATE",
        "MY NAME IS ⟦JOHN SMITH⟧ AND I WANT A REFUND",
        "PLEASE CALL ⟦DAVID WILSON⟧ BACK",
        "Name: ⟦MÜLLER, HANS⟧",
    ],
    "initials": [
        "My name is ⟦J. Smith⟧.",
        "Regards,\n⟦J.R. Smith⟧",
        "ask ⟦John F. Miller⟧ about it",
        "Name: ⟦Lopez, M.⟧",
        "⟦A. K. Sharma⟧ called about the refund",
    ],
    "hyphens and apostrophes": [
        "I am ⟦Anne-Marie Smith-Jones⟧.",
        "hi, this is ⟦jean-luc picard⟧",
        "My name is ⟦Siobhán O’Connor⟧ and",
        "my name is ⟦d'angelo⟧",
    ],
    "other scripts": [
        "Меня зовут ⟦Иван Петров⟧, у меня не работает интернет.",
        "my name is ⟦Иван Петров⟧",
        "Με λένε ⟦Γιώργος Παπαδόπουλος⟧ και",
        "我叫⟦王小明⟧,我的订单没有到。请问⟦王小明⟧的订单",
        "my name is ⟦王小明⟧",
        "私の名前は⟦山田太郎⟧です。",
        "اسمي ⟦محمد علي⟧ وأريد استرداد المال",
        "मेरा नाम ⟦राहुल शर्मा⟧ है",
        "제 이름은 ⟦김민수⟧입니다. ⟦김민수⟧는",
        "My name is ⟦محمد علي⟧.",
    ],
    "in an address": [
        "write to ⟦maria.lopez@example.com⟧. ⟦Maria⟧ is in today, and so is Mrs ⟦Lopez⟧",
    ],
    "signatures": [
        "It works now.\n\nBest regards,\n⟦Maria Lopez⟧\nSenior Buyer\nAcme",
        "It works now.\n\nthanks\n⟦maria⟧",
        "It works now.\n\n-- \n⟦Maria Lopez⟧ | Acme",
        "It works now.\n\nSincerely,\n\n\n⟦MARIA LOPEZ⟧",
        "It works now.\n\nSent from ⟦Maria⟧'s iPhone",
    ],
    "quoted headers": [
        "On Tue, ⟦John Smith⟧ <⟦john@example.com⟧> wrote:\n> hello",
        "> On 3 Mar 2026, at 10:02, ⟦john smith⟧ <⟦j@example.com⟧> wrote:\n>> hello",
        "Am 03.03.2026 um 10:02 schrieb ⟦Hans Müller⟧:\n> hallo",
        "From: ⟦Maria Lopez⟧\nSent: Tuesday, 3 March 2026\nTo: ⟦John Smith⟧; ⟦Ana Diaz⟧\nSubject: Invoice",
        "Von: ⟦Müller, Hans⟧\nAn: Support",
        "⟦John Smith⟧ wrote:\n> hello",
    ],
    "JSON and logs": [
        '{"customer": {"name": "⟦Maria Lopez⟧", "first_name": "⟦Maria⟧", "last_name": "⟦Lopez⟧"}}',
        '```json\n{"name": "⟦Maria Lopez⟧", "plan": "pro"}\n```',
        '2026-03-01 10:00:02 ERROR user=⟦maria.lopez⟧ name="⟦Maria Lopez⟧" ip=⟦203.0.113.9⟧',
        "2026-03-01T10:00:02Z INFO login failed for user ⟦mlopez42⟧ (⟦Maria Lopez⟧)",
        "ERROR Cannot deliver to ⟦Maria Lopez⟧ <⟦maria@example.com⟧>",
        "id,first_name,last_name,plan\n17,⟦Maria⟧,⟦Lopez⟧,pro",
    ],
}
CASES = [(form, text) for form, texts in FORMS.items() for text in texts]

NOBODY = [
    "hi this is my second ticket about this",
    "hallo ik ben al drie dagen aan het wachten",
    "thanks, it works now",
    "will mark this as solved, hope it helps",
    "MY ORDER IS LATE AND I WANT A REFUND NOW",
    '{"name": "express", "version": "4.17.1"}',
    "2026-03-01 10:00:02 ERROR worker=7 name=queue status=500",
    "我是新用户,怎么注册?",
    "Plan B. The router is off.",
]


@pytest.mark.parametrize(("form", "marked"), CASES)
def test_a_name_is_masked_in_whatever_form_it_is_written(masker: Masker, form: str, marked: str) -> None:
    text, expected = marked.replace("⟦", "").replace("⟧", ""), []
    for number, match in enumerate(re.finditer(r"⟦(.*?)⟧", marked)):
        start = match.start() - 2 * number
        expected.append((start, start + len(match[1])))
    (masked,) = masker.mask([text])
    covered = {at for span in masked.spans for at in range(span.start, span.end)}
    readable = [text[start:end] for start, end in expected if any(
        text[at].isalnum() and at not in covered for at in range(start, end)
    )]  # fmt: skip
    assert readable == []


@pytest.mark.parametrize("text", NOBODY)
def test_words_that_stand_where_a_name_could_are_left_alone(masker: Masker, text: str) -> None:
    assert masker.mask([text])[0].text == text
