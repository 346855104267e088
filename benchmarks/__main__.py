"""bin/bench NAME: runs one benchmark in a database of its own and drops it."""

import sys

from benchmarks import arena

BENCHMARKS = ("ledger",)


def main() -> int:
    names = sys.argv[1:]
    if len(names) != 1 or names[0] not in BENCHMARKS:
        print(f"Say which benchmark: {', '.join(BENCHMARKS)}.", file=sys.stderr)
        return 2
    with arena.database():
        from benchmarks import ledger

        ledger.run()
    return 0


if __name__ == "__main__":
    sys.exit(main())
