"""Masking: personal data found and replaced by placeholders, and the canaries that prove it."""

from sourcing_pipeline.masking.config import Masking
from sourcing_pipeline.masking.masker import MASKING_VERSION, Masker
from sourcing_pipeline.masking.spans import MaskedText, Span

__all__ = ["MASKING_VERSION", "MaskedText", "Masker", "Masking", "Span"]
