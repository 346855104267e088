"""What is offered to a customer before there is an application: the Request Invoice button."""

from collections.abc import Sequence
from datetime import datetime

from accounts.models import CustomerAccount
from finance_console.kernel.errors import DomainError
from invoicing.domain import gate
from invoicing.domain.profiles import Policy
from invoicing.models import InvoiceApplication
from invoicing.queries.askable import Askable, askable
from invoicing.queries.invoiceable import waiting
from invoicing.queries.planning import available_items
from invoicing.queries.policies import policy_of
from invoicing.queries.statements import later_items
from invoicing.services.actions import Action
from invoicing.services.asking.explaining import explain_cover, explain_deficit
from invoicing.services.asking.previewing import preview
from invoicing.services.asking.terms import Ask

Method = InvoiceApplication.Method
UNLOCKS = frozenset({"nothing_but_offset", "deficit_by_hand"})


def offered(*, customer: CustomerAccount, at: datetime) -> list[Action]:
    """What the customer may ask for: invoices; where an offset alone is what helps, that too (D07)."""
    action = apply_action(customer=customer, at=at)
    if UNLOCKS & {action.reason, action.values.get("says")}:
        return [action, Action("offset", True)]
    return [action]


def apply_action(*, customer: CustomerAccount, at: datetime) -> Action:
    """Whether what is open now can be applied for, and if not, why not (B61, B62, SC-16).

    With nothing open the reason is what the first amount waits for, else the deficit that more
    consumption must cover first, else `nothing_selected`.
    """
    policy = policy_of(customer)
    can_be_asked = askable((customer,), policy, at)
    ask = Ask(method=policy.methods[0])
    if Method.AMOUNT in policy.methods:
        ask = Ask(method=Method.AMOUNT, amount=can_be_asked.total or None)
    elif can_be_asked.open:
        ask = Ask(method=Method.MONTH, months=_months(customer, policy, at))
    try:
        seen = preview(customer=customer, ask=ask, at=at)
    except DomainError as refusal:
        if refusal.code != "nothing_selected":
            return _refused(refusal)
        behind = stands_in_the_way(can_be_asked, owners=(customer,), policy=policy, at=at)
        return _refused(behind) if behind else _nothing_open(customer, at)
    if not seen.plan.invoices:
        return Action("apply", False, "nothing_but_offset", {"offset": seen.plan.offset})
    return Action("apply", True)


def stands_in_the_way(
    askable_now: Askable, *, owners: Sequence[CustomerAccount], policy: Policy, at: datetime
) -> DomainError | None:
    """Why nothing of what is open can be asked for: a deficit, or that offsets take all of it.

    None when something can, and with nothing open.
    """
    if askable_now.total > 0 or not askable_now.open:
        return None
    if not askable_now.stopping:
        return DomainError("nothing_but_offset", offset=askable_now.offset)
    error = gate.not_covered(askable_now.stopping)
    return explain_cover(error, owners=owners, policy=policy, at=at)


def why_not(
    *,
    customer: CustomerAccount,
    owners: Sequence[CustomerAccount],
    askable_now: Askable,
    at: datetime,
) -> DomainError | None:
    """Why nothing at all can be asked for, whatever is selected; None when something can (B61, B62).

    `found`: what the `owners` have. Where something can be asked for, only the certification can be missing;
    everything else is put right on the way.
    """
    if askable_now.total > 0 or askable_now.marketplace_open:
        wanted = policy_of(customer).certified_first and not customer.certifications.exists()
        return DomainError("certification_required") if wanted else None
    if askable_now.open:
        return stands_in_the_way(askable_now, owners=owners, policy=policy_of(customer), at=at)
    if list(owners) != [customer]:
        return DomainError("nothing_to_invoice")
    action = apply_action(customer=customer, at=at)
    if action.reason == "nothing_selected":
        return DomainError("nothing_to_invoice")
    return DomainError(action.reason, **action.values) if action.reason else None


def _months(customer: CustomerAccount, policy: Policy, at: datetime) -> tuple[str, ...]:
    """The months whose statements have something open now, the marketplace aside."""
    later = later_items((customer,), policy)
    items = available_items(customer, at).filter(marketplace=False)
    own = items.exclude(pk__in=later).order_by().values_list("period", flat=True).distinct()
    coming = {item.month for item in later.values() if item.opens_at <= at}
    return tuple(sorted({*own, *coming}))


def _refused(refusal: DomainError) -> Action:
    return Action("apply", False, refusal.code, refusal.values)


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
        return _refused(lacking)
    return Action("apply", False, "nothing_selected")
