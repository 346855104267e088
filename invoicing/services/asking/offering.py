"""What is offered to a customer before there is an application: the Request Invoice button."""

from datetime import datetime

from accounts.models import CustomerAccount
from finance_console.kernel.errors import DomainError
from invoicing.models import InvoiceApplication
from invoicing.queries.invoiceable import waiting
from invoicing.queries.planning import available_items
from invoicing.queries.policies import policy_of
from invoicing.services.actions import Action
from invoicing.services.asking.applying import preview
from invoicing.services.asking.explaining import explain_deficit
from invoicing.services.asking.terms import Ask, total_open

Method = InvoiceApplication.Method


def apply_action(*, customer: CustomerAccount, at: datetime) -> Action:
    """Whether everything that is open now could be applied for, and if not, why not (B61, B62, SC-16).

    With nothing open the reason is what the first amount waits for, else the deficit that more
    consumption must cover first, else `nothing_selected`.
    """
    items = list(available_items(customer, at).filter(marketplace=False))
    methods = policy_of(customer).methods
    ask = Ask(method=methods[0])
    if Method.AMOUNT in methods:
        total = total_open(items)
        ask = Ask(method=Method.AMOUNT, amount=total if items else None)
    elif items:
        ask = Ask(method=Method.MONTH, months=tuple(sorted({item.period for item in items})))
    try:
        preview(customer=customer, ask=ask, at=at)
    except DomainError as refusal:
        if refusal.code == "nothing_selected":
            return _nothing_open(customer, at)
        return Action("apply", False, refusal.code, refusal.values)
    return Action("apply", True)


def why_not(*, customer: CustomerAccount, anything: bool, at: datetime) -> DomainError | None:
    """Why nothing at all can be asked for, whatever is selected; None when something can (B61).

    `anything`: something is open, the marketplace included. Then only the certification can be
    missing; everything else is put right on the way.
    """
    if anything:
        certified = customer.certifications.exists()
        return None if certified else DomainError("certification_required")
    action = apply_action(customer=customer, at=at)
    if action.reason == "nothing_selected":
        return DomainError("nothing_to_invoice")
    return DomainError(action.reason, **action.values) if action.reason else None


def _nothing_open(customer: CustomerAccount, at: datetime) -> Action:
    for row in waiting(customer, at):
        if row.reason == "not_invoiceable_fund":
            continue
        values = {}
        if row.available_at is not None:
            local = row.available_at.astimezone(customer.tz)
            values["available_at"] = f"{local:%Y-%m-%d %H:%M}"
        return Action("apply", False, row.reason, values)
    if lacking := explain_deficit(customer):
        return Action("apply", False, lacking.code, lacking.values)
    return Action("apply", False, "nothing_selected")
