"""Rows from files and from SQL databases: two config models with one interface, for sources that map columns.

    def read(self, name: str, window: Window, wanted: pa.Schema, dated: tuple[str, ...]) -> Generator[Part]
    def changed(self, name: str, window: Window, wanted: pa.Schema, cursor: str | None) -> Changed

`name` is the source's, for messages. `wanted` has the columns by the names that the caller knows; the config's
`fields` says what the input calls them (`fields: {at: clicked_at}`; the same name where it says nothing; null where
the column is not to be read). Types: string, float64, bool, timestamp[us, UTC], and lists of string or of structs of
these. A wanted column that is not nullable must be there; a nullable one that is not there is null. Whether a single
value may be null is for the caller to say. `dated` names the wanted timestamp columns of which the first that is not
null gives a row its day: rows of other days than `window.days` may be left out by it, so the caller filters by day
too. Raises InputError, or TryAgain when the fault may pass. Streams; memory holds one part.
"""

from sourcing_pipeline.sources.tabular.files import FileRows
from sourcing_pipeline.sources.tabular.part import Changed, Part, Parts
from sourcing_pipeline.sources.tabular.sql import SqlRows

__all__ = ["Changed", "FileRows", "Part", "Parts", "SqlRows"]
