"""Forgetting a person: their rows leave every table, file and log, and do not come back.

`erase` is the whole of it; `event_log` alone knows Dagster.
"""

from sourcing_pipeline.erasure.erase import erase, preview, sources
from sourcing_pipeline.erasure.people import people, people_in
from sourcing_pipeline.erasure.receipt import Receipt
from sourcing_pipeline.erasure.show import show

__all__ = ["Receipt", "erase", "people", "people_in", "preview", "show", "sources"]
