"""What becomes of one customer's month: the terms, the two amount conditions, the plan (A51, A52, D12).

Decides on loaded facts and asks the database nothing. The rules are those of an application by
hand; tests/invoicing/test_auto_like_by_hand.py holds the two together.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from finance_console.kernel.errors import DomainError
from finance_console.kernel.money import ZERO
from invoicing.domain.planning import Candidate, Plan, make_plan
from invoicing.domain.profiles import Policy
from invoicing.models import AutoInvoicing, InvoiceApplication
from invoicing.services.asking.previewing import Preview, remark_for
from invoicing.services.asking.terms import Ask, check_terms
from invoicing.services.auto.facts import Facts


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Planned, or refused with what is on offer instead; neither when nothing is left to invoice.

    `total`: what was open of the month and of what earlier months left; offsets included, which the
    documents do not show. `offer_by`: the method by which the offer is asked for.
    """

    facts: Facts
    total: Decimal
    planned: Preview | None = None
    refusal: DomainError | None = None
    offer: Decimal = ZERO
    offer_by: str = ""


def judge(facts: Facts, policy: Policy, period: str) -> Verdict:
    """Decide about the month. What was invoiced by hand is no longer in the facts' items."""
    if not facts.candidates:
        return Verdict(facts=facts, total=ZERO)
    total = facts.total
    try:
        _check_amounts(facts, total)
        planned = _plan(facts, policy)
    except DomainError as error:
        short = error.code == "insufficient_amount"
        offer, method = _offer(facts, policy, period) if short else (ZERO, "")
        return Verdict(
            facts=facts, total=total, refusal=_renamed(error), offer=offer, offer_by=method
        )
    return Verdict(facts=facts, total=total, planned=planned)


def _check_amounts(facts: Facts, total: Decimal) -> None:
    """What can be invoiced is not negative, neither now nor after the month is taken off (A51)."""
    if facts.available is not None and facts.available - total < 0:
        raise DomainError("insufficient_amount", available=max(facts.available, ZERO), total=total)


def _plan(facts: Facts, policy: Policy) -> Preview:
    ask = ask_for(facts.settings, facts.months)
    terms = check_terms(facts.applicant, policy, ask)
    plan = _make_plan(facts, policy, terms.medium, facts.candidates)
    if not plan.invoices:
        raise DomainError("nothing_but_offset", offset=plan.offset)
    text = remark_for(ask, plan, policy, terms)
    planned = Preview(ask=ask, plan=plan, policy=policy, terms=terms, remarks=text)
    planned.check_texts()
    return planned


def ask_for(settings: AutoInvoicing, months: tuple[str, ...]) -> Ask:
    """The months as a wish, as if they were asked for by hand; own words leave the default remarks out."""
    return Ask(
        method=InvoiceApplication.Method.MONTH,
        months=months,
        kind=settings.kind,
        medium=settings.medium,
        title_id=settings.title_id,
        remarks=settings.remarks or None,
        remark_parts=() if settings.remarks else None,
        recipient_email=settings.recipient_email or None,
    )


def _make_plan(facts: Facts, policy: Policy, medium: str, candidates: Sequence[Candidate]) -> Plan:
    return make_plan(
        policy=policy,
        candidates=candidates,
        deficits=facts.deficits,
        medium=medium,
        currency=facts.customer.currency,
    )


def _offer(facts: Facts, policy: Policy, period: str) -> tuple[Decimal, str]:
    """What the customer can have by hand now, with one click (D12), and by which method; 0: nothing.

    The month, where it covers the deficit by itself; else the amount the account can count on.
    """
    method = InvoiceApplication.Method
    own = [candidate for candidate in facts.candidates if candidate.period == period]
    try:
        terms = check_terms(facts.applicant, policy, ask_for(facts.settings, (period,)))
        plan = _make_plan(facts, policy, terms.medium, own)
    except DomainError:
        return ZERO, ""
    if plan.offset and plan.total:
        return plan.total, method.MONTH.value
    available = max(facts.available or ZERO, ZERO)
    return available, method.AMOUNT.value if available else ""


def _renamed(error: DomainError) -> DomainError:
    """Auto-invoicing calls a title that is not the certified name by its own name (A52)."""
    if error.code != "title_mismatch":
        return error
    return DomainError("registration_mismatch", **error.values)
