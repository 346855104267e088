"""Issuing what is due, seller by seller; what failed is noted, what was parked is tried again."""

from collections import deque
from collections.abc import Callable
from datetime import datetime, timedelta

import structlog
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.models import User
from accounts.services.records import record
from finance_console.faults import of_the_house
from finance_console.kernel.errors import DomainError
from invoicing.channels import NO_ANSWER
from invoicing.models import Invoice, InvoiceApplication
from invoicing.services.issuing.invoices import WAITING, fail, issue, postpone, waiting
from invoicing.services.roles import REVIEW
from invoicing.services.transitions import lock_application, move
from ledger.models import InvoicingEntity

Status = InvoiceApplication.Status
BATCH = 200
ANSWERS_WITHIN = timedelta(seconds=30)
"""After so long without an answer whoever asked is taken for dead, and it is asked again."""
log = structlog.get_logger(__name__)


def always() -> bool:
    """No end but the end of the work."""
    return True


def issue_due(*, at: datetime, go_on: Callable[[], bool] = always) -> int:
    """Issue approved applications whose moment has come; how many are complete now.

    Sellers take turns, so that the slow channel of one holds up its own invoices only; one that does
    not answer is left alone until the next sweep, and so is one whom another worker is asking now.
    `go_on` is asked before each application.
    """
    turns = deque((seller, iter(_due_of(seller, at))) for seller in _sellers(at))
    done = 0
    while turns and go_on():
        seller, due = turns.popleft()
        application_id = next(due, None)
        if application_id is None:
            continue
        complete, answered = _issue_safely(application_id, seller, at)
        done += complete
        if answered:
            turns.append((seller, due))
    return done


def _sellers(at: datetime) -> list[int]:
    """The sellers with something to issue, but for those whose channel is being asked."""
    planned = Invoice.objects.filter(status=Invoice.Status.PLANNED)
    busy = planned.filter(asked_at__gt=at - ANSWERS_WITHIN, asked_at__lte=at)
    sellers = InvoicingEntity.objects.exclude(pk__in=busy.values("entity")).order_by("pk")
    due = _due(at).filter(entity=OuterRef("pk"))
    return list(sellers.filter(Exists(due)).values_list("pk", flat=True))


def _due_of(entity_id: int, at: datetime) -> list[int]:
    """The applications that wait for this seller, the longest first."""
    rows = _due(at).filter(entity=entity_id).order_by("application__issue_at", "application")
    return list(dict.fromkeys(rows.values_list("application", flat=True)[:BATCH]))


def _due(at: datetime) -> QuerySet[Invoice]:
    """Invoices to be asked for: their moment has come, or came and another seller's are tried again."""
    tried = Invoice.objects.filter(
        application=OuterRef("application"), status=Invoice.Status.FAILED
    )
    alone = Q(status=Invoice.Status.PLANNED) & Exists(tried)
    unissued = Invoice.objects.filter(application__status=Status.APPROVED, status__in=WAITING)
    return unissued.filter(Q(application__issue_at__lte=at) | alone)


def _issue_safely(application_id: int, entity_id: int, at: datetime) -> tuple[bool, bool]:
    """Whether it is complete, and whether the channel answers.

    One that breaks (a bug, a row that makes no sense) is noted and postponed like a refused one:
    the others go on. A fault of the house is nobody's try: it stays due.
    """
    try:
        application, answered = issue(application_id, at, entity_id)
    except Exception as error:
        problem = type(error).__name__
        if of_the_house(error):
            log.warning("issue_interrupted", application=application_id, problem=problem)
            return False, False
        log.exception("issue_broken", application=application_id)
        _note_failure(application_id, entity_id, problem, at)
        return False, True
    return application.status == Status.ISSUED, answered


@transaction.atomic
def _note_failure(application_id: int, entity_id: int, problem: str, at: datetime) -> None:
    """The step is rolled back; that it failed is not. Nothing when it was decided meanwhile."""
    application = lock_application(application_id)
    if application.status != Status.APPROVED:
        return
    for invoice in waiting(application, entity_id):
        noted = NO_ANSWER if invoice.problem == NO_ANSWER else problem
        if invoice.status == Invoice.Status.FAILED:
            move(invoice, invoice.retry, actor=None, at=at)
        fail(invoice, noted, at, may_exist=invoice.asked_at is not None)
    postpone(application, at)


@transaction.atomic
def retry_parked(*, application: InvoiceApplication, by: User, at: datetime) -> InvoiceApplication:
    """An operator has a parked application tried again, once; the try and who asked are recorded.

    Not parked: nothing changes. Raises `not_permitted`.
    """
    if not (by.is_active and by.has_perm(REVIEW)):
        raise DomainError("not_permitted")
    application = lock_application(application.pk)
    if application.status == Status.APPROVED and application.issue_at is None:
        application.issue_at = at
        application.save(update_fields=["issue_at"])
        record(
            customer=application.customer,
            actor=by,
            action="retry_issue",
            about=application.number,
            before={},
            after={},
            at=at,
        )
    return application
