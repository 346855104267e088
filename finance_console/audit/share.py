"""Which stored files an audit reads: their fingerprints fall into 256 parts, and a night takes eight."""

from datetime import date
from typing import Final

ALL: Final = frozenset(f"{part:02x}" for part in range(256))
NIGHTS: Final = 32


def of_the_night(day: date) -> frozenset[str]:
    """The first two digits of the fingerprints that are read on `day`: every file once in 32 days."""
    return frozenset(part for part in ALL if int(part, 16) % NIGHTS == day.toordinal() % NIGHTS)
