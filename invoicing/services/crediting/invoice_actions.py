"""What a person may do with one invoice now, and if not, why not. Every door draws from here."""

from datetime import datetime

from accounts.models import Membership, User
from finance_console.kernel.errors import DomainError
from invoicing.models import CreditRequest, Invoice, InvoiceApplication
from invoicing.services.actions import Action, Actions
from invoicing.services.crediting import rules
from invoicing.services.roles import is_member

Status = Invoice.Status
SHIP = "invoicing.ship_invoice"


def available_invoice_actions(invoice: Invoice, actor: User | None, at: datetime) -> list[Action]:
    """Those of `ACTIONS`; what only paper can do is not offered for an electronic invoice (SC-76)."""
    offers = ACTIONS.available(invoice, actor, at)
    return [action for action in offers if action.reason != "paper_only"]


def is_shipper(invoice: Invoice, actor: User | None) -> bool:
    return actor is not None and actor.is_active and actor.has_perm(SHIP)


def _reads(invoice: Invoice, actor: User | None) -> bool:
    """Whoever may see the customer's invoices at all."""
    customer = invoice.application.customer_id
    return actor is not None and any(row.customer_id == customer for row in actor.memberships.all())


def _gets_paper(invoice: Invoice, actor: User | None) -> bool:
    return is_member(invoice.application, actor) or is_shipper(invoice, actor)


def _check_paper(invoice: Invoice) -> None:
    if invoice.medium != InvoiceApplication.Medium.PAPER:
        raise DomainError("paper_only")


def _check_ship(invoice: Invoice, actor: User | None, at: datetime) -> None:
    """Only paper, once, and not by somebody who belongs to the customer (R42)."""
    _check_paper(invoice)
    if invoice.status != Status.ISSUED:
        raise DomainError("wrong_state", state=invoice.status_word)
    _check_stranger(invoice, actor)


def _check_receive(invoice: Invoice, actor: User | None, at: datetime) -> None:
    _check_paper(invoice)
    if invoice.status != Status.SHIPPED:
        raise DomainError("wrong_state", state=invoice.status_word)


def _check_stranger(invoice: Invoice, actor: User | None) -> None:
    if Membership.objects.filter(user=actor, customer=invoice.application.customer_id).exists():
        raise DomainError("four_eyes")


def _check_download(invoice: Invoice, actor: User | None, at: datetime) -> None:
    if invoice.number is None:
        raise DomainError("wrong_state", state=invoice.status_word)


def _asks_for_credit(invoice: Invoice, actor: User | None) -> bool:
    """The customer's own people, once there is something to credit."""
    return invoice.number is not None and is_member(invoice.application, actor)


def _decides_credit(invoice: Invoice, actor: User | None) -> bool:
    may = actor is not None and actor.is_active and actor.has_perm(rules.DECIDE)
    return may and invoice.number is not None


def _check_credit(invoice: Invoice, actor: User | None, at: datetime) -> None:
    rules.check_creditable(invoice)


def _check_credit_for(invoice: Invoice, actor: User | None, at: datetime) -> None:
    """What the customer asked for on a ticket (B17), by somebody who does not belong to it."""
    rules.check_creditable(invoice)
    _check_stranger(invoice, actor)


def _check_reissue(invoice: Invoice, actor: User | None, at: datetime) -> None:
    """Only electronic invoices: paper must come back first (SC-86)."""
    rules.check_creditable(invoice)
    if invoice.medium == InvoiceApplication.Medium.PAPER:
        raise DomainError("electronic_only")
    rules.check_at_once(invoice)


def _open_request(invoice: Invoice) -> CreditRequest:
    """The request that is being worked on. Raises `wrong_state` when there is none."""
    request = invoice.credit_requests.filter(status__in=CreditRequest.OPEN).first()
    if request is None:
        raise DomainError("wrong_state", state=invoice.status_word)
    return request


def _check_cancel_credit(invoice: Invoice, actor: User | None, at: datetime) -> None:
    _open_request(invoice)


def _check_original(invoice: Invoice, actor: User | None, at: datetime) -> None:
    """Paper that is out there, or being credited, and did not come back yet (K17, K24)."""
    _check_paper(invoice)
    if invoice.status not in (*rules.CREDITABLE, Status.CREDITING):
        raise DomainError("wrong_state", state=invoice.status_word)
    _check_stranger(invoice, actor)


def _check_approve_credit(invoice: Invoice, actor: User | None, at: datetime) -> None:
    request = _open_request(invoice)
    rules.check_decider(request, actor)
    rules.check_confirmable(request, at)


def _check_refuse_credit(invoice: Invoice, actor: User | None, at: datetime) -> None:
    rules.check_decider(_open_request(invoice), actor)


ACTIONS = Actions[Invoice](
    {
        "ship": (is_shipper, _check_ship),
        "receive": (_gets_paper, _check_receive),
        "download": (_reads, _check_download),
        "request_credit": (_asks_for_credit, _check_credit),
        "reissue": (_asks_for_credit, _check_reissue),
        "cancel_credit": (_asks_for_credit, _check_cancel_credit),
        "credit_for_customer": (_decides_credit, _check_credit_for),
        "receive_original": (_decides_credit, _check_original),
        "approve_credit": (_decides_credit, _check_approve_credit),
        "refuse_credit": (_decides_credit, _check_refuse_credit),
    }
)
"""Staff who ship see ship and receive, those who decide on credits credit_for_customer, receive_original,
approve_credit and refuse_credit; the customer's people receive, download, request_credit, reissue and cancel_credit."""
