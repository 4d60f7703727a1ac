"""The only door to rows that are not masked yet.

Imported by defs/sources (which writes), defs/masking (which reads) and erasure (which removes) and by nothing else;
import-linter holds that. The root is its own folder or bucket; a local one is readable by its owner alone.
"""

from pathlib import Path

from sourcing_pipeline.storage import Lake, Storage


def open_quarantine(storage: Storage) -> Lake:
    """The lake of unmasked rows at `storage.quarantine`; a local folder is made with mode 0700."""
    if "://" not in storage.quarantine:
        folder = Path(storage.quarantine)
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        folder.chmod(0o700)
    return Lake(storage.quarantine, storage.options)
