"""What a person saw of a preview, as a token that travels in forms, and what moved since (SC-42)."""

from collections.abc import Sequence
from decimal import Decimal, InvalidOperation

from finance_console.kernel.errors import DomainError
from finance_console.kernel.money import ZERO
from finance_console.kernel.writing import signed

PARTS = ("the invoices", "the title", "the type of invoice", "the model column")
"""What a token knows apart, in this order; doors translate the words."""


def token(digest: str, total: Decimal, parts: Sequence[str]) -> str:
    """`digest` of all that was seen, the total, and a short digest of each of `PARTS`."""
    return ":".join([digest, str(total), *parts])


def digest_of(text: str) -> str:
    """The digest in a token."""
    return text.partition(":")[0]


def moved(text: str, parts: Sequence[str]) -> list[str]:
    """Which of `PARTS` are not as in the token. Another type alone does not make other invoices."""
    before = text.split(":")[2:]
    if len(before) != len(parts):
        return []
    changed = [name for name, old, new in zip(PARTS, before, parts, strict=True) if old != new]
    return [name for name in changed if name != PARTS[0] or PARTS[2] not in changed]


def changed(text: str, total: Decimal, currency: str, what: Sequence[str] = ()) -> DomainError:
    """The refusal: the total now, how far it is from the one in the token, and else what moved."""
    try:
        difference = total - Decimal(text.split(":")[1])
    except (InvalidOperation, IndexError):  # no total in it
        difference = ZERO
    says = "plan_changed" if difference else "plan_changed_inside"
    return DomainError(
        "plan_changed",
        says=says,
        total=total,
        currency=currency,
        difference=signed(difference),
        what=", ".join(what or PARTS[:1]),
    )
