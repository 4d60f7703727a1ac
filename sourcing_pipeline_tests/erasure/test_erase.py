import random
import shutil
import signal
import stat
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import dagster as dg
import pytest

from sourcing_pipeline.erasure import Receipt, erase, people
from sourcing_pipeline.erasure.erase import STEPS, preview
from sourcing_pipeline.errors import TryAgain
from sourcing_pipeline.rows import WHOLE, DropReason
from sourcing_pipeline.storage import Lake, Table
from sourcing_pipeline.tombstones import read_tombstones
from sourcing_pipeline_tests.erasure.conftest import fresh
from sourcing_pipeline_tests.erasure.world import DAYS, MARIA, MARK, SOURCES, World, annotations, extract, records

ROOT = Path(__file__).parents[2]
REQUEST = [MARIA, f"ticket_extracts:{MARK}-77"]


def forget(world: World, keys: Sequence[str] = REQUEST, on_step: Callable[[str], None] = lambda _: None) -> Receipt:
    with world.instance() as instance:
        return erase(world.recipe, people(keys, SOURCES), instance, on_step)[0]


@dataclass(frozen=True)
class Forgotten:
    """The project after Maria was forgotten. Not to be changed."""

    world: World
    receipt: Receipt


@pytest.fixture(scope="session")
def forgotten(untouched: World) -> Forgotten:
    world = fresh(untouched)
    receipt = forget(world)
    after = untouched.folder.with_name("after")
    shutil.copytree(world.folder, after, symlinks=True)
    return Forgotten(World(after), receipt)


def unaccounted(world: World) -> dict[str, tuple[int, int, int]]:
    """rows in, rows out and dropped of each stage and partition where they don't add up, as the checks count them."""
    lake, found = world.lake, {}
    for source in SOURCES:
        raw, masked, assessed = (
            world.quarantine.table(source),
            lake.table(f"masked_{source}"),
            lake.table(f"assessed_{source}"),
        )
        for partition in DAYS if source == "ticket_extracts" else [WHOLE]:
            counted = lake.counts(source, [partition])
            stages = {
                source: (counted.rows_in, raw),
                f"masked_{source}": (raw.rows([partition]), masked),
                f"assessed_{source}": (masked.rows([partition]), assessed),
            }
            for asset, (rows_in, table) in stages.items():
                _compare(found, lake, asset, rows_in, table, partition)
    rows_in = sum(lake.table(f"assessed_{source}").rows() for source in SOURCES)
    _compare(found, lake, "hybrid_mix", rows_in, lake.table("hybrid_mix"), WHOLE)
    _compare(found, lake, "verdicts", lake.counts("verdicts").rows_in, lake.table("verdicts"), WHOLE)
    return found


def _compare(
    found: dict[str, tuple[int, int, int]], lake: Lake, asset: str, rows_in: int, table: Table, partition: str
) -> None:
    said, rows_out = lake.counts(asset, [partition]), table.rows([partition])
    dropped = sum(said.dropped.values())
    if rows_in != rows_out + dropped or said.rows_in != rows_in or said.rows_out != rows_out:
        found[f"{asset} {partition}"] = (rows_in, rows_out, dropped)


def test_the_world_has_the_mark_everywhere_and_adds_up(untouched: World) -> None:
    places = {path.partition("/partition=")[0].partition("/_delta_log")[0] for path in untouched.marked()}
    assert places >= {
        *(f"data/quarantine/{name}" for name in ("ticket_extracts", "persons/ticket_extracts", "annotated_set")),
        "data/quarantine/updates/ticket_extracts",
        *(f"data/lake/{stage}{source}" for source in SOURCES for stage in ("masked_", "assessed_")),
        *(f"data/lake/{name}" for name in ("review_queue", "verdicts", "hybrid_mix", "ledger/ticket_extracts/drops")),
        *(f"data/lake/ledger/{name}/drops" for name in ("assessed_ticket_extracts", "verdicts")),
        "data/lake/suspected_leaks/ticket_extracts",
        "data/review/ticket_extracts.jsonl",
        "data/review/ticket_extracts.leak.jsonl",
        "data/review/verdicts.jsonl",
        ".dagster/history/runs/index.db",
    }
    assert any(path.startswith(".dagster/logs/") for path in places)
    assert unaccounted(untouched) == {}


def test_nothing_of_the_person_can_be_read_in_any_byte(forgotten: Forgotten) -> None:
    assert forgotten.world.marked() == []


def test_the_rows_of_others_are_as_they_were(untouched: World, forgotten: Forgotten) -> None:
    before, after = untouched.rows(), forgotten.world.rows()
    for name, rows in before.items():
        if not name.startswith("/data/lake/ledger/"):
            assert after[name] == [row for row in rows if MARK not in row[0] + row[1]], name
        elif name.endswith("drops"):
            assert not {row for row in rows if MARK not in row[0]} - set(after[name])


def test_rows_in_are_rows_out_and_dropped_at_every_stage(forgotten: Forgotten) -> None:
    assert unaccounted(forgotten.world) == {}


def test_the_ledger_of_the_extraction_says_erased_without_id_and_detail(untouched: World, forgotten: Forgotten) -> None:
    after = forgotten.world.lake.counts("ticket_extracts")
    assert after.rows_in == untouched.lake.counts("ticket_extracts").rows_in
    assert after.dropped == {"erased": 4, "spam": 3}
    lines = [row for batch in forgotten.world.lake.drops("ticket_extracts").read() for row in batch.to_pylist()]
    erased = [row for row in lines if row["reason"] == DropReason.ERASED]
    assert {(row["id"], row["detail"]) for row in erased} == {("ticket_extracts:erased", None)}
    assert Counter(row["partition"] for row in erased) == {DAYS[0]: 2, DAYS[1]: 2}


def test_doing_it_again_changes_nothing(world: World) -> None:
    forget(world)
    folders = [world.folder / "data/lake", world.folder / "data/quarantine", world.folder / "data/review"]
    before = {path: path.read_bytes() for folder in folders for path in folder.rglob("*") if path.is_file()}
    again = forget(world)
    assert {path: path.read_bytes() for folder in folders for path in folder.rglob("*") if path.is_file()} == before
    assert not again.tables
    assert not again.releases_to_withdraw


def test_an_erasure_of_nobody_known_leaves_all_rows_and_a_tombstone(world: World) -> None:
    before = world.rows()
    receipt = forget(world, ["stranger@example.com"])
    after = world.rows()
    assert len(after.pop("/data/quarantine/tombstones")) == 1
    after.pop("/data/quarantine/former/ticket_extracts", None)
    assert after == before
    assert not any(removed.rows for removed in receipt.tables.values())
    assert receipt.finished_at is not None


def test_a_source_s_own_key_finds_the_rows_of_that_source_alone(world: World) -> None:
    forget(world, [f"ticket_extracts:{MARK}-77"])
    left = [path for path in world.marked() if path.startswith("data/quarantine")]
    assert left
    assert [path for path in left if "annotated_set" not in path] == []
    assert read_tombstones(world.quarantine.table("tombstones")).covers("annotated_set", [f"{MARK}-77"]) is False


def test_a_key_of_one_source_does_not_erase_another_person_who_has_it_elsewhere(world: World) -> None:
    before = world.rows()
    forget(world, ["annotated_set:4711"])
    after = world.rows()
    assert all(after[name] == rows for name, rows in before.items())


def test_history_of_sources_that_the_request_is_not_about_stays(world: World) -> None:
    version = world.lake.table("masked_annotated_set").version()
    forget(world, [f"ticket_extracts:{MARK}-77"])
    older = world.lake.table("masked_annotated_set").open()
    assert older is not None
    assert version is not None
    older.load_as_version(version - 1)
    assert older.to_pyarrow_table().num_rows == 7


def test_an_agent_who_is_forgotten_takes_every_ticket_along(world: World) -> None:
    forget(world, ["Agent@Desk.example"])
    assert world.quarantine.table("ticket_extracts").rows() == 0
    assert unaccounted(world) == {}
    assert world.lake.table("masked_annotated_set").rows() == 7


def test_the_state_of_updates_is_left_alone(forgotten: Forgotten) -> None:
    table = forgotten.world.quarantine.table("updates/ticket_extracts")
    assert [row for batch in table.read(["id", "record"], ["state"]) for row in batch.to_pylist()] == [
        {"id": "cursor", "record": "second"}
    ]


def test_the_receipt_counts_what_left_and_names_nobody(untouched: World, forgotten: Forgotten) -> None:
    receipt = forgotten.receipt
    (path,) = (forgotten.world.folder / "data/erasures").iterdir()
    assert Receipt.model_validate_json(path.read_bytes()) == receipt
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    raw = receipt.tables["quarantine/ticket_extracts"]
    left = forgotten.world.quarantine.table("ticket_extracts").rows()
    assert raw.rows == untouched.quarantine.table("ticket_extracts").rows() - left == 2
    assert raw.partitions == DAYS[:2]
    assert raw.old_files > 0
    assert raw.ledger_lines == 2
    assert receipt.tables["lake/masked_annotated_set"].rows == 1
    assert receipt.releases_to_withdraw == {"dataset/2026-03-30": 1, "dataset/2026-03-31": 1}
    assert receipt.events > 0
    assert receipt.logs > 0
    assert receipt.finished_at is not None


def test_dagster_reads_its_event_log_as_before_but_for_the_previews(world: World) -> None:
    forget(world)
    with world.instance() as instance:
        records = instance.fetch_materializations(dg.AssetKey("shown"), limit=10).records
        latest = instance.get_latest_materialization_event(dg.AssetKey("shown"))
        runs = instance.get_run_ids()
        logs = [instance.all_logs(run_id) for run_id in runs]
    assert len(records) == len(runs) == 2
    assert latest is not None
    found = [latest.asset_materialization, *(record.asset_materialization for record in records)]
    told = [(one.metadata["preview"].value, one.metadata["rows"].value) for one in found if one is not None]
    assert told == [("erased", 3)] * 3
    assert all(logs)


def test_releases_are_never_changed(untouched: World, forgotten: Forgotten) -> None:
    before, after = (
        {path.name: path.read_bytes() for path in world.folder.glob("data/releases/*/2*/*")}
        for world in (untouched, forgotten.world)
    )
    assert before
    assert before == after


def test_a_preview_tells_the_same_and_changes_nothing(world: World) -> None:
    files = {path: path.read_bytes() for path in world.folder.rglob("*") if path.is_file() and path.suffix != ".db"}
    with world.instance() as instance:
        seen = preview(world.recipe, people(REQUEST, SOURCES), instance)
    files_now = {path for path in world.folder.rglob("*") if path.is_file() and path.suffix not in (".db", ".lock")}
    assert {path: path.read_bytes() for path in files if path.name != ".lock"} == {
        path: content for path, content in files.items() if path.name != ".lock"
    }
    assert not {path for path in files_now - set(files) if path.name != ".lock" and ".db-" not in path.name}
    done = forget(world)
    assert {name: one.rows for name, one in seen.tables.items() if one.rows} == {
        name: one.rows for name, one in done.tables.items() if one.rows
    }
    assert seen.releases_to_withdraw == done.releases_to_withdraw
    assert seen.review_lines == done.review_lines


def test_it_is_refused_while_a_run_is_in_progress_and_leaves_no_tombstone(world: World) -> None:
    with world.instance() as instance:
        run = dg.DagsterRun(job_name="nightly", status=dg.DagsterRunStatus.STARTED)
        instance.add_run(run)
        with pytest.raises(TryAgain, match=run.run_id):
            erase(world.recipe, people(REQUEST, SOURCES), instance)
    assert world.quarantine.table("tombstones").version() is None
    assert world.marked()


def test_an_extraction_of_the_same_input_does_not_bring_the_rows_back(world: World) -> None:
    forget(world)
    left = {source: world.quarantine.table(source).tally("id") for source in SOURCES}
    extract(world, "ticket_extracts", records(7), DAYS)
    extract(world, "annotated_set", annotations(), [WHOLE])
    assert {source: world.quarantine.table(source).tally("id") for source in SOURCES} == left
    assert world.lake.counts("ticket_extracts").dropped == {"erased": 4, "spam": 3}
    assert world.marked() == []
    assert unaccounted(world) == {}


def test_rows_that_only_an_older_version_has_are_found_in_releases_and_files(world: World) -> None:
    extract(world, "ticket_extracts", [one for one in records(7) if MARK not in one.id], DAYS)
    receipt = forget(world, [f"ticket_extracts:{MARK}-77"])
    assert receipt.releases_to_withdraw
    assert [path for path in world.marked() if "annotated" not in path and "ticket_extracts" in path] == []


def test_another_erasure_does_not_make_one_forget_who_old_rows_were_about(world: World) -> None:
    extract(world, "ticket_extracts", [one for one in records(7) if MARK not in one.id], DAYS)
    forget(world, ["ticket_extracts:0815"])
    assert forget(world).releases_to_withdraw == {"dataset/2026-03-30": 1, "dataset/2026-03-31": 1}
    assert world.marked() == []


KILLED = """
import os, signal, sys
from pathlib import Path
from sourcing_pipeline.erasure import erase, people
from sourcing_pipeline_tests.erasure.conftest import fresh
from sourcing_pipeline_tests.erasure.world import World

folder, step, *keys = sys.argv[1:]
world = World(Path(folder))

def die(name):
    print(name, flush=True)
    if name == step:
        os.kill(os.getpid(), signal.SIGKILL)

with world.instance() as instance:
    erase(world.recipe, people(keys, ["ticket_extracts", "annotated_set"]), instance, die)
"""


@pytest.fixture(scope="session")
def whole(untouched: World) -> dict[str, list[tuple[str, str]]]:
    """What the tables hold after an erasure that nothing disturbed; filled by the first test that needs it."""
    return {}


@pytest.mark.slow
@pytest.mark.parametrize("step", STEPS[1:])
def test_one_that_is_killed_at_a_step_goes_on_when_it_is_called_again(
    world: World, step: str, whole: dict[str, list[tuple[str, str]]]
) -> None:
    command = [sys.executable, "-c", KILLED, str(world.folder), step, *REQUEST]
    assert subprocess.run(command, cwd=ROOT, stdout=subprocess.DEVNULL).returncode == -signal.SIGKILL
    receipt = forget(world)
    assert world.marked() == []
    assert unaccounted(world) == {}
    rows = world.rows()
    rows.pop("/data/quarantine/tombstones")
    whole = whole or whole.update(rows) or rows
    assert rows == whole
    assert receipt.tables["quarantine/ticket_extracts"].rows == 2
    assert receipt.releases_to_withdraw == {"dataset/2026-03-30": 1, "dataset/2026-03-31": 1}
    assert len(list((world.folder / "data/erasures").glob("*.json"))) == 1


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_one_that_is_killed_again_and_again_at_any_time_comes_to_the_same_end(world: World, seed: int) -> None:
    delays = random.Random(seed)
    command = [sys.executable, "-c", KILLED, str(world.folder), "never", *REQUEST]
    for _ in range(4):
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            process.stdout.readline()
            time.sleep(delays.uniform(0, 1.5))
            process.kill()
    receipt = forget(world)
    assert world.marked() == []
    assert unaccounted(world) == {}
    assert receipt.finished_at is not None
