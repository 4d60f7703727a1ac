import pytest

from sourcing_pipeline.masking import Masking
from sourcing_pipeline.masking.recognizers import urls
from sourcing_pipeline_tests.masking.recognizers.cases import check

CASES = [
    "⟦https://maria:pw@db.example.com/x⟧",
    "see ⟦https://example.com/login?user=maria&x=1⟧.",
    "⟦https://example.com/reset?token=abcdef⟧",
    "⟦https://www.linkedin.com/in/maria-lopez⟧",
    "⟦https://example.com/unsubscribe/maria@example.com⟧",
    "⟦https://example.com/~maria/⟧",
    "⟦https://example.com/users/maria⟧",
    "⟦https://www.tiktok.com/@maria.lopez⟧",
    "⟦https://www.facebook.com/profile.php?id=100012345⟧",
    "https://docs.example.com/install#users",
    "https://example.com/usage/training",
    "https://github.com/unit8co/darts",
    "https://example.com/search?q=dns",
    "https://github.com/org/repo/issues/3",
    "postgresql://localhost/db",
]


@pytest.mark.parametrize("marked", CASES)
def test_finds_personal_links_and_leaves_the_others(marked: str) -> None:
    check(urls.build(Masking()), marked)
