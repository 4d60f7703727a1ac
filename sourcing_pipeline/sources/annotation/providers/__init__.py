"""The providers: one module each, found by looking into this folder."""

import importlib
import pkgutil
from functools import cache

from sourcing_pipeline.sources.annotation.provider import Provider


@cache
def providers() -> dict[str, type[Provider]]:
    """Every provider in this folder by its `type`, sorted."""
    found: dict[str, type[Provider]] = {}
    for info in pkgutil.iter_modules(__path__, prefix=f"{__name__}."):
        for member in vars(importlib.import_module(info.name)).values():
            if isinstance(member, type) and issubclass(member, Provider) and member is not Provider:
                found[member.model_fields["type"].default] = member
    return dict(sorted(found.items()))
