"""What a check is."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Check:
    """`sql` returns the rows at fault; `name` is the sentence that holds when there are none."""

    name: str
    sql: str
    values: Sequence[Any] = ()
