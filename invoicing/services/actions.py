"""An action on offer, allowed or with the reason why not: what every door draws from."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Action:
    """An action on offer. Not allowed: `reason` is a refusal code, `values` fill its sentence."""

    name: str
    allowed: bool
    reason: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)
