"""The sources: one module a system, found by looking into this folder.

A module belongs to the registry when it defines a subclass of `Source`; nothing else has to be edited.
"""

import importlib
import pkgutil
from functools import cache

from sourcing_pipeline.sources.source import Source

__all__ = ["Source", "kinds"]


@cache
def kinds() -> dict[str, type[Source]]:
    """Every source in this folder by its `kind`, sorted.

    Raises ValueError when two modules claim one kind.
    """
    found: dict[str, type[Source]] = {}
    for module_info in pkgutil.iter_modules(__path__, prefix=f"{__name__}."):
        module = importlib.import_module(module_info.name)
        for member in vars(module).values():
            if isinstance(member, type) and issubclass(member, Source) and member is not Source:
                kind = member.model_fields["kind"].default
                if found.setdefault(kind, member) is not member:
                    raise ValueError(f"two sources claim the kind {kind!r}: {found[kind]} and {member}")
    return dict(sorted(found.items()))
