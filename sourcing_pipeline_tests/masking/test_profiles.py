"""What the profile of a source changes: which entities apply, and which of them inside code."""

import pytest

from sourcing_pipeline.config import CODE, MaskingProfile
from sourcing_pipeline.masking import Masker, Masking

MASKING = Masking(language_model=None)


@pytest.fixture(scope="module")
def coder() -> Masker:
    return Masker.from_config(MASKING, CODE)


def masked(masker: Masker, *example: str) -> list[str]:
    return [text.text for text in masker.mask_examples([example])[0]]


DIFF = """\
--- a/net.py
+++ b/net.py
@@ -1,3 +1,6 @@
 # Author: Jane Doe <jane@example.org>
+# Jane Doe wrote this
+martin = connect("203.0.113.9", 4012888888881881)
+PASSWORD = "hunter2!x9"
-phone = "+49 30 23125100"
 doe = jane
"""


def test_in_code_only_secrets_addresses_and_announced_people_are_masked(coder: Masker) -> None:
    assert masked(coder, DIFF) == [
        """\
--- a/net.py
+++ b/net.py
@@ -1,3 +1,6 @@
 # Author: [NAME] <[EMAIL]>
+# [NAME] wrote this
+martin = connect("203.0.113.9", 4012888888881881)
+PASSWORD = "[SECRET]"
-phone = "+49 30 23125100"
 doe = jane
"""
    ]


def test_in_a_description_everything_is_masked_and_a_repeat_never_breaks_an_identifier(coder: Masker) -> None:
    title, diff = masked(coder, "Hi Martin, call +49 30 23125100 about 203.0.113.9", DIFF)
    assert title == "Hi [NAME], call [PHONE] about [IP]"
    assert 'martin = connect("203.0.113.9", 4012888888881881)' in diff
    assert 'phone = "+49 30 23125100"' in diff


FILE = '''\
"""Layers of Jackson and Tilbert."""

from torch import Tensor

class Jackson(Tensor):
    """Base of Tilbert; see Backward."""

    def forward(self, tensor: Tensor) -> Tensor:
        # written by Maria Lopez <maria@example.org>
        return Tilbert(tensor).backward(Jackson)
'''


def test_the_models_names_in_what_reads_as_a_file_of_code_are_not_believed() -> None:
    (file,) = masked(Masker.from_config(Masking()), FILE)
    assert file == FILE.replace("Maria Lopez <maria@example.org>", "[NAME] <[EMAIL]>")


def test_a_word_of_which_the_model_is_not_sure_is_not_masked_where_it_is_code() -> None:
    (text,) = masked(Masker.from_config(Masking()), "Narwhals is fast.\n\nThen import narwhals, and `Narwhals(x)`.")
    assert text.endswith("import narwhals, and `Narwhals(x)`.")


def test_without_a_profile_code_is_masked_like_prose() -> None:
    (diff,) = masked(Masker.from_config(MASKING), DIFF)
    assert 'phone = "[PHONE]"' in diff


def test_a_profile_leaves_out_what_does_not_apply() -> None:
    masker = Masker.from_config(MASKING, MaskingProfile(entities=("EMAIL",)))
    assert masked(masker, "Hi Maria, write to maria@example.com") == ["Hi Maria, write to [EMAIL]"]


def test_the_recipes_own_words_apply_in_code_and_what_is_allowed_stays() -> None:
    config = Masking(language_model=None, words={"PROJECT": ("apollo", "gemini")}, allow=("Gemini",))
    masker = Masker.from_config(config, CODE)
    assert masked(masker, "Gemini and Apollo\n\n```\napollo = 1\n```") == [
        "Gemini and [PROJECT]\n\n```\n[PROJECT] = 1\n```"
    ]
