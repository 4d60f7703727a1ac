"""`python -m benchmarks` prints all tables as Markdown; with names such as `quality` or `tickets` only those."""

from argparse import ArgumentParser
from collections.abc import Callable
from functools import partial

from benchmarks import backfill, intervals, languages, masking, names, overmasking, quality, replies, speed, tickets

NAMES = (
    "quality",
    "speed",
    "replies",
    "tickets",
    "backfill",
    "names",
    "languages",
    "overmasking",
    "intervals",
    "masking",
)


def main() -> None:
    """Run the measurements named, or all of them. Exits with a message for a name that is none."""
    parser = ArgumentParser(prog="python -m benchmarks", description="Prints measurements as Markdown.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one or more of {', '.join(NAMES)}; all without")
    parser.add_argument("--tickets", type=int, default=10_000, help="of `tickets`: how many (default 10,000)")
    parser.add_argument(
        "--rounds", type=int, default=1, help="of `tickets` and `masking`: how often each is measured, in turns"
    )
    parser.add_argument("--rows", type=int, default=0, help="of `masking`: also the memory over that many messages")
    parser.add_argument("--days", type=int, default=31, help="of `backfill`: how many (default 31)")
    parser.add_argument("--chain", action="store_true", help="of `backfill`: with masking and assessment")
    parser.add_argument("--runs", type=int, default=50, help="of `languages`: how many nights (default 50)")
    given = parser.parse_args()
    measured: dict[str, Callable[[], None]] = {
        "quality": quality.main,
        "speed": speed.main,
        "replies": replies.main,
        "tickets": partial(tickets.main, given.tickets, given.rounds),
        "backfill": partial(backfill.main, given.days, chain=given.chain),
        "names": names.main,
        "masking": partial(masking.main, given.rounds, given.rows),
        "languages": partial(languages.main, given.runs),
        "overmasking": overmasking.main,
        "intervals": intervals.main,
    }
    for name in given.names or NAMES:
        if name not in measured:
            parser.error(f"{name!r} is no benchmark; choose from {', '.join(NAMES)}")
        measured[name]()


if __name__ == "__main__":
    main()
