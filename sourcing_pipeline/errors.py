"""The tree of errors, named by the response each asks for.

    SourcingError
    ├── RecipeError        mend the recipe; nothing was run
    ├── InputError         mend or replace the input; what was landed before stays
    ├── ContractError      a stage broke the row contract; a bug, or tables of another version
    ├── MaskingError       masking could not be proven; nothing unmasked was written
    ├── ReleaseError       the release could not be written; earlier versions are untouched
    └── TryAgain           a passing fault (network, lock, busy table); the run may be retried

A message says what was wrong, where (source, file, line, row id) and how to mend it. It never holds row text.
"""


class SourcingError(Exception):
    """Root of every error this package raises on purpose."""


class RecipeError(SourcingError):
    """The recipe is missing, malformed or contradicts itself."""


class InputError(SourcingError):
    """An input file or system is missing, truncated, of the wrong type or too broken to use."""


class ContractError(SourcingError):
    """Rows do not have the columns, types or ids that their boundary demands."""


class MaskingError(SourcingError):
    """Personal data planted to test the masker came out readable."""


class ReleaseError(SourcingError):
    """A release version could not be written or does not match its manifest."""


class TryAgain(SourcingError):
    """A fault that is expected to pass; the caller may retry with back-off."""
