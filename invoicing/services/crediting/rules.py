"""What may be credited, and what it takes: every rule of a credit request in one place (C12 to C14)."""

import unicodedata
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from decimal import Decimal

from django.conf import settings

from accounts.models import User
from accounts.queries.workdays import calendar_after
from accounts.services.customers.locking import lock_name, require_open
from accounts.services.customers.roles import require_staff
from finance_console.kernel.errors import DomainError
from finance_console.kernel.workdays import add_working_days
from invoicing.domain import profiles
from invoicing.models import CreditRequest, Invoice, InvoiceApplication
from invoicing.queries.providers import is_of_provider
from invoicing.services.roles import is_member

Status = Invoice.Status
Reason = CreditRequest.Reason
CREDITABLE = (Status.ISSUED, Status.SHIPPED, Status.RECEIVED)
FORMS: Mapping[str, tuple[str, ...]] = {
    "general": ("invoice",),
    "special": ("invoice", "deduction"),
}
ONE_CREDIT_EACH = 7301006  # any number, the same in every process
DECIDE = "invoicing.decide_credit"


def check_asker(invoice: Invoice, actor: User | None) -> None:
    """Raises `not_permitted` unless `actor` handles the money of the invoice's customer."""
    if not is_member(invoice.application, actor):
        raise DomainError("not_permitted")


def check_requester(invoice: Invoice, actor: User | None) -> None:
    """As `check_asker`, or somebody who decides on credits: what a customer asks for on a ticket (B17).

    Raises `not_permitted`, and `four_eyes` for staff who belong to the customer.
    """
    if actor is not None and asked_by_staff(invoice, actor):
        require_staff(actor, DECIDE, invoice.application.customer)
    else:
        check_asker(invoice, actor)


def asked_by_staff(invoice: Invoice, actor: User | None) -> bool:
    """Whether who asks is of the house: then a second person decides (R42)."""
    return actor is not None and not is_member(invoice.application, actor)


def check_creditable(invoice: Invoice) -> None:
    """Raises `account_closed`, `ask_provider` (K16), and `wrong_state` before issue and while one runs."""
    require_open(invoice.application.customer)
    if is_of_provider(invoice):
        raise DomainError(
            "ask_provider", provider=invoice.entity.name, url=invoice.entity.support_url
        )
    if invoice.status not in CREDITABLE:
        raise DomainError("wrong_state", state=invoice.status_word)


def left_to_credit(invoice: Invoice) -> Decimal:
    """Tax-inclusive, what no credit note has taken back yet."""
    left: Decimal = invoice.gross.amount - invoice.credited_gross
    return left


def check_terms(
    invoice: Invoice,
    *,
    reason: str,
    amount: Decimal,
    form_number: str,
    recorded: bool,
    certified: bool,
) -> None:
    """How much may be credited on what evidence.

    Raises `below_minimum` and `over_credit` (SC-81); `form_required` where the buyer has booked
    it and no confirmation, or certified it and no form of the tax bureau is named (SC-85, K21);
    `full_credit_only` for a part of a booked special invoice, or of a wrong one (D16).
    """
    left = left_to_credit(invoice)
    if amount <= 0:
        raise DomainError("below_minimum", minimum=Decimal("0.01"))
    if amount > left:
        raise DomainError("over_credit", left=left)
    special = invoice.kind == InvoiceApplication.Kind.SPECIAL
    if (recorded or (certified and special)) and not form_number.strip():
        raise DomainError("form_required")
    partial = amount < invoice.gross.amount and amount != left
    if partial and (reason == Reason.ISSUE_ERROR or (recorded and special)):
        raise DomainError("full_credit_only", amount=left)


def written_number(text: str) -> str:
    """The number of a confirmation or a form, however it was typed: without blanks, letters and digits plain."""
    return "".join(unicodedata.normalize("NFKC", text).split()).upper()


def require_unused(form_number: str) -> None:
    """No credit stands on this confirmation yet; until the end nobody else asks with it.

    Raises `form_used`.
    """
    if not form_number:
        return
    lock_name(ONE_CREDIT_EACH, form_number)
    standing = CreditRequest.objects.filter(status__in=CreditRequest.STANDING)
    if standing.filter(form_number=form_number).exists():
        raise DomainError("form_used", number=form_number)


def by_itself(
    invoice: Invoice,
    amount: Decimal,
    *,
    recorded: bool = False,
    certified: bool = False,
    by_staff: bool = False,
) -> bool:
    """Whether the system decides about crediting `amount`, and no person (D22, B22, A30).

    A person does where the profile says so, for what the buyer has booked or certified, for what staff ask
    for, and above the operator's limit, which counts all that is credited of the invoice.
    """
    policy = profiles.get(invoice.application.profile, invoice.application.profile_version)
    limit = settings.CREDIT_DECISION_LIMIT
    above = bool(limit) and invoice.credited_gross + amount > Decimal(limit)
    alone = policy.credit_decision[invoice.medium] == "system"
    return alone and not (recorded or certified or above or by_staff)


def promised_by(
    invoice: Invoice,
    amount: Decimal,
    at: datetime,
    *,
    recorded: bool,
    certified: bool,
    by_staff: bool = False,
) -> datetime | None:
    """By when the customer hears of a request made, or completed, at `at`.

    None where the confirmation of the tax channel is waited for, which has its own 72 hours.
    """
    if recorded:
        return None
    policy = profiles.get(invoice.application.profile, invoice.application.profile_version)
    if by_itself(invoice, amount, certified=certified, by_staff=by_staff):
        return at + timedelta(minutes=policy.credit_promise_minutes)
    tz = invoice.application.customer.tz
    return add_working_days(at, policy.credit_days, tz, calendar_after(at, tz))


def check_at_once(invoice: Invoice) -> None:
    """What credits all that is left at once obeys the rule of a request: raises `credit_by_person` (B22)."""
    if not by_itself(invoice, left_to_credit(invoice)):
        raise DomainError("credit_by_person")


def check_decider(request: CreditRequest, actor: User | None) -> None:
    """Maker and checker differ (SC-119). `actor` None is the system. Raises `not_permitted`, `four_eyes`."""
    if actor is None:
        return
    require_staff(actor, DECIDE, request.customer)
    if actor.pk == request.requested_by_id:
        raise DomainError("four_eyes")


def forms_of(invoice: Invoice) -> tuple[str, ...]:
    """What is asked for of a paper invoice: its parts (K19), and where the profile says so a certificate (B20).

    The parts must come back; whether it is credited without the certificate, a person decides.
    """
    policy = profiles.get(invoice.application.profile, invoice.application.profile_version)
    special = invoice.kind == InvoiceApplication.Kind.SPECIAL
    enclosed = ("rejection",) if special and policy.rejection_certificate else ()
    return FORMS[invoice.kind] + enclosed


def check_forms(invoice: Invoice, forms: Collection[str], *, freight_collect: bool) -> None:
    """What came by mail is complete and was paid for. Raises `freight_collect`, `forms_incomplete` (K18, K19)."""
    if invoice.medium != InvoiceApplication.Medium.PAPER:
        raise DomainError("paper_only")
    if freight_collect:
        raise DomainError("freight_collect")
    missing = [form for form in FORMS[invoice.kind] if form not in forms]
    if missing:
        raise DomainError("forms_incomplete", missing=", ".join(missing))


def check_confirmable(request: CreditRequest, at: datetime) -> None:
    """Raises `wrong_state` while the original is missing, once it ended, and after 72 hours without a
    confirmation: then only the time that passed ends it (SC-85).
    """
    if request.status != CreditRequest.Status.CREDITING:
        raise DomainError("wrong_state", state=request.status_word)
    if is_late(request, at):
        raise DomainError("wrong_state", state=str(CreditRequest.Status.EXPIRED.label))


def is_late(request: CreditRequest, at: datetime) -> bool:
    """Its red-letter confirmation lapsed: 72 hours passed without one (einvoice rule)."""
    return request.confirm_by is not None and request.confirm_by <= at


def is_correctable(invoice: Invoice) -> bool:
    """Whether the system may credit all of it at once, so that it is asked for again in the same step (SC-86)."""
    electronic = invoice.medium == InvoiceApplication.Medium.ELECTRONIC
    return electronic and by_itself(invoice, left_to_credit(invoice))
