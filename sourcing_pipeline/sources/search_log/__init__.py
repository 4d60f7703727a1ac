"""What people searched for and what they chose: logs of a search box as examples."""

from sourcing_pipeline.sources.search_log.search_log import SearchLog

__all__ = ["SearchLog"]
