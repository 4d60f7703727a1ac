import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml

from sourcing_pipeline.errors import InputError, RecipeError, TryAgain
from sourcing_pipeline.sources.synthetic import Synthetic

Read = Callable[..., list[dict[str, Any]]]


def message(text: str, **fields: Any) -> dict[str, Any]:
    """A body of the Messages API, as documented and as the recordings in the samples show it."""
    return {
        "id": "msg_01",
        "type": "message",
        "role": "assistant",
        "model": "claude-sonnet-5-5",
        "content": [{"type": "text", "text": text}],
        "stop_reason": "end_turn",
        "stop_sequence": None,
        "usage": {
            "input_tokens": 1000,
            "output_tokens": 500,
            "cache_creation_input_tokens": 0,
            "cache_read_input_tokens": 0,
        },
    } | fields


def variations(count: int) -> str:
    pairs = [{"instruction": f"Question {n}?", "response": f"Answer {n}."} for n in range(1, count + 1)]
    return json.dumps({"variations": pairs})


def failure(kind: str, words: str = "words of the vendor") -> dict[str, Any]:
    return {"type": "error", "error": {"type": kind, "message": words}, "request_id": "req_01"}


class Vendor:
    """A local server that answers POST /v1/messages with what was queued; the last answer repeats."""

    def __init__(self) -> None:
        self.queue: list[tuple[int, bytes, dict[str, str]]] = []
        self.requests: list[dict[str, Any]] = []
        self.keys: list[str | None] = []

    def answers(self, body: dict[str, Any] | bytes, status: int = 200, **headers: str) -> "Vendor":
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.queue.append((status, raw, {name.replace("_", "-"): value for name, value in headers.items()}))
        return self


@pytest.fixture
def vendor(monkeypatch: pytest.MonkeyPatch) -> Iterator[Vendor]:
    made = Vendor()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            made.requests.append(json.loads(body))
            key = self.headers["x-api-key"] or self.headers["authorization"]
            made.keys.append(key.removeprefix("Bearer "))
            status, raw, headers = made.queue.pop(0) if len(made.queue) > 1 else made.queue[0]
            self.send_response(status)
            for name, value in ({"content-type": "application/json", "request-id": "req_01"} | headers).items():
                self.send_header(name, value)
            if "content-length" not in headers:
                self.send_header("content-length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        def log_message(self, format: str, *args: object) -> None:
            return

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        monkeypatch.setenv("ANTHROPIC_API_KEY", "key-of-the-test")
        monkeypatch.setenv("ANTHROPIC_BASE_URL", f"http://127.0.0.1:{server.server_port}")
        yield made
        server.shutdown()
        thread.join()


@pytest.fixture
def seeds(tmp_path: Path) -> Path:
    path = tmp_path / "seeds.jsonl"
    lines = [
        {"id": key, "topic": "login", "instruction": "secret question?", "response": "secret answer."} for key in "ab"
    ]
    path.write_text("\n".join(map(json.dumps, lines)))
    return path


def source(seeds: Path, **generator: Any) -> Synthetic:
    return Synthetic.model_validate({"seeds": seeds, "generator": {"type": "anthropic", "max_retries": 2} | generator})


def test_a_request_asks_for_all_variations_of_a_seed(vendor: Vendor, seeds: Path, read: Read) -> None:
    vendor.answers(message(variations(3)))
    rows = read(source(seeds))
    assert [row["id"] for row in rows] == ["src:a-1", "src:a-2", "src:a-3", "src:b-1", "src:b-2", "src:b-3"]
    assert rows[1]["messages"] == [
        {"role": "user", "content": "Question 2?"},
        {"role": "assistant", "content": "Answer 2."},
    ]
    assert rows[0]["cost_usd"] == pytest.approx((1000 * 2 + 500 * 10) / 1e6 / 3)
    assert json.loads(rows[0]["meta"]) == {
        "generator": "anthropic",
        "model": "claude-sonnet-5-5",
        "seed_id": "a",
        "topic": "login",
        "variation": 1,
    }
    assert rows[0]["tags"] == ["login"]
    assert vendor.keys == ["key-of-the-test"] * 2
    (asked, _) = vendor.requests
    assert asked["model"] == "claude-sonnet-5-5"
    assert asked["output_config"]["format"]["type"] == "json_schema"
    assert "secret question?" in asked["messages"][0]["content"]
    assert "Write 3 variations" in asked["messages"][0]["content"]


def test_a_limited_or_overloaded_request_is_repeated(vendor: Vendor, seeds: Path, read: Read) -> None:
    vendor.answers(failure("rate_limit_error"), 429, retry_after="0.05")
    vendor.answers(failure("overloaded_error"), 529, retry_after_ms="20")
    vendor.answers(message(variations(3)))
    assert {row["drop_reason"] for row in read(source(seeds))} == {None}
    assert len(vendor.requests) == 4


@pytest.mark.parametrize(("status", "kind"), [(429, "rate_limit_error"), (529, "overloaded_error"), (500, "api_error")])
def test_after_the_last_retry_the_run_may_be_tried_again(
    vendor: Vendor, seeds: Path, read: Read, status: int, kind: str
) -> None:
    vendor.answers(failure(kind, "secret answer."), status, retry_after_ms="10")
    with pytest.raises(TryAgain, match=f"source 'src': .*HTTP {status} {kind}, request req_01") as caught:
        read(source(seeds))
    assert "secret" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert len(vendor.requests) == 3


@pytest.mark.parametrize(
    ("status", "kind", "error", "words"),
    [
        (401, "authentication_error", RecipeError, "mend ANTHROPIC_API_KEY"),
        (403, "permission_error", RecipeError, "mend ANTHROPIC_API_KEY"),
        (400, "invalid_request_error", InputError, "a used-up credit is a 400"),
        (404, "not_found_error", InputError, "mend generator.model"),
    ],
)
def test_a_refused_request_says_what_to_mend(
    vendor: Vendor, seeds: Path, read: Read, status: int, kind: str, error: type[Exception], words: str
) -> None:
    vendor.answers(failure(kind, "secret question?"), status)
    with pytest.raises(error, match=f"source 'src': .*.*{words}") as caught:
        read(source(seeds))
    assert f"HTTP {status} {kind}" in str(caught.value)
    assert "secret" not in str(caught.value)
    assert len(vendor.requests) == 1


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (b'{"id": "msg_01", "type": "mess', {}),
        (b'{"id": "msg_01"', {"content_length": "400", "connection": "close"}),
        (b"null", {}),
        (b"[]", {}),
        (b"<html>", {"content_type": "text/html"}),
        (json.dumps(failure("overloaded_error")).encode(), {}),
        (json.dumps(message("x", usage=None)).encode(), {}),
        (json.dumps(message("x", content="text")).encode(), {}),
    ],
)
def test_a_cut_or_strange_body_may_be_tried_again(
    vendor: Vendor, seeds: Path, read: Read, body: bytes, headers: dict[str, str]
) -> None:
    vendor.answers(body, 200, **headers)
    with pytest.raises(TryAgain, match="source 'src': "):
        read(source(seeds, max_retries=0, timeout_seconds=5))


@pytest.mark.parametrize(
    ("answer", "detail"),
    [
        (message('{"variations": ['), "the answer is not the JSON that was asked for"),
        (message("I can help with that."), "the answer is not the JSON that was asked for"),
        (message("[]"), "expected a JSON object"),
        (message("{}"), "variations: expected a list"),
        (message('{"variations": [5]}'), "expected a JSON object"),
        (message('{"variations": [{"instruction": 5}]}'), "variations[0].instruction: expected text"),
        (message('{"variations": [{"instruction": "a", "response": " "}]}'), "with text"),
        (message('{"variations": [{"instruction": "a", "response": "\\ud800"}]}'), "lone surrogate"),
        (message("", content=[]), "the answer is not the JSON"),
        (message("no", stop_reason="refusal"), "stop_reason refusal"),
        (
            message("", stop_reason="refusal", content=[], stop_details={"type": "refusal", "category": "cyber"}),
            "stop_reason refusal, cyber",
        ),
        (message(variations(3), stop_reason="max_tokens"), "stop_reason max_tokens"),
    ],
)
def test_an_answer_without_usable_text_is_refused_by_model(
    vendor: Vendor, seeds: Path, read: Read, answer: dict[str, Any], detail: str
) -> None:
    vendor.answers(answer).answers(message(variations(3)))
    rows = read(source(seeds))
    assert [row["drop_reason"] for row in rows] == ["refused_by_model"] * 3 + [None] * 3
    assert detail in rows[0]["drop_detail"]
    assert "cost 0.0070 USD" in rows[0]["drop_detail"]


def test_variations_that_are_missing_are_counted_and_more_are_cut(vendor: Vendor, seeds: Path, read: Read) -> None:
    vendor.answers(message(variations(1))).answers(message(variations(5)))
    rows = read(source(seeds))
    assert [row["drop_reason"] for row in rows] == [
        None,
        "refused_by_model",
        "refused_by_model",
        None,
        None,
        None,
    ]
    assert rows[0]["cost_usd"] == pytest.approx(0.007)
    assert rows[1]["drop_detail"] == "the model gave 1 of 3 variations"
    assert rows[3]["cost_usd"] == pytest.approx(0.007 / 3)


def test_no_request_is_sent_that_could_pass_the_cap(vendor: Vendor, seeds: Path, read: Read) -> None:
    vendor.answers(message(variations(3)))
    rows = read(source(seeds, max_tokens=1024, max_cost_usd=0.02))
    assert [row["drop_reason"] for row in rows] == [None] * 3 + ["over_budget"] * 3
    assert rows[3]["drop_detail"].startswith("not asked: max_cost_usd 0.02")
    assert len(vendor.requests) == 1
    assert {row["drop_reason"] for row in read(source(seeds, max_cost_usd=0))} == {"over_budget"}
    assert len(vendor.requests) == 1


def test_an_unreachable_vendor_may_be_tried_again(monkeypatch: pytest.MonkeyPatch, seeds: Path, read: Read) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "key-of-the-test")
    monkeypatch.setenv("ANTHROPIC_BASE_URL", "http://127.0.0.1:9")
    with pytest.raises(TryAgain, match="no complete answer from Anthropic"):
        read(source(seeds, max_retries=0))


def test_without_key_or_price_the_recipe_is_to_be_mended(
    monkeypatch: pytest.MonkeyPatch, seeds: Path, read: Read
) -> None:
    monkeypatch.delenv("ANTHROPIC_API_KEY", raising=False)
    with pytest.raises(RecipeError, match="ANTHROPIC_API_KEY is not set"):
        read(source(seeds))
    monkeypatch.setenv("ANTHROPIC_API_KEY", "key-of-the-test")
    with pytest.raises(RecipeError, match="no price for 'claude-new'"):
        read(source(seeds, model="claude-new"))


def test_recorded_bodies_are_understood(samples: Path, vendor: Vendor, seeds: Path, read: Read) -> None:
    bodies = []
    for file in sorted((samples / "anthropic" / "pydantic-ai").glob("*.yaml")):
        for exchange in yaml.safe_load(file.read_text())["interactions"]:
            bodies.append((exchange["response"]["status"]["code"], exchange["response"]["parsed_body"]))
    assert len(bodies) > 10
    for status, body in bodies:
        vendor.queue.clear()
        vendor.answers(body, status)
        if status == 200 and body.get("type") == "message":
            assert {row["drop_reason"] for row in read(source(seeds))} == {"refused_by_model"}
        else:
            with pytest.raises((InputError, TryAgain)):
                read(source(seeds, max_retries=0))


def test_observed_errors_are_passing_faults(samples: Path, vendor: Vendor, seeds: Path, read: Read) -> None:
    lines = (samples / "anthropic" / "observed_errors.jsonl").read_text().splitlines()
    for line in map(json.loads, lines):
        if isinstance(line["http_status"], int):
            vendor.queue.clear()
            vendor.answers(line["body"].encode(), line["http_status"], retry_after_ms="5")
            with pytest.raises(TryAgain, match=f"HTTP {line['http_status']}"):
                read(source(seeds, max_retries=1))
