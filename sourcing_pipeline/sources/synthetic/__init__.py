"""Variations of seed examples, written by a vendor's model or, without a key, from templates."""

from sourcing_pipeline.sources.synthetic.synthetic import Synthetic

__all__ = ["Synthetic"]
