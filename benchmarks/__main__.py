"""bin/bench NAME [ENTRIES]: runs one benchmark, in a database of its own that is dropped if it needs one.

ENTRIES is how many the long history of `ledger` has; `auto --full` runs 100,000 accounts at once; `documents --short`
takes a minute instead of five.
"""

import sys

from benchmarks import arena

BENCHMARKS = ("auto", "documents", "ledger")
ENTRIES = 1_000_000


def main() -> int:
    name, *sizes = sys.argv[1:] or [""]
    if name == "auto" and sizes in ([], ["--full"]):
        with arena.database():
            from benchmarks import auto_invoicing

            auto_invoicing.run(full=bool(sizes))
        return 0
    if name == "documents" and sizes in ([], ["--short"]):
        from benchmarks import documents

        documents.run(short=bool(sizes))
        return 0
    if name != "ledger" or len(sizes) > 1 or not all(size.isdecimal() for size in sizes):
        print(f"Say which benchmark: {', '.join(BENCHMARKS)}.", file=sys.stderr)
        return 2
    with arena.database():
        from benchmarks import ledger

        ledger.run(int(sizes[0]) if sizes else ENTRIES)
    return 0


if __name__ == "__main__":
    sys.exit(main())
