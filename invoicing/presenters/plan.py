"""A planned application in words: the invoices, why they are separate, which orders are on which."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext

from accounts.models import CustomerAccount
from finance_console.kernel.money import ZERO
from finance_console.kernel.writing import money
from invoicing.domain.planning import Plan, PlannedInvoice
from invoicing.domain.profiles import Policy
from invoicing.domain.remarks import on_invoice
from invoicing.models import InvoiceableItem
from invoicing.presenters.selection import provider_of
from invoicing.services.asking.previewing import Preview
from ledger.models import InvoicingEntity


@dataclass(frozen=True, slots=True)
class InvoiceRow:
    """One invoice to come; `provider` is the address where its seller answers questions ("" for our own).

    `remark` is what will stand on it (A38).
    """

    position: int
    entity: str
    contents: str
    why: str
    rate: Decimal
    net: Decimal
    tax: Decimal
    gross: Decimal
    provider: str
    remark: str


@dataclass(frozen=True, slots=True)
class ClaimRow:
    """Which part of an order or bill stands on which invoice; `position` 0: it offsets a refund."""

    position: int
    source: str
    description: str
    amount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanView:
    """All the confirm page shows of a preview. Amounts in the customer's currency."""

    rows: list[InvoiceRow]
    claims: list[ClaimRow]
    items: int
    net: Decimal
    tax: Decimal
    total: Decimal
    offset: Decimal
    left: Decimal
    hash: str


def plan_view(preview: Preview, available: Decimal) -> PlanView:
    """The preview in words; `available` is the invoiceable amount before it."""
    plan = preview.plan
    named = InvoiceableItem.objects.select_related("charge__product", "entity", "customer")
    items = named.in_bulk(_item_ids(plan))
    own = sum(
        (
            amount
            for invoice in plan.invoices
            for line in invoice.lines
            for item_id, amount in line.claims
            if not items[item_id].marketplace
        ),
        ZERO,
    )
    return PlanView(
        rows=_rows(preview, items, _names(plan)),
        claims=_claims(plan, items),
        items=len({item.source for item in items.values()}),
        net=sum((row.net for row in plan.invoices), ZERO),
        tax=sum((row.tax for row in plan.invoices), ZERO),
        total=plan.total,
        offset=plan.offset,
        left=available - own,
        hash=preview.token,
    )


def _item_ids(plan: Plan) -> set[int]:
    claimed = {
        item_id
        for invoice in plan.invoices
        for line in invoice.lines
        for item_id, _amount in line.claims
    }
    return claimed | {pair.item_id for pair in plan.offsets}


def _names(plan: Plan) -> dict[int, str]:
    """The names of the accounts that have invoices of their own."""
    ids = {row.member_id for row in plan.invoices if row.member_id}
    if not ids:
        return {}
    return dict(CustomerAccount.objects.filter(pk__in=ids).values_list("pk", "name"))


def _rows(
    preview: Preview, items: Mapping[int, InvoiceableItem], names: Mapping[int, str]
) -> list[InvoiceRow]:
    plan, policy = preview.plan, preview.policy
    entities = InvoicingEntity.objects.in_bulk({row.entity_id for row in plan.invoices})
    rows: list[InvoiceRow] = []
    firsts: dict[tuple[int, Decimal, int | None, str | None], int] = {}
    for position, invoice in enumerate(plan.invoices, start=1):
        group = (invoice.entity_id, invoice.rate, invoice.member_id, invoice.period)
        first = firsts.setdefault(group, position)
        rows.append(
            InvoiceRow(
                position=position,
                entity=entities[invoice.entity_id].name,
                contents=", ".join(dict.fromkeys(line.key.content for line in invoice.lines)),
                why=_why(invoice, policy, first, position, names),
                rate=invoice.rate,
                net=invoice.net,
                tax=invoice.tax,
                gross=invoice.gross,
                provider=_provider(invoice, entities[invoice.entity_id], items),
                remark=on_invoice(preview.remarks, invoice.period or ""),
            )
        )
    return rows


def _provider(
    invoice: PlannedInvoice, entity: InvoicingEntity, items: Mapping[int, InvoiceableItem]
) -> str:
    """The address where its seller answers; "" for our own."""
    claimed = (items[item_id] for line in invoice.lines for item_id, _amount in line.claims)
    provider = provider_of(entity, claimed)
    return provider.url if provider else ""


def _why(
    invoice: PlannedInvoice, policy: Policy, first: int, position: int, names: Mapping[int, str]
) -> str:
    if invoice.why == "cap" and position > first:
        return gettext("More of invoice %(first)s") % {"first": first}
    if invoice.why == "cap":
        cap = policy.caps.get(invoice.medium)
        return gettext("One invoice holds at most %(cap)s") % {"cap": money(cap)}
    if invoice.why == "month":
        return gettext("One invoice per month: %(month)s") % {"month": invoice.period}
    if invoice.why == "member":
        return gettext("One set of invoices per account: %(account)s") % {
            "account": names.get(invoice.member_id or 0, "")
        }
    if invoice.why == "only":
        return gettext("All on one invoice")
    return gettext("Another company or tax rate")


def _claims(plan: Plan, items: Mapping[int, InvoiceableItem]) -> list[ClaimRow]:
    rows = [
        ClaimRow(position, items[item_id].source, items[item_id].description, amount)
        for position, invoice in enumerate(plan.invoices, start=1)
        for line in invoice.lines
        for item_id, amount in line.claims
    ]
    offsets = [
        ClaimRow(0, items[pair.item_id].source, items[pair.item_id].description, pair.amount)
        for pair in plan.offsets
    ]
    return rows + offsets
