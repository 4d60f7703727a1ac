"""Annotation campaigns: what people are asked to write or to rate, by whom, and what comes of it."""

from sourcing_pipeline.sources.annotation.campaign import Campaign

__all__ = ["Campaign"]
