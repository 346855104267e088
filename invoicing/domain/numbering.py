"""Numbers of the sandbox channel: 20 digits that can never be a real invoice's.

`YY 99 C sssss nnnnnnnnnn`: year, the region 99 that no tax bureau has, the channel, a series per entity and kind,
a consecutive number within the year.
"""

from dataclasses import dataclass

REGION = "99"


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxNumber:
    """The parts of a number. Years are 2000 to 2099."""

    year: int
    channel: int
    series: int
    sequence: int


def sandbox_number(year: int, channel: int, series: int, sequence: int) -> str:
    """The 20 digits. Raises ValueError when a part does not fit its place."""
    _check("year", year, 2000, 2099)
    _check("channel", channel, 0, 9)
    _check("series", series, 0, 99_999)
    _check("sequence", sequence, 1, 9_999_999_999)
    return f"{year % 100:02}{REGION}{channel}{series:05}{sequence:010}"


def parse_sandbox_number(number: str) -> SandboxNumber:
    """The parts of `number`. Raises ValueError for anything that the sandbox cannot have issued."""
    if len(number) != 20 or not (number.isascii() and number.isdigit()) or number[2:4] != REGION:
        raise ValueError(f"{number!r} is not a number of the sandbox channel.")
    parts = SandboxNumber(
        year=2000 + int(number[:2]),
        channel=int(number[4]),
        series=int(number[5:10]),
        sequence=int(number[10:]),
    )
    _check("sequence", parts.sequence, 1, 9_999_999_999)
    return parts


def _check(part: str, value: int, lowest: int, highest: int) -> None:
    if not lowest <= value <= highest:
        raise ValueError(f"The {part} {value} is outside {lowest} to {highest}.")
