"""Objects of an export and the lists of them, each named by its place when it is something else."""

from collections.abc import Mapping

from sourcing_pipeline.sources.records import UnreadableError, kind

Fields = Mapping[str, object]


def as_fields(value: object, where: str) -> Fields:
    """`value` when it is an object. Raises UnreadableError."""
    if not isinstance(value, dict):
        raise UnreadableError(f"{where}: expected an object, got {kind(value)}")
    return value


def as_list_of_fields(value: object, where: str) -> list[Fields]:
    """`value` when it is a list of objects, none for null. Raises UnreadableError."""
    if value is None:
        return []
    if not isinstance(value, list):
        raise UnreadableError(f"{where}: expected a list, got {kind(value)}")
    return [as_fields(item, f"{where}[{number}]") for number, item in enumerate(value)]
