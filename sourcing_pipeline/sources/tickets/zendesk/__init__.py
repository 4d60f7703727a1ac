"""Tickets of a Zendesk account, by its REST API."""

from sourcing_pipeline.sources.tickets.zendesk.zendesk import Zendesk

__all__ = ["Zendesk"]
