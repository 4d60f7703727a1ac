"""`python -m benchmarks` prints all tables as Markdown; with `quality`, `speed` or `replies` those of one."""

import sys

from benchmarks import quality, replies, speed

MEASURED = {"quality": quality.main, "speed": speed.main, "replies": replies.main}


def main(names: list[str]) -> None:
    """Run the measurements named, or all of them. Exits with a message for a name that is none."""
    for name in names or list(MEASURED):
        if name not in MEASURED:
            sys.exit(f"{name!r} is no benchmark; choose from {', '.join(MEASURED)}")
        MEASURED[name]()


if __name__ == "__main__":
    main(sys.argv[1:])
