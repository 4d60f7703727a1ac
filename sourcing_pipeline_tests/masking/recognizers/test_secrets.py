import pytest

from sourcing_pipeline.masking import Masking
from sourcing_pipeline.masking.recognizers import secrets
from sourcing_pipeline_tests.masking.recognizers.cases import check

KEY = "a1B2" * 10
CASES = [
    "connect('postgres://admin:⟦hunter2x⟧@localhost/db')",
    "mysql://user:password@localhost/db and mysql://user:{pw}@localhost/db",
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
    f"⟦glpat-{KEY}⟧",
    "⟦xoxb-123456789012-abcdefghijkl⟧",
    "token=⟦pypi-AgEIcHlwaS5vcmc" + KEY * 2 + "⟧",
    "⟦SG.a1a1a1a1a1a1a1a1a1a1a1.b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2c⟧",
    "bot ⟦123456789:aB3-_aB3-_aB3-_aB3-_aB3-_aB3-_aB3-_⟧",
    "sid ⟦AC0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a⟧",
    "⟦https://hooks.slack.com/services/T00000000/B00000000/abcd1234abcd1234abcd1234⟧",
    "MY_AWS_SECRET_KEY = '⟦wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY⟧'",
    "wachtwoord: ⟦Zomer2026⟧",
    "a minha senha é ⟦verao99⟧",
    "⟦-----BEGIN OPENSSH PRIVATE KEY-----\nb3Bl\n-----END OPENSSH PRIVATE KEY-----⟧",
    "commit 1234567890abcdef1234567890abcdef12345678",
    "uuid 123e4567-e89b-12d3-a456-426614174000",
    "bos_token=bos_token, secret_key = secret_key",
    'api_key = "my_openai_key"',
    "AP12345678901 is my invoice",
    "get_test_extension_registry(disable_live_reload_of_everything)",
    "sk-learn-like-estimators-everywhere",
]


@pytest.mark.parametrize("marked", CASES)
def test_finds_secrets_and_nothing_else(marked: str) -> None:
    check(secrets.build(Masking()), marked)
