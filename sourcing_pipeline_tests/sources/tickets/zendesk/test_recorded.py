import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pytest

from sourcing_pipeline.sources.tickets.ticket import TICKETS
from sourcing_pipeline.updates import Updates
from sourcing_pipeline_tests.sources.api_server import (
    ApiServer,
    Request,
    recording,
)
from sourcing_pipeline_tests.sources.tickets.zendesk.account import Fields, user
from sourcing_pipeline_tests.sources.tickets.zendesk.reading import AS_OF, EXPORT, rows_of, system, window


def test_recorded_cursor_pages_land(server: ApiServer, updates: Callable[[], Updates], samples: Path) -> None:
    folder = samples / "zendesk/embulk"
    more = recording(folder / "cursor_based_tickets_incremental.json", "https://treasuredata.zendesk.com")
    last = recording(folder / "cursor_based_tickets.json", "https://treasuredata.zendesk.com")
    landing = updates()
    server.serve({EXPORT: lambda request: last(request) if "cursor" in request.query else more(request)})
    system(server).update("src", window(), landing)
    (row,) = rows_of(server, landing)
    expected = {
        "id": "10046",
        "problem": None,
        "status": "resolved",
        "resolved_by": "human",
        "rating": None,
        "channel": "api",
        "tags": ["idcf", "problem-report"],
        "language": None,
        "dated_at": datetime(2015, 7, 23, 8, 3, 20, tzinfo=UTC),
    }
    assert {key: row[key] for key in expected} == expected
    assert row["subject"].startswith("YBI")
    assert row["person_keys"][:2] == ["1149067997", "1098710047"]
    assert json.loads(landing.cursor() or "")["cursor"] == "xxxx"


def test_a_recorded_page_of_a_new_account_lands(
    server: ApiServer, updates: Callable[[], Updates], samples: Path
) -> None:
    page = samples / "zendesk/amp-labs/read/incremental/tickets.json"
    landing = updates()
    server.serve({EXPORT: recording(page, "https://d3v-ampersand.zendesk.com")})
    system(server).update("src", window(), landing)
    (row,) = rows_of(server, landing)
    assert (row["id"], row["status"], row["channel"], row["problem"]) == ("5", "open", "sample_ticket", None)
    assert "cursor=" not in "".join(one.path for one in server.requests)


@pytest.mark.parametrize(
    "name",
    [
        "tickets.json",
        "ticket_metrics.json",
        "tickets_continue.json",
        "ticket_share_same_time_with_next_page.json",
        "ticket_with_updated_by_system_records.json",
    ],
)
def test_recorded_tickets_are_read_each_once(
    server: ApiServer, updates: Callable[[], Updates], samples: Path, name: str
) -> None:
    """Recorded from the older export by time, whose tickets are the same; the walk's fields are added."""
    recorded = json.loads((samples / "zendesk/embulk" / name).read_text())["tickets"]
    landing = updates()
    server.serve({EXPORT: lambda request: {"tickets": recorded, "after_cursor": "c", "end_of_stream": True}})
    system(server).update("src", window(), landing)
    rows = rows_of(server, landing)
    assert {row["id"] for row in rows} == {str(one["id"]) for one in recorded}
    assert not [row["problem"] for row in rows if row["problem"]]


def test_recorded_comments_audits_and_users_become_turns(server: ApiServer, samples: Path) -> None:
    folder = samples / "zendesk/go-zendesk"
    comments = json.loads((folder / "ticket_comments.json").read_text())
    audits = json.loads((folder / "ticket_audits.json").read_text()) | {"meta": {"has_more": False}}
    asker = user(377922500012)

    def two_pages(request: Request) -> Fields:
        first = "page[after]" not in request.query
        meta = comments["meta"] if first else {"has_more": False}
        listed = comments["comments"][: 1 if first else None]
        return {"meta": meta, "users": [asker], "comments": listed}

    server.serve({r"/api/v2/tickets/2/comments\.json": two_pages, r"/api/v2/tickets/2/audits\.json": lambda _: audits})
    keys = ["377922500012", "5246746"]
    one = {"id": "2", "dated_at": AS_OF, "resolved_by": "human", "person_keys": keys}
    (row,) = system(server).turns("src", pa.RecordBatch.from_pylist([one], schema=TICKETS)).to_pylist()
    text = "Mail to create fixture ticket for testing"
    assert row["turns"] == [{"role": "user", "text": text, "macro": None}] * 2
    assert row["person_keys"] == [*keys, "u377922500012@example.com"]
