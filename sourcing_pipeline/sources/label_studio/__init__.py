"""Human answers from Label Studio, in whichever JSON shape it exports them."""

from sourcing_pipeline.sources.label_studio.label_studio import LabelStudio

__all__ = ["LabelStudio"]
