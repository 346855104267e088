"""Questions about money: balance, the invoiceable amount explained, the items behind it."""

from datetime import datetime

from accounts.models import CustomerAccount
from finance_console.simulation.language import Answer, question, required, thing
from finance_console.simulation.story import Story, iso, yuan
from finance_console.simulation.verbs.money import OTHER_FUNDS
from invoicing.models import InvoiceableItem
from invoicing.queries import invoiceable as queries
from ledger.models import TaxCategory
from ledger.queries.balances import fund_balances, withdrawable


@question("balance", account=required(thing("account")))
def balance(story: Story, *, account: CustomerAccount) -> Answer:
    """`held` is the part of the cash that holds keep back, `withdrawable` what can leave now."""
    funds, leaving = fund_balances(account), withdrawable(account)
    return {
        "cash": yuan(funds["cash"]),
        "funds": {fund: yuan(funds[fund]) for fund in OTHER_FUNDS},
        "held": yuan(leaving.held),
        "withdrawable": yuan(leaving.available),
    }


@question("invoiceable", account=required(thing("account")))
def invoiceable(story: Story, *, account: CustomerAccount) -> Answer:
    amounts = queries.invoiceable(account, story.now)
    keys = TaxCategory.objects.in_bulk([row.category_id for row in amounts.by_key])
    return {
        "open": yuan(amounts.open),
        "deficit": yuan(amounts.deficit),
        "marketplace_open": yuan(amounts.marketplace_open),
        "by_key": [
            {
                "tax_key": story.ref_of(keys[row.category_id]),
                "open": yuan(row.open),
                "deficit": yuan(row.deficit),
            }
            for row in amounts.by_key
        ],
        "waiting": [
            {
                "reason": row.reason,
                "amount": yuan(row.amount),
                "available_at": moment_or_null(row.available_at),
            }
            for row in amounts.waiting
        ],
        "explanation": [
            {"code": row.code, "amount": yuan(row.amount)} for row in amounts.explanation
        ],
    }


@question("items", account=required(thing("account")))
def items(story: Story, *, account: CustomerAccount) -> Answer:
    rows = (
        InvoiceableItem.objects.filter(customer=account)
        .select_related("charge__order", "charge__bill_line__bill__customer")
        .order_by("paid_at", "pk")
    )
    return {"items": [_item(story, row) for row in rows]}


AMOUNTS = (
    "cash",
    "refunded",
    "reserved",
    "invoiced",
    "offset_given",
    "offset_received",
    "open",
    "deficit",
)


def _item(story: Story, item: InvoiceableItem) -> Answer:
    charge = item.charge
    source = charge.bill_line.bill if charge.bill_line else charge.order
    assert source is not None
    return {
        "of": story.ref_of(source),
        **{name: yuan(getattr(item, name)) for name in AMOUNTS},
        "available_at": moment_or_null(item.available_at),
    }


def moment_or_null(at: datetime | None) -> str | None:
    return None if at is None else iso(at)
