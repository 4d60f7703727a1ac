"""Resolved support tickets, from whichever ticket system the recipe names."""

from sourcing_pipeline.sources.tickets.tickets import Tickets

__all__ = ["Tickets"]
