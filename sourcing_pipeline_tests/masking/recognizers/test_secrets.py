import pytest

from sourcing_pipeline.masking import Masking
from sourcing_pipeline.masking.recognizers import secrets
from sourcing_pipeline_tests.masking.recognizers.cases import check

KEY = "a1B2" * 10
CASES = [
    "the key is ⟦pr_live_FAKEmvYysk5P62jE0tlwF5Gk⟧.",
    f"key ⟦sk-{KEY}⟧ fails",
    f"⟦ghp_{KEY}⟧",
    "⟦AKIAIOSFODNN7EXAMPLE⟧",
    f"Authorization: Bearer ⟦{KEY}⟧",
    "⟦eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N⟧",
    "⟦-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----⟧ end",
    "password: ⟦Tr0ub4dor&3⟧",
    "my password is ⟦hunter2⟧.",
    "Passwort: ⟦Sommer2026!⟧",
    "mot de passe : ⟦Ete2026⟧",
    "contraseña: ⟦Verano26⟧",
    "api_key=⟦9f8e7d6c5b4a⟧",
    "PIN is ⟦4821⟧",
    "CVV ⟦123⟧",
    "the password is wrong",
    "password: required",
    "password = os.environ['PW']",
    "password=<your password>",
    "password: ********",
    "def f(password: str, token: int)",
    "token = tokenizer.next_token",
    "reset your password: https://example.com/reset",
    "pin the version to 3",
]


@pytest.mark.parametrize("marked", CASES)
def test_finds_secrets_and_nothing_else(marked: str) -> None:
    check(secrets.build(Masking()), marked)
