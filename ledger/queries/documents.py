"""Which document a movement of money belongs to, by the number that people know it by."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from django.db.models import Q

from ledger.models import (
    Adjustment,
    Bill,
    Lot,
    LotUse,
    MemberTransfer,
    Order,
    Recharge,
    Refund,
    Transfer,
    Withdrawal,
)

Kind = Transfer.Kind


@dataclass(frozen=True, slots=True)
class Document:
    """`number` is what people call it; `row` the row that it is.

    `page` and `key` name the console page that shows it, if any.
    """

    number: str
    row: tuple[str, int]
    page: str = ""
    key: int | str | None = None


Found = Iterator[tuple[int, Document]]


def documents(transfers: Iterable[Transfer]) -> dict[int, Document]:
    """The document of each transfer, by the transfer's id; a few queries per kind, however many."""
    wanted: dict[str, dict[int, str]] = {}
    reversed_by: dict[int, int] = {}
    for transfer in transfers:
        if transfer.reverses_id is not None:  # what takes a recharge back is about that recharge
            reversed_by[transfer.pk] = transfer.reverses_id
            wanted.setdefault(Kind.RECHARGE, {})[transfer.reverses_id] = ""
        else:
            wanted.setdefault(transfer.kind, {})[transfer.pk] = transfer.reference
    by_transfer = {
        pk: document
        for kind, references in wanted.items()
        for pk, document in FINDERS[kind](references)
    }
    return by_transfer | {
        pk: by_transfer[other] for pk, other in reversed_by.items() if other in by_transfer
    }


def lot_number(lot_id: int) -> str:
    """What people call a lot of funds."""
    return f"FD-{lot_id:08d}"


def _recharges(references: Mapping[int, str]) -> Found:
    rows = Recharge.objects.filter(transfer__in=references)
    lots = dict(Lot.objects.filter(source__in=references).values_list("source", "pk"))
    for row in rows.select_related("bank_line", "payment", "transfer"):
        pk = row.transfer_id
        if payment := getattr(row, "payment", None):
            yield (
                pk,
                Document(f"RC-{row.pk:08d}", ("recharge", row.pk), "ledger:payment", payment.token),
            )
        else:
            line = getattr(row, "bank_line", None)
            written = row.transfer.reference.partition(":")[2]
            known = line.reference if line else written.partition("/")[0]
            yield (
                pk,
                Document(
                    known, ("recharge", row.pk), "ledger:lot" if pk in lots else "", lots.get(pk)
                ),
            )


def _grants(references: Mapping[int, str]) -> Found:
    for source, lot in Lot.objects.filter(source__in=references).values_list("source", "pk"):
        yield source, Document(lot_number(lot), ("lot", lot), "ledger:lot", lot)


def _expiries(references: Mapping[int, str]) -> Found:
    for transfer, lot in LotUse.objects.filter(transfer__in=references).values_list(
        "transfer", "lot"
    ):
        yield transfer, Document(lot_number(lot), ("lot", lot), "ledger:lot", lot)


def _orders(references: Mapping[int, str]) -> Found:
    """Their references end with the number of the order: paid, delivered, failed."""
    numbers = {pk: reference.partition(":")[2] for pk, reference in references.items()}
    keys = dict(Order.objects.filter(number__in=numbers.values()).values_list("number", "pk"))
    for pk, number in numbers.items():
        if number in keys:
            yield pk, Document(number, ("order", keys[number]), "ledger:order", keys[number])


def _bills(references: Mapping[int, str]) -> Found:
    numbers = {pk: reference.partition(":")[2] for pk, reference in references.items()}
    keys = dict(Bill.objects.filter(number__in=numbers.values()).values_list("number", "pk"))
    for pk, number in numbers.items():
        if number in keys:
            yield pk, Document(number, ("bill", keys[number]), "ledger:bill", keys[number])


def _refunds(references: Mapping[int, str]) -> Found:
    """The order or the bill whose money went back."""
    yield from _orders(references)  # one that failed: everything went back
    rows = Refund.objects.filter(transfer__in=references)
    for row in rows.select_related("charge__order", "charge__bill_line__bill"):
        if order := row.charge.order:
            yield (
                row.transfer_id,
                Document(order.number, ("order", order.pk), "ledger:order", order.pk),
            )
        elif line := row.charge.bill_line:
            yield (
                row.transfer_id,
                Document(line.bill.number, ("bill", line.bill_id), "ledger:bill", line.bill_id),
            )


def _withdrawals(references: Mapping[int, str]) -> Found:
    rows = Withdrawal.objects.filter(Q(freeze__in=references) | Q(settlement__in=references))
    for row in rows:
        for pk in references.keys() & {row.freeze_id, row.settlement_id}:
            yield pk, Document(str(row), ("withdrawal", row.pk), "ledger:withdrawals")


def _members(references: Mapping[int, str]) -> Found:
    moved = Q(transfer_out__in=references) | Q(transfer_in__in=references)
    for row in MemberTransfer.objects.filter(moved):
        for pk in {row.transfer_out_id, row.transfer_in_id} & set(references):
            yield pk, Document(f"MT-{row.pk:08d}", ("membertransfer", row.pk))


def _adjustments(references: Mapping[int, str]) -> Found:
    rows = Adjustment.objects.filter(transfer__in=references)
    for transfer, pk in rows.values_list("transfer", "pk"):
        yield transfer, Document(f"AD-{pk:08d}", ("adjustment", pk))


FINDERS: Mapping[str, Callable[[Mapping[int, str]], Found]] = {
    Kind.RECHARGE: _recharges,
    Kind.GRANT: _grants,
    Kind.ORDER: _orders,
    Kind.DELIVERY: _orders,
    Kind.BILL: _bills,
    Kind.REFUND: _refunds,
    Kind.EXPIRY: _expiries,
    Kind.REVERSAL: _recharges,
    Kind.WITHDRAWAL: _withdrawals,
    Kind.MEMBERS: _members,
    Kind.ADJUSTMENT: _adjustments,
}
