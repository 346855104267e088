"""Keeping one invoiceable item per charge, as facts arrive from the ledger.

Called by the receivers, inside the ledger's transaction and under the customer's lock. Each
returns the ids of the customers concerned.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.db import connection

from invoicing.domain import profiles
from invoicing.domain.availability import Availability, Fact, availability
from invoicing.domain.profiles import Policy
from invoicing.models import InvoiceableItem
from invoicing.services.items.amounts import move_amounts, summed
from ledger.models import Charge, Refund
from ledger.queries.credit import funded_at, in_debt, unfunded

ON_CREDIT = Availability(at=None, reason="credit_not_repaid")


FACTS = """
SELECT u.profile, u.profile_version, u.time_zone, other.id AS other_id, other.profile AS other_profile,
       other.profile_version AS other_version, other.time_zone AS other_zone, c.order_id IS NULL AS postpaid, c.paid_at, o.delivered_at,
       b.generated_at, coalesce(p.marketplace, false) AS marketplace,
       NOT coalesce(p.invoiceable, true) AS excluded,
       c.cash > 0 AND c.customer_id = ANY (%s) AS on_credit, array_agg(c.id) AS charges
FROM ledger_charge c
JOIN accounts_customeraccount u ON u.id = c.customer_id
LEFT JOIN ledger_order o ON o.id = c.order_id
LEFT JOIN accounts_customeraccount other ON other.id = o.customer_id AND other.id <> u.id
LEFT JOIN ledger_billline l ON l.id = c.bill_line_id
LEFT JOIN ledger_bill b ON b.id = l.bill_id
LEFT JOIN ledger_product p ON p.id = c.product_id
WHERE c.id = ANY (%s) GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14
"""
"""What decides whose charges are and when they become invoiceable, and which charges share it.

`other` is the account that uses what somebody else paid for.
"""

ADD = """
INSERT INTO invoicing_invoiceableitem
    (charge_id, customer_id, entity_id, tax_category_id, rate, currency, source, description, mode,
     period, paid_at, marketplace, cash, other_funds, refunded, reserved, invoiced, offset_given,
     offset_received, available_at, waiting_reason, profile, profile_version)
SELECT c.id, coalesce(f.owner, c.customer_id), k.entity_id, k.id, k.rate, c.currency, coalesce(o.number, b.number),
       coalesce(o.description, p.name, k.content),
       CASE WHEN o.id IS NULL THEN 'postpaid' ELSE 'prepaid' END, c.period, c.paid_at,
       f.marketplace, c.cash, c.amount - c.cash, 0, 0, 0, 0, 0, f.available_at, f.reason, f.profile,
       f.version
FROM unnest(%s::bigint[], %s::int[]) AS a (charge, place)
JOIN unnest(%s::bigint[], %s::timestamptz[], %s::text[], %s::text[], %s::int[], %s::bool[])
  WITH ORDINALITY AS f (owner, available_at, reason, profile, version, marketplace, n)
  ON f.n = a.place
JOIN ledger_charge c ON c.id = a.charge
JOIN ledger_taxcategory k ON k.id = c.tax_category_id
LEFT JOIN ledger_order o ON o.id = c.order_id
LEFT JOIN ledger_billline l ON l.id = c.bill_line_id
LEFT JOIN ledger_bill b ON b.id = l.bill_id
LEFT JOIN ledger_product p ON p.id = c.product_id
ORDER BY c.id
"""


def add_items(*, charge_ids: Iterable[int]) -> set[int]:
    """One item per charge (B06, B30), with the moment it becomes invoiceable under the profile.

    Judged once for all charges that have the same facts, written in one statement. What uses
    credit is judged again when the ledger has written which lots paid.
    """
    ids = list(charge_ids)
    with connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT customer_id FROM ledger_charge WHERE id = ANY (%s)", [ids])
        payers = {customer_id for (customer_id,) in cursor.fetchall()}
        cursor.execute(FACTS, [sorted(in_debt(payers)), ids])
        groups = [_of_owner(Group(*row)) for row in cursor.fetchall()]
        policies = [profiles.get(group.profile, group.version) for group in groups]
        pairs = list(zip(groups, policies, strict=True))
        availabilities = [_judge(group, policy) for group, policy in pairs]
        cursor.execute(
            ADD,
            [
                [charge for group in groups for charge in group.charges],
                [n for n, group in enumerate(groups, start=1) for _ in group.charges],
                [group.other_id for group in groups],
                [availability_of_group.at for availability_of_group in availabilities],
                [availability_of_group.reason for availability_of_group in availabilities],
                [policy.code for policy in policies],
                [policy.version for policy in policies],
                [group.marketplace for group in groups],
            ],
        )
    owners = {group.other_id for group in groups if group.other_id is not None}
    return owners | payers if owners else payers


class Group(NamedTuple):
    """Charges that become invoiceable together: what `FACTS` reads."""

    profile: str
    version: int
    time_zone: str
    other_id: int | None
    other_profile: str | None
    other_version: int | None
    other_zone: str | None
    postpaid: bool
    paid_at: datetime
    delivered_at: datetime | None
    generated_at: datetime | None
    marketplace: bool
    excluded: bool
    on_credit: bool
    charges: list[int]


def _of_owner(group: Group) -> Group:
    """The charges with the account they belong to: `other_id`, or the payer where that is None (C28).

    Whoever paid has the right to invoice, unless the payer's profile gives it to whoever uses it.
    """
    if group.other_id is None:
        return group
    if profiles.get(group.profile, group.version).third_party_paid_right == "payer":
        return group._replace(other_id=None)
    assert group.other_profile, "it comes with the account"
    assert group.other_version, "it comes with the account"
    assert group.other_zone, "it comes with the account"
    return group._replace(
        profile=group.other_profile, version=group.other_version, time_zone=group.other_zone
    )


def _judge(group: Group, policy: Policy) -> Availability:
    if group.on_credit:
        return ON_CREDIT
    fact = Fact(
        mode="postpaid" if group.postpaid else "prepaid",
        paid_at=group.paid_at,
        delivered_at=group.paid_at if group.postpaid else group.delivered_at,
        generated_at=group.generated_at,
        marketplace=group.marketplace,
        excluded=group.excluded,
        tz=ZoneInfo(group.time_zone),
    )
    return availability(policy, fact)


def refresh_availability(*, charge_ids: Iterable[int]) -> set[int]:
    """Delivery and repaid credit decide when items become invoiceable: compute it again.

    Same profile version. What was paid on credit counts as paid when the credit is repaid.
    """
    charges = {charge.pk: charge for charge in _charges(charge_ids)}
    of_charges = InvoiceableItem.objects.filter(charge__in=charges).select_related("customer")
    rows = list(of_charges.order_by("pk"))
    owed, funded = unfunded(charges), funded_at(charges)
    for row in rows:
        charge = charges[row.charge_id]
        availability_now = ON_CREDIT
        if charge.pk not in owed:
            paid_at = max(charge.paid_at, funded.get(charge.pk, charge.paid_at))
            availability_now = _availability(charge, row, paid_at)
        row.available_at, row.waiting_reason = availability_now.at, availability_now.reason
    InvoiceableItem.objects.bulk_update(rows, ["available_at", "waiting_reason"])
    return {row.customer_id for row in rows}


def take_refunds(*, refund_ids: Iterable[int]) -> set[int]:
    """A refund lowers the item's net: first what is open, then it is a deficit (D02, B31, A56)."""
    refunds = Refund.objects.filter(pk__in=list(refund_ids))
    rows = list(refunds.values_list("charge__item", "amount", "charge__item__customer", "reason"))
    move_amounts({"refunded": summed((item_id, amount) for item_id, amount, _, _ in rows)})
    failed = [row[0] for row in rows if row[3] == Refund.Reason.FAILED_DELIVERY]
    if failed:  # every fund got back what it paid
        InvoiceableItem.objects.filter(pk__in=failed).update(other_funds=0)
    return {customer_id for _, _, customer_id, _ in rows}


def refresh_owed(*, refund_ids: Iterable[int]) -> set[int]:
    """A refund may cancel what a charge still owed on credit: the rest is paid then."""
    waiting = InvoiceableItem.objects.filter(
        charge__refunds__in=list(refund_ids), waiting_reason=ON_CREDIT.reason
    )
    return refresh_availability(charge_ids=waiting.values_list("charge_id", flat=True))


def _charges(charge_ids: Iterable[int]) -> list[Charge]:
    rows = Charge.objects.filter(pk__in=list(charge_ids)).select_related(
        "customer", "order", "bill_line__bill", "tax_category", "product"
    )
    return list(rows.order_by("pk"))


def _availability(charge: Charge, item: InvoiceableItem, paid_at: datetime) -> Availability:
    order, line = charge.order, charge.bill_line
    fact = Fact(
        mode="postpaid" if line else "prepaid",
        paid_at=paid_at,
        delivered_at=order.delivered_at if order else paid_at,
        generated_at=line.bill.generated_at if line else None,
        marketplace=item.marketplace,
        excluded=bool(charge.product and not charge.product.invoiceable),
        tz=item.customer.tz,
    )
    return availability(profiles.get(item.profile, item.profile_version), fact)
