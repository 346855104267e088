"""Keyset pagination: a page continues below the last row seen, however many rows lie above it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.db.models import QuerySet
from django.http import QueryDict

SIZE = 20
Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """Rows of one page; `older` is where the next one continues ("" at the end)."""

    rows: Sequence[Row]
    older: str
    is_first: bool


def number(query: QueryDict, name: str = "before") -> int | None:
    """The place to continue below, from the address; None for the first page and for nonsense."""
    text = query.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


def page(
    rows: QuerySet[Any], before: int | None, *, key: str = "pk", size: int = SIZE
) -> Page[Any]:
    """The newest rows below `before` by `key`, newest first."""
    if before is not None:
        rows = rows.filter(**{f"{key}__lt": before})
    return cut(
        list(rows.order_by(f"-{key}")[: size + 1]), key=key, size=size, is_first=before is None
    )


def cut(fetched: Sequence[Row], *, key: str, size: int = SIZE, is_first: bool) -> Page[Row]:
    """A page out of rows that were asked for one too many, to see whether there are more."""
    rows = fetched[:size]
    older = str(_value(rows[-1], key)) if len(fetched) > size else ""
    return Page(rows=rows, older=older, is_first=is_first)


def _value(row: Any, key: str) -> Any:
    return row[key] if isinstance(row, dict) else getattr(row, key)
