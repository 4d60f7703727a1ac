import pytest

from sourcing_pipeline.assessment.assess import Assess
from sourcing_pipeline.assessment.config import Assessment
from sourcing_pipeline.assessment.known import learn_profile

SUBJECTS = ("an IMAP mailbox", "the SPF record", "a DKIM key", "the MX record", "my SMTP server", "the mail quota")
QUESTIONS = (
    "How do I set up {} for my domain?",
    "Since yesterday {} no longer works and mail bounces, what can I check?",
    "Where in the control panel can I change {}?",
    "The webmail says that {} is not valid, how do I repair it?",
    "Can I move {} to another hosting plan without losing messages?",
)


@pytest.fixture(scope="session")
def config() -> Assessment:
    return Assessment(clusters=4)


@pytest.fixture(scope="session")
def assess(config: Assessment) -> Assess:
    """Assesses with the bundled model and what it learned from questions to an e-mail host."""
    known = [question.format(subject) for question in QUESTIONS for subject in SUBJECTS]
    return Assess(learn_profile(known, config), config)
