"""Money that leaves, told to a customer: what can go and why not more, and how each withdrawal goes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from ledger.models import Recharge, Withdrawal
from ledger.presenters.orders import Step
from ledger.queries.balances import Withdrawable, hold_words

Status = Withdrawal.Status
STATES = {
    Status.REQUESTED: "pending",
    Status.REVIEWING: "approved",
    Status.PAID: "issued",
    Status.FAILED: "rejected",
    Status.REJECTED: "rejected",
}
LINES: Mapping[str, Promise] = {
    "cash": _("Cash balance"),
    "bound": _("Bound to a product or a seller"),
    "held": _("Held"),
}


@dataclass(frozen=True, slots=True)
class Badge:
    state: str
    words: str


@dataclass(frozen=True, slots=True)
class Row:
    """One withdrawal of the list."""

    withdrawal: Withdrawal
    number: str
    amount: Decimal
    badge: Badge
    destination: Sequence[tuple[str, Decimal]]
    steps: Sequence[Step]


@dataclass(frozen=True, slots=True)
class LineRow:
    """One line of the explanation; `why` is the reason of a hold."""

    words: str | Promise
    why: str | Promise
    amount: Decimal


def line_rows(leaving: Withdrawable) -> list[LineRow]:
    """The explanation in words; the amounts sum to what can be withdrawn."""
    return [
        LineRow(LINES[line.code], hold_words(line.reason) if line.reason else "", line.amount)
        for line in leaving.lines
    ]


def row(withdrawal: Withdrawal) -> Row:
    """A withdrawal with its steps. Their moments are in the active time zone."""
    return Row(
        withdrawal=withdrawal,
        number=str(withdrawal),
        amount=withdrawal.amount.amount,
        badge=Badge(STATES[Status(withdrawal.status)], withdrawal.get_status_display()),
        destination=destination_rows(withdrawal.destination),
        steps=timeline(withdrawal),
    )


def destination_rows(destination: Sequence[Mapping[str, Any]]) -> list[tuple[str, Decimal]]:
    """Where the parts of a withdrawal go, in words."""
    return [(_place(part), Decimal(part["amount"])) for part in destination]


def _place(part: Mapping[str, Any]) -> str:
    if part["recharge"] is None:
        return gettext("%(name)s, %(bank)s, account ending in %(digits)s") % {
            "name": part["name"],
            "bank": part["bank"],
            "digits": part["account"][-4:],
        }
    return gettext("Back to the recharge %(reference)s (%(channel)s)") % {
        "reference": part["reference"],
        "channel": Recharge.Channel(part["channel"]).label,
    }


def timeline(withdrawal: Withdrawal) -> list[Step]:
    """What happened, and what is still to come."""
    status = withdrawal.status
    steps = [Step(gettext("Requested"), _moment(withdrawal.requested_at), "done")]
    if withdrawal.reviewed_at:
        steps.append(Step(gettext("Reviewed"), _moment(withdrawal.reviewed_at), "done"))
    elif status == Status.REQUESTED:
        steps.append(
            Step(gettext("Review"), gettext("by a person, on the next working day"), "now")
        )
    if status in (Status.REQUESTED, Status.REVIEWING):
        state = "now" if status == Status.REVIEWING else ""
        steps.append(Step(gettext("Payment by the bank"), "", state))
        return steps
    note = withdrawal.bank_reference or withdrawal.reason
    ended = ", ".join(part for part in (_moment(withdrawal.finished_at), note) if part)
    steps.append(Step(withdrawal.get_status_display(), ended, "done"))
    return steps


def _moment(value: datetime | None) -> str:
    return f"{timezone.localtime(value):%Y-%m-%d %H:%M}" if value else ""
