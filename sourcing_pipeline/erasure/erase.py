"""The whole of an erasure, step by step: each may be cut off at any point, and the next call goes on."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from sourcing_pipeline.erasure.event_log import forget_events, forget_logs, runs_in_progress
from sourcing_pipeline.erasure.files import forget_lines, leftovers, lines_about, released, remove, review_files
from sourcing_pipeline.erasure.find import ids_about, keyed, native, remember, source_of
from sourcing_pipeline.erasure.history import forget_history, unlisted
from sourcing_pipeline.erasure.ledger import forget_downstream, forget_extracted
from sourcing_pipeline.erasure.names import Names
from sourcing_pipeline.erasure.receipt import Receipt, begun
from sourcing_pipeline.erasure.tables import Ids, columns, tables, without
from sourcing_pipeline.errors import TryAgain
from sourcing_pipeline.locks import exclusive, shared
from sourcing_pipeline.quarantine import open_quarantine
from sourcing_pipeline.recipe import Recipe
from sourcing_pipeline.storage import Lake, Table
from sourcing_pipeline.tombstones import EVERYWHERE, Person, write_tombstones
from sourcing_pipeline.updates import STATE

if TYPE_CHECKING:
    from dagster import DagsterInstance

TOMBSTONES = "tombstones"
"""The table of tombstones in quarantine."""

STEPS = (
    "tombstones",
    "finding rows",
    "ledgers",
    "tables",
    "old versions",
    "review files",
    "event log",
    "receipt",
    "quarantine",
    "old versions in quarantine",
)
"""What is done, in order; rows in quarantine go last, since they tell which other rows are about the person."""


def sources(recipe: Recipe) -> frozenset[str]:
    """The sources whose keys of people may be named: the recipe's, and those that have left tables in quarantine."""
    quarantine = open_quarantine(recipe.storage)
    return frozenset(recipe.sources) | {source_of(name) for name in keyed(quarantine)}


def erase(
    recipe: Recipe,
    people: Sequence[Person],
    instance: "DagsterInstance",
    on_step: Callable[[str], None] = lambda _: None,
    say: Callable[[str], None] = lambda _: None,
) -> tuple[Receipt, Path]:
    """Remove every row about `people` from tables, review files and Dagster's `instance`; gives the receipt, and its
    file.

    Released versions are listed in the receipt and stay as they are. When it is killed, calling it again with the
    same people goes on where it was; once it is done, calling it again finds nothing. `on_step` hears of each of
    STEPS as it begins, `say` what is waited for. Raises TryAgain while a run is in progress.
    """
    _refuse_beside_runs(instance)
    with exclusive(recipe.storage.lake, say):
        _refuse_beside_runs(instance)
        on_step("tombstones")
        quarantine = open_quarantine(recipe.storage)
        written = write_tombstones(quarantine.table(TOMBSTONES), people, datetime.now(UTC))
        receipt = begun(written, recipe.erasure.receipts)
        on_step("finding rows")
        work = _Work(recipe, people, instance, receipt)
        work.plan()
        receipt.save(recipe.erasure.receipts)
        work.lake_tables(on_step)
        work.files(on_step)
        on_step("receipt")
        receipt.save(recipe.erasure.receipts)
        work.quarantine_tables(on_step)
        receipt.finished_at = datetime.now(UTC).replace(microsecond=0)
        return receipt, receipt.save(recipe.erasure.receipts)


def preview(
    recipe: Recipe,
    people: Sequence[Person],
    instance: "DagsterInstance",
    say: Callable[[str], None] = lambda _: None,
) -> Receipt:
    """What `erase` would remove, as a receipt that is not kept. Changes nothing, and may run beside anything."""
    with shared(recipe.storage.lake, say):
        receipt = begun([], recipe.erasure.receipts / "none")
        work = _Work(recipe, people, instance, receipt)
        work.plan()
        for name, table in work.places():
            receipt.of(name).old_files = len(unlisted(table))
        receipt.events = forget_events(instance, work.names, dry_run=True)
        receipt.logs = forget_logs(instance, work.names, dry_run=True)
        return receipt


def _refuse_beside_runs(instance: "DagsterInstance") -> None:
    running = runs_in_progress(instance)
    if running:
        raise TryAgain(
            f"a Dagster run is in progress ({', '.join(running)}): wait until it has ended. If its process was killed, "
            f"tell Dagster so: terminate it in the UI, or `dagster run delete {running[0]}`"
        )


@dataclass(frozen=True)
class _Leaving:
    """Rows that leave one table, by partition."""

    table: Table
    ids: Ids
    rows: dict[str, int]


class _Work:
    """One erasure: what was found, and what is still to do."""

    def __init__(self, recipe: Recipe, people: Sequence[Person], instance: "DagsterInstance", receipt: Receipt) -> None:
        self.recipe, self.instance, self.receipt = recipe, instance, receipt
        self.lake = Lake(recipe.storage.lake, recipe.storage.options)
        self.quarantine = open_quarantine(recipe.storage)
        scopes = {person.scope for person in people}
        self.ids = Ids(ids_about(people, self.quarantine))
        found = {row_id.partition(":")[0] for row_id in self.ids.known}
        self._sources = sources(recipe) if EVERYWHERE in scopes else frozenset(scopes | found)
        self._others = sources(recipe) - self._sources
        self.names = Names(self.ids.known)
        self._lake: dict[str, _Leaving] = {}
        self._quarantine: dict[str, _Leaving] = {}

    def plan(self) -> None:
        """Find what leaves where, and write it into the receipt."""
        self._quarantine = {name: self._leaving_quarantine(name) for name in self._names(self.quarantine)}
        self._lake = {
            name: _Leaving(table, self.ids, {} if name.startswith("ledger/") else self.ids.rows(table))
            for name in self._names(self.lake)
            for table in [self.lake.table(name)]
        }
        for place, found in (("lake", self._lake), ("quarantine", self._quarantine)):
            for name, leaving in found.items():
                if leaving.rows:
                    removed = self.receipt.of(f"{place}/{name}")
                    removed.rows, removed.partitions = sum(leaving.rows.values()), list(leaving.rows)
        for asset, source in self._ledgers().items():
            lines = sum(self.ids.rows(self.lake.drops(asset)).values())
            if lines:
                self.receipt.of(f"{'quarantine' if source else 'lake'}/{asset}").ledger_lines = lines
        review = self.recipe.review
        for path in review_files(review.queue, review.verdicts):
            lines = lines_about(path, self.ids, self.names)
            if lines:
                self.receipt.review_lines[str(path)] = lines
        to_withdraw, unreadable = released(self.recipe.release.folder, self.ids)
        self.receipt.releases_to_withdraw.update(to_withdraw)
        self.receipt.releases_unreadable = unreadable

    def _names(self, lake: Lake) -> list[str]:
        """The tables of `lake` with ids, but for those of sources that the request is not about."""
        other = {f"{stage}{source}" for source in self._others for stage in ("", "masked_", "assessed_")}
        return [name for name in tables(lake) if "id" in columns(lake.table(name)) and not other & set(name.split("/"))]

    def _leaving_quarantine(self, name: str) -> _Leaving:
        table = self.quarantine.table(name)
        if native(name):
            own = self.ids.of(source_of(name))
            return _Leaving(table, own, own.rows(table, spared=[STATE]))
        return _Leaving(table, self.ids, self.ids.rows(table))

    def _ledgers(self) -> dict[str, bool]:
        """The assets with a ledger, each with whether it is the extraction of a source."""
        assets = [name.split("/")[1] for name in self._lake if name.startswith("ledger/") and name.endswith("/drops")]
        return {asset: asset in self._quarantine or asset in self._sources for asset in assets}

    def places(self) -> list[tuple[str, Table]]:
        """Every table that is looked at, by its name in the receipt."""
        return [
            (f"{place}/{name}", leaving.table)
            for place, found in (("lake", self._lake), ("quarantine", self._quarantine))
            for name, leaving in found.items()
        ]

    def lake_tables(self, on_step: Callable[[str], None]) -> None:
        """Ledgers first, told of the rows that are about to leave; then the rows; then what older versions hold."""
        on_step("ledgers")
        for asset, is_source in self._ledgers().items():
            where = self._quarantine if is_source else self._lake
            rows = where[asset].rows if asset in where else {}
            if is_source:
                forget_extracted(self.lake, asset, self.quarantine.table(asset), rows, self.ids)
            else:
                forget_downstream(self.lake, asset, rows, self.ids)
        on_step("tables")
        for leaving in self._lake.values():
            without(leaving.table, leaving.ids, leaving.rows)
        on_step("old versions")
        for name in self._lake:
            self._forget_history("lake", name)

    def files(self, on_step: Callable[[str], None]) -> None:
        """The files of reviewers, half-written files, and Dagster's event log."""
        on_step("review files")
        review = self.recipe.review
        for path in review_files(review.queue, review.verdicts):
            if lines_about(path, self.ids, self.names):
                forget_lines(path, self.ids, self.names)
        for path in leftovers(review.queue, review.verdicts, self.recipe.release.folder):
            remove(path)
            self.receipt.leftovers += 1
        on_step("event log")
        self.receipt.events += forget_events(self.instance, self.names)
        self.receipt.logs += forget_logs(self.instance, self.names)

    def quarantine_tables(self, on_step: Callable[[str], None]) -> None:
        """The rows that served to find the others; then what older versions hold, which serves so too."""
        on_step("quarantine")
        for leaving in self._quarantine.values():
            without(leaving.table, leaving.ids, leaving.rows)
        on_step("old versions in quarantine")
        for source in sorted(self._sources):
            remember(self.quarantine, source, self.ids)
        for name in self._quarantine:
            self._forget_history("quarantine", name)

    def _forget_history(self, place: str, name: str) -> None:
        lake = self.lake if place == "lake" else self.quarantine
        removed = forget_history(lake.table(name))
        if removed:
            self.receipt.of(f"{place}/{name}").old_files += removed
