"""The detector by Azure AI Language, against a stand-in that answers as its REST API is documented, and goes wrong."""

import json
import logging
import pickle
import re
import sys
import traceback
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from sourcing_pipeline.config import CODE, MaskingProfile
from sourcing_pipeline.errors import MaskingError, RecipeError
from sourcing_pipeline.masking import Masker, Masking, recognizers
from sourcing_pipeline.masking.config import ENTITIES, AzureLanguage
from sourcing_pipeline.masking.recognizers import azure_language
from sourcing_pipeline_tests.sources.api_server import TIMEOUT_SECONDS, ApiServer, Fault, Reply, Request, serving

KEY = "0123456789abcdef-the-key"
TEXT = "the printer of Xyzzy is broken"
FINDS = {
    "Xyzzy": "Person",
    "Plugh Street": "Address",
    "Contoso": "Organization",
    "yesterday": "DateTime",
    "two miles": "Quantity",
    "https://contoso.example/help": "URL",
    "AB-555-CD": "FRNationalID",
    "DE8889": "DEValueAddedNumber",
}
Answer = dict[str, Any]


def refusal(status: int, code: str) -> Reply:
    return Reply({"error": {"code": code, "message": f"no: {TEXT}", "innererror": {"code": code}}}, status)


def answer(request: Request) -> Answer | Reply:
    """What the service says: POST /language/:analyze-text, kind PiiEntityRecognition, API version 2023-04-01."""
    if request.headers.get("ocp-apim-subscription-key") != KEY:
        return Reply({"error": {"code": "401", "message": "Access denied due to invalid subscription key"}}, 401)
    asked = json.loads(request.body)
    if request.method != "POST" or request.query["api-version"] != "2023-04-01":
        return refusal(400, "InvalidApiVersion")
    if asked["kind"] != "PiiEntityRecognition" or len(asked["analysisInput"]["documents"]) > 5:
        return refusal(400, "InvalidRequest")
    if re.search(r"[\ud800-\udfff]", json.dumps(asked, ensure_ascii=False)):
        return refusal(400, "InvalidRequestBodyFormat")
    documents, errors = [], []
    for document in asked["analysisInput"]["documents"]:
        if not document["text"].strip() or len(regex.findall(r"\X", document["text"])) > 5120:
            errors.append({"id": document["id"], "error": {"code": "InvalidDocument", "message": document["text"]}})
        elif document["language"] not in ("en", "de"):
            inner = {"code": "UnsupportedLanguageCode", "message": document["language"]}
            error = {"code": "InvalidArgument", "message": document["text"], "innererror": inner}
            errors.append({"id": document["id"], "error": error})
        else:
            documents.append(read(document, asked["parameters"].get("stringIndexType", "TextElements_v8")))
    return {
        "kind": "PiiEntityRecognitionResults",
        "results": {"documents": documents, "errors": errors, "modelVersion": "2023-09-01"},
    }


def read(document: dict[str, str], index: str) -> Answer:
    def length(text: str) -> int:
        if index == "UnicodeCodePoint":
            return len(text)
        return len(text.encode("utf-16-le")) // 2 if index == "Utf16CodeUnit" else len(regex.findall(r"\X", text))

    text = document["text"]
    entities = [
        {
            "text": match[0],
            "category": category,
            "offset": length(text[: match.start()]),
            "length": length(match[0]),
            "confidenceScore": 0.97,
        }
        for value, category in FINDS.items()
        for match in re.finditer(re.escape(value), text)
    ]
    return {"redactedText": re.sub("Xyzzy", "*****", text), "id": document["id"], "entities": entities, "warnings": []}


def spoilt(**entity: Any) -> Answer:
    found = {"text": "Xyzzy", "category": "Person", "offset": 15, "length": 5, "confidenceScore": 0.9} | entity
    entities = [{name: value for name, value in found.items() if value != "left out"}]
    return {"documents": [{"id": "0", "redactedText": "", "entities": entities, "warnings": []}], "errors": []}


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("AZURE_AI_LANGUAGE_KEY", KEY)
    monkeypatch.setattr(
        azure_language,
        "PATIENCE",
        {"read_timeout": TIMEOUT_SECONDS, "retry_total": 2, "retry_status": 2, "retry_backoff_factor": 0},
    )


@pytest.fixture
def service() -> Iterator[ApiServer]:
    with serving({"/language/:analyze-text": answer}) as server:
        yield server


def recipe(service: ApiServer, **section: Any) -> Masking:
    return Masking(language_model=None, azure_language=AzureLanguage(endpoint=service.url), **section)


def ours(service: ApiServer, **section: Any) -> Masker:
    return Masker.from_config(recipe(service, **section))


def sent(service: ApiServer) -> list[str]:
    texts = [json.loads(request.body)["analysisInput"]["documents"] for request in service.requests]
    return [document["text"] for documents in texts for document in documents]


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        (TEXT, "the printer of [NAME] is broken"),
        ("she lives in Plugh Street, AB-555-CD", "she lives in [ADDRESS], [ID_NUMBER]"),
        ("\U0001f642\U0001f469\U0001f3fb of Xyzzy", "\U0001f642\U0001f469\U0001f3fb of [NAME]"),
        ("re\u0301sume\u0301 of Xyzzy", "re\u0301sume\u0301 of [NAME]"),
        ("half a character \ud800 of Xyzzy", "half a character \ud800 of [NAME]"),
        ("at Contoso yesterday, two miles from here", "at Contoso yesterday, two miles from here"),
        ("see https://contoso.example/help, VAT DE8889", "see https://contoso.example/help, VAT DE8889"),
    ],
)
def test_what_azure_finds_is_masked_where_it_is_personal_data(service: ApiServer, text: str, masked: str) -> None:
    assert ours(service).mask([text])[0].text == masked


def test_spans_say_that_azure_found_them(service: ApiServer) -> None:
    (masked,) = ours(service).mask([TEXT])
    assert [tuple(span) for span in masked.spans] == [(15, 20, "NAME", 0.97, "Azure")]


def test_azures_categories_are_ours() -> None:
    from azure.ai.textanalytics import PiiEntityCategory

    assert set(azure_language.ENTITY.values()) <= set(ENTITIES)
    known = {category.value.upper() for category in PiiEntityCategory}
    in_preview = {"DateOfBirth", "LicensePlateNumber", "BankAccountNumber", "DriversLicenseNumber", "PassportNumber"}
    assert set(azure_language.ENTITY) - known == {name.upper() for name in in_preview}


def test_the_service_is_told_not_to_keep_the_text_and_in_which_language_it_is(service: ApiServer) -> None:
    section = Masking(language_model=None, azure_language=AzureLanguage(endpoint=service.url, language="de"))
    Masker.from_config(section).mask([TEXT])
    asked = json.loads(service.requests[0].body)
    assert asked["parameters"]["loggingOptOut"] is True
    assert [document["language"] for document in asked["analysisInput"]["documents"]] == ["de"]


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("write to Xyzzy@example.com", "write to [EMAIL]"),
        ("my name is Maria Xyzzy Lopez", "my name is [NAME]"),
        ("password: Xyzzy1pass!", "password: [SECRET]"),
    ],
)
def test_of_two_finds_that_overlap_the_longer_stands_whoever_found_it(
    service: ApiServer, text: str, masked: str
) -> None:
    assert ours(service).mask([text])[0].text == masked


def test_the_profile_of_a_source_applies_to_azures_finds_too(service: ApiServer) -> None:
    config = recipe(service)
    code = "```\nXyzzy = load('Plugh Street')\n```"
    assert Masker.from_config(config, CODE).mask([TEXT])[0].text == "the printer of [NAME] is broken"
    assert Masker.from_config(config, CODE).mask([code])[0].text == code
    assert Masker.from_config(config).mask([code])[0].text == "```\nXyzzy = load('[ADDRESS]')\n```"
    assert Masker.from_config(config, MaskingProfile(entities=("EMAIL",))).mask([TEXT])[0].text == TEXT


def test_a_long_text_is_sent_in_pieces_and_a_find_at_a_seam_is_whole(service: ApiServer) -> None:
    filler = "so it goes on and on, " * 400
    for at in (4990, 4996, 4999, 5000):
        text = f"{filler[:at]} Plugh Street{filler}"
        (masked,) = ours(service).mask([text])
        assert masked.text == f"{filler[:at]} [ADDRESS]{filler}"
    assert all(len(piece) <= azure_language.PIECE_CHARACTERS for piece in sent(service))


WORDS = st.sampled_from(["a ", "ab\n", "x" * 700, " " * 300, "\U0001f642", "word " * 90, "\n\n" * 700])


@given(st.lists(WORDS, max_size=40).map("".join))
def test_pieces_cover_the_text_and_neighbours_share_what_a_find_may_be_long(text: str) -> None:
    pieces = list(azure_language._pieces(text))
    assert all(text[start : start + len(piece)] == piece for start, piece in pieces)
    assert all(len(piece) <= azure_language.PIECE_CHARACTERS for _, piece in pieces)
    covered = {at for start, piece in pieces for at in range(start, start + len(piece))}
    assert all(at in covered for at, character in enumerate(text) if character.isalnum())
    for (start, piece), (after, _) in pairwise(pieces):
        between = text[start + len(piece) : after]
        assert after <= start + len(piece) - azure_language.SHARED_CHARACTERS or between.isspace()


def test_equal_texts_and_texts_without_a_letter_cost_nothing_more(service: ApiServer) -> None:
    masker = ours(service)
    masker.mask(["nothing here", "nothing there", "nothing here", "", " \n", "-- !?"])
    assert sorted(sent(service)) == ["nothing here", "nothing there"]
    ours(service).mask(["nothing here", "nothing there"])
    assert len(service.requests) == 2


def test_a_text_is_not_sent_again_when_its_finds_are_replaced(service: ApiServer) -> None:
    ours(service).mask([TEXT])
    assert sent(service) == [TEXT]


def test_what_was_answered_before_a_fault_is_not_paid_for_again(service: ApiServer) -> None:
    answered: Counter[str] = Counter()
    broken = True

    def failing(request: Request) -> Any:
        text = json.loads(request.body)["analysisInput"]["documents"][0]["text"]
        if broken and text == "text 20":
            return refusal(400, "InvalidRequest")
        answered[text] += 1
        return answer(request)

    service.serve({"/language/:analyze-text": failing})
    texts = [f"text {at}" for at in range(40)]
    with pytest.raises(MaskingError):
        ours(service).mask(texts)
    assert answered["text 0"] == 1
    broken = False
    ours(service).mask(texts)
    assert answered == Counter(texts)


def test_after_a_fault_no_more_is_asked(service: ApiServer) -> None:
    service.serve({"/language/:analyze-text": lambda request: refusal(400, "InvalidRequest")})
    with pytest.raises(MaskingError):
        ours(service).mask([f"text {at}" for at in range(500)])
    assert len(service.requests) < 100


@pytest.mark.parametrize(
    "fault",
    [
        Fault("too_many_requests", seconds=0),
        Fault("too_many_requests"),
        Fault("500"),
        Fault("502"),
        Fault("503", seconds=0),
        Fault("closed"),
        Fault("cut"),
        Fault("slow"),
    ],
)
def test_a_passing_fault_is_tried_again(service: ApiServer, fault: Fault) -> None:
    service.fail([fault])
    assert ours(service).mask([TEXT])[0].text == "the printer of [NAME] is broken"


def results(**changes: Any) -> Answer:
    return {"kind": "PiiEntityRecognitionResults", "results": spoilt() | {"modelVersion": "1"} | changes}


UNSUPPORTED = {"code": "InvalidArgument", "message": TEXT, "innererror": {"code": "UnsupportedLanguageCode"}}
UNREADABLE = "gave an answer that cannot be read"
WRONG = {
    "key": (refusal(401, "401"), "answered 401: check the key and that it belongs to this endpoint"),
    "quota": (refusal(403, "Forbidden"), "answered 403: its quota may be used up"),
    "free quota": (
        Reply({"error": {"message": "Out of call volume quota for TextAnalytics F0 pricing tier"}}, 403),
        "answered 403: its quota may be used up",
    ),
    "address": (refusal(404, "404"), "answered 404: no Azure AI Language resource is there"),
    "request": (refusal(400, "InvalidRequest"), "answered 400: check masking.azure_language.language"),
    "error without shape": (Reply({"error": TEXT}, 400), "answered 400"),
    "redirect": (Reply({}, 307, {"Location": "http://127.0.0.1:9/elsewhere"}), "answered 307"),
    "too long": (refusal(413, "TooLarge"), "answered 413: it does not take the request"),
    "document": (
        results(documents=[], errors=[{"id": "0", "error": UNSUPPORTED}]),
        r"did not read a text \(UnsupportedLanguageCode\)",
    ),
    "document, told in words": (
        results(documents=[], errors=[{"id": "0", "error": {"code": TEXT, "message": TEXT}}]),
        r"did not read a text \(for a reason of its own\)",
    ),
    "truncated": (
        results(
            documents=[{"id": "0", "entities": [], "warnings": [{"code": "DocumentTruncated", "message": TEXT}]}],
        ),
        "read a text in part",
    ),
    "no document": (results(documents=[]), UNREADABLE),
    "two documents": (results(documents=spoilt()["documents"] * 2), UNREADABLE),
    "no results": ({"kind": "PiiEntityRecognitionResults"}, UNREADABLE),
    "no documents": ({"kind": "PiiEntityRecognitionResults", "results": {}}, UNREADABLE),
    "nothing": ({}, UNREADABLE),
    "another task": ({"kind": "SentimentAnalysisResults", "results": spoilt()}, UNREADABLE),
    "a list": ([TEXT], UNREADABLE),
    "no JSON": (Reply(b"{" + TEXT.encode()), UNREADABLE),
    "a page": (Reply(b"<html>Sign in</html>", 200, {"Content-Type": "text/html"}), UNREADABLE),
    "no body": (Reply(b""), UNREADABLE),
    "no entities": (results(documents=[{"id": "0", "warnings": []}]), UNREADABLE),
    "no offset": (results(**spoilt(offset="left out")), UNREADABLE),
    "no length": (results(**spoilt(length=None)), UNREADABLE),
    "no category": (results(**spoilt(category="left out")), UNREADABLE),
    "no confidence": (results(**spoilt(confidenceScore=None)), UNREADABLE),
    "offset is text": (results(**spoilt(offset="far")), UNREADABLE),
    "offset elsewhere": (results(**spoilt(offset=13)), "a place in a text at which something else stands"),
    "offset outside": (results(**spoilt(offset=900)), "a place in a text at which something else stands"),
    "offset before": (results(**spoilt(offset=-15)), "a place in a text at which something else stands"),
    "empty find": (results(**spoilt(length=0, text="")), "a place in a text at which something else stands"),
    "confidence": (results(**spoilt(confidenceScore=97)), "a confidence that is not between 0 and 1"),
}


def refused(service: ApiServer, caplog: pytest.LogCaptureFixture, told: str) -> None:
    """Masking fails, the detector tells why, and neither of them, nor the log, holds the text or the key."""
    caplog.set_level(logging.DEBUG)
    with pytest.raises(MaskingError, match=r"(?i)azure") as failed:
        ours(service).mask(["nothing here", TEXT])
    with pytest.raises(MaskingError, match=told) as caught:
        azure_language.build(recipe(service)).analyze_batch([TEXT])
    assert service.url in str(caught.value)
    shown = "".join([*traceback.format_exception(failed.value), *traceback.format_exception(caught.value), caplog.text])
    assert not [secret for secret in (KEY, "another-key", "Xyzzy", "printer") if secret in shown]


@pytest.mark.parametrize("wrong", WRONG)
def test_an_answer_that_is_not_whole_fails_the_run(
    service: ApiServer, wrong: str, caplog: pytest.LogCaptureFixture
) -> None:
    reply, told = WRONG[wrong]
    service.serve({"/language/:analyze-text": lambda request: reply})
    refused(service, caplog, told)


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        (Fault("too_many_requests", seconds=0), "answered 429: more was asked than the resource's tier allows"),
        (Fault("500"), "answered 500: it fails for now"),
        (Fault("503"), "answered 503: it fails for now"),
        (Fault("closed"), "gave no whole answer in time"),
        (Fault("cut"), UNREADABLE),
        (Fault("slow"), "gave no whole answer in time"),
        (Fault("half_json"), UNREADABLE),
    ],
)
def test_a_fault_that_does_not_pass_fails_the_run(
    service: ApiServer, fault: Fault, told: str, caplog: pytest.LogCaptureFixture
) -> None:
    service.fail([fault] * 40)
    refused(service, caplog, told)


def test_a_wrong_key_fails_the_run(
    service: ApiServer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("AZURE_AI_LANGUAGE_KEY", "another-key")
    refused(service, caplog, "answered 401")


def test_a_service_that_is_gone_fails_the_run(service: ApiServer, caplog: pytest.LogCaptureFixture) -> None:
    service.close()
    refused(service, caplog, "cannot be reached")


def test_neither_text_nor_key_follows_a_redirect(service: ApiServer) -> None:
    with serving({"/.*": answer}) as elsewhere:
        reply = Reply({}, 307, {"Location": f"{elsewhere.url}/language/:analyze-text"})
        service.serve({"/language/:analyze-text": lambda request: reply})
        with pytest.raises(MaskingError):
            ours(service).mask([TEXT])
        assert not elsewhere.requests


def test_a_masker_is_sent_to_workers_without_key_and_connection(
    service: ApiServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    masker = ours(service)
    masker.mask([TEXT])
    sent = pickle.dumps(masker)
    assert KEY.encode() not in sent
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "elsewhere"))
    worker = pickle.loads(sent)
    assert worker.mask(["by Xyzzy"])[0].text == "by [NAME]"
    monkeypatch.delenv("AZURE_AI_LANGUAGE_KEY")
    with pytest.raises(MaskingError):
        pickle.loads(sent).mask(["from Xyzzy"])


def test_the_key_is_not_shown(service: ApiServer) -> None:
    detector = azure_language.build(recipe(service))
    detector.analyze_batch([TEXT])
    assert KEY not in f"{detector!r} {detector.to_dict()} {recipe(service)!r} {vars(detector)}"


@pytest.mark.parametrize("key", ["", " ", "two keys", "a-key\nX-Header: 1", "ключ"])
def test_without_its_key_the_recipe_is_refused(service: ApiServer, key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AZURE_AI_LANGUAGE_KEY", key)
    with pytest.raises(RecipeError, match=r"the environment variable AZURE_AI_LANGUAGE_KEY to a key of \S+$") as caught:
        ours(service)
    assert not key.strip() or key not in str(caught.value)


def without_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.split(".")[0] == "azure"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "azure", None)


def test_without_its_package_the_recipe_is_refused(service: ApiServer, monkeypatch: pytest.MonkeyPatch) -> None:
    without_the_package(monkeypatch)
    with pytest.raises(RecipeError, match=r'pip install "sourcing-pipeline\[azure\]"'):
        ours(service)


def test_by_default_azure_is_neither_asked_nor_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    without_the_package(monkeypatch)
    monkeypatch.setattr("socket.socket.connect", lambda *_: pytest.fail("a connection was made"))
    off = Masking(language_model=None)
    assert off.azure_language is None
    assert "Azure" not in [type(detector).__name__ for detector in recognizers.load(off)]
    assert azure_language.build(off).analyze_batch([TEXT, TEXT]) == [[], []]
    assert Masker.from_config(off).mask([TEXT])[0].text == TEXT


@pytest.mark.parametrize(
    ("section", "message"),
    [
        ({}, "Field required"),
        ({"endpoint": "http://contoso.example"}, "begins with https://"),
        ({"endpoint": "contoso.example"}, "begins with https://"),
        ({"endpoint": "http://localhost.contoso.example"}, "begins with https://"),
        ({"endpoint": "https://"}, "use the address alone"),
        ({"endpoint": "https://me:secret@contoso.example"}, "use the address alone"),
        ({"endpoint": "https://contoso.example?key=secret"}, "use the address alone"),
        ({"endpoint": "https://contoso.example/#secret"}, "use the address alone"),
        ({"endpoint": "https://contoso.example", "key_env": "0123abc-secret"}, "never the secret itself"),
        ({"endpoint": "https://contoso.example", "language": "English"}, "match pattern"),
        ({"endpoint": "https://contoso.example", "key": "secret"}, "Extra inputs"),
    ],
)
def test_a_wrong_section_is_refused_with_its_reason(section: dict[str, str], message: str) -> None:
    with pytest.raises(ValidationError, match=message) as caught:
        Masking.model_validate({"azure_language": section})
    assert not re.search(r"abc-secret|me:secret|=secret|#secret", str(caught.value))


@pytest.mark.parametrize("endpoint", ["https://contoso.example/", "http://localhost:5000", "http://127.0.0.1:5000/"])
def test_an_endpoint_is_https_or_on_this_machine(endpoint: str) -> None:
    assert AzureLanguage(endpoint=endpoint).endpoint == endpoint.rstrip("/")
