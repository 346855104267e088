"""The run: last month of everybody who has auto-invoicing on, exactly once each (A22, A51, A52).

A catch-up, not an alarm clock: late, doubled or in parallel, each customer and month has one run,
because its row is unique and is written in the transaction of its effect (SC-91, SC-92). Customers
are taken in chunks, one transaction each, so a kill leaves whole chunks done or not done; a chunk
that breaks is done one by one, so that one broken customer never keeps others waiting.
"""

from collections.abc import Callable, Sequence
from datetime import datetime

import structlog
from django.db import transaction

from accounts.messages.outbox import Owed, enqueue_many
from accounts.models import CustomerAccount, User
from accounts.services.customers.locking import lock_customer, require_open
from accounts.services.customers.roles import acts_for, require_staff
from accounts.services.records import record
from finance_console.faults import of_the_house
from finance_console.kernel.errors import DomainError
from finance_console.kernel.money import ZERO
from invoicing.models import AutoInvoicing, AutoInvoicingRun, InvoiceApplication
from invoicing.models.tables import copy_rows
from invoicing.queries.catalogue import Catalogue
from invoicing.services.asking.writing import Submission, write_applications
from invoicing.services.auto.facts import load
from invoicing.services.auto.judging import Verdict, judge
from invoicing.services.auto.pausing import pause
from invoicing.services.auto.waiting import Group, Waiting, group_of, next_ids, waiting

CHUNK = 500
BROKEN = "auto_broken"
PAUSED = "paused"
"""The reason of a month that passed while auto-invoicing was paused; it can be caught up (SC-96)."""
RETRY = "invoicing.change_autoinvoicingrun"
Result = AutoInvoicingRun.Result
log = structlog.get_logger(__name__)


def always() -> bool:
    """No end but the end of the work."""
    return True


def run_due(*, at: datetime, go_on: Callable[[], bool] = always) -> int:
    """Run every enabled (customer, month) that is due and has no run yet. Returns how many.

    Months come in order, oldest first. `go_on` is asked before each chunk; what is left when it
    says no is done by the next call.
    """
    catalogue, done = Catalogue(), 0
    while due := [month for month in waiting() if month.due <= at]:
        before = done
        for month in due:
            done += _run_group(month, at, catalogue, go_on)
        if done == before or not go_on():  # the rest is locked by others, or time is up
            break
    return done


def _run_group(due: Waiting, at: datetime, catalogue: Catalogue, go_on: Callable[[], bool]) -> int:
    """One month of one group, chunk by chunk."""
    done, after = 0, 0
    while go_on() and (ids := next_ids(due.group, due.period, after, CHUNK)):
        done += _run_safely(due.group, due.period, ids, at, catalogue)
        after = ids[-1]
        log.info("auto_invoicing", period=due.period, done=done, due=due.customers)
    return done


def _run_safely(
    group: Group, period: str, ids: Sequence[int], at: datetime, catalogue: Catalogue
) -> int:
    """The chunk; when it breaks, its customers one by one, and the broken ones are noted.

    A fault of the house leaves all of them to the next run.
    """
    try:
        return run_chunk(group=group, period=period, ids=ids, at=at, catalogue=catalogue)
    except Exception as error:
        if of_the_house(error):  # nobody's month: the next run does it
            log.warning("auto_invoicing_interrupted", period=period, problem=type(error).__name__)
            return 0
        log.exception("auto_invoicing_broken", period=period, customers=len(ids))
        if len(ids) == 1:
            return _note_broken(ids[0], period, error, at)
    return sum(_run_safely(group, period, [customer_id], at, catalogue) for customer_id in ids)


@transaction.atomic
def run_chunk(
    *, group: Group, period: str, ids: Sequence[int], at: datetime, catalogue: Catalogue
) -> int:
    """Run `period` for those of the customers that nobody else works on. Returns how many.

    Customers are locked in key order, locked ones skipped; what they are about is read afterwards.
    """
    locked = CustomerAccount.objects.select_for_update(no_key=True, skip_locked=True, of=("self",))
    customers = {row.pk: row for row in locked.filter(pk__in=ids).order_by("pk")}
    runs = AutoInvoicingRun.objects.filter(customer__in=customers, period=period)
    for customer_id in runs.values_list("customer", flat=True):
        del customers[customer_id]
    mine = [row for row in customers.values() if group_of(row) == group]
    verdicts = _judge(mine, group, period, at, catalogue)
    written = _write(verdicts, period, at, catalogue)
    copy_rows(AutoInvoicingRun, [_run_row(verdict, period, written, at) for verdict in verdicts])
    owed = [
        notice("auto_invoicing_failed", verdict.facts.customer.pk, period, verdict.refusal)
        for verdict in verdicts
        if verdict.refusal
    ]
    enqueue_many(owed=owed, at=at)
    _pause_mismatches(verdicts, at)
    return len(verdicts)


def _pause_mismatches(verdicts: Sequence[Verdict], at: datetime) -> None:
    """A title that no longer is the registered name would fail every month: it is switched off (A52, A53)."""
    reason = AutoInvoicing.PauseReason.REGISTRATION
    differ = [verdict for verdict in verdicts if verdict.refusal and verdict.refusal.code == reason]
    pause(customer_ids=[verdict.facts.customer.pk for verdict in differ], reason=reason, at=at)


def _judge(
    customers: Sequence[CustomerAccount],
    group: Group,
    period: str,
    at: datetime,
    catalogue: Catalogue,
    *,
    on: bool = True,
) -> list[Verdict]:
    policy = group.policy
    facts = load(
        customers=customers,
        period=period,
        at=at,
        policy=policy,
        catalogue=catalogue,
        on=on,
    )
    return [judge(entry, policy, period) for entry in facts]


def _write(
    verdicts: Sequence[Verdict], period: str, at: datetime, catalogue: Catalogue
) -> dict[int, int]:
    """The applications of those that are planned, by customer."""
    submissions = [
        Submission(
            customer=verdict.facts.customer,
            preview=verdict.planned,
            idempotency_key=f"auto:{period}",
            source=InvoiceApplication.Source.AUTOMATIC.value,
        )
        for verdict in verdicts
        if verdict.planned
    ]
    ids = write_applications(submissions, at=at, catalogue=catalogue)
    return {verdict.customer.pk: pk for verdict, pk in zip(submissions, ids, strict=True)}


def _run_row(
    verdict: Verdict, period: str, written: dict[int, int], at: datetime
) -> dict[str, object]:
    customer_id, refusal = verdict.facts.customer.pk, verdict.refusal
    return {
        "customer_id": customer_id,
        "period": period,
        "result": _result(verdict).value,
        "reason": refusal.code if refusal else "",
        "total": verdict.total,
        "offer": verdict.offer,
        "application_id": written.get(customer_id),
        "ran_at": at,
    }


def _result(verdict: Verdict) -> AutoInvoicingRun.Result:
    if verdict.refusal:
        return Result.FAILED
    return Result.ISSUED if verdict.planned else Result.NOTHING


def notice(topic: str, customer_id: int, period: str, refusal: DomainError) -> Owed:
    """What the customer is told of a month that fails (A52); nothing left to invoice is not worth it."""
    values = {"period": period, "reason": str(refusal), "code": refusal.code}
    return Owed(customer_id, topic, period, values)


@transaction.atomic
def _note_broken(customer_id: int, period: str, error: Exception, at: datetime) -> int:
    """The month of a customer that cannot be worked on is parked as failed: people are told (R24)."""
    customer = lock_customer(customer_id)
    _run, made = AutoInvoicingRun.objects.get_or_create(
        customer=customer,
        period=period,
        defaults={"result": Result.FAILED, "reason": BROKEN, "ran_at": at},
    )
    if made:
        owed = notice("auto_invoicing_failed", customer_id, period, DomainError(BROKEN))
        enqueue_many(owed=[owed], at=at)
        log.error(
            "auto_invoicing_parked",
            customer=customer_id,
            period=period,
            problem=type(error).__name__,
        )
    return int(made)


def verdict_now(*, customer: CustomerAccount, period: str, at: datetime) -> Verdict | None:
    """What would become of the month now; None without settings. Writes nothing."""
    verdicts = _judge([customer], group_of(customer), period, at, Catalogue(), on=False)
    return verdicts[0] if verdicts else None


@transaction.atomic
def run_again(
    *, customer: CustomerAccount, period: str, by: User | None, at: datetime
) -> AutoInvoicingRun:
    """Try a failed month again, or catch up one that passed during a pause (SC-96, D12).

    By the customer's people, or by staff who may (logged then). A month that did not fail is left as it
    is. Raises `not_permitted`, `four_eyes`, `account_closed`, `not_found`, `auto_invoicing_off`, and
    why it would fail again; nothing has happened then.
    """
    customer = lock_customer(customer.pk)
    staff = by is not None and not acts_for(by, customer)
    if by is not None and staff:
        require_staff(by, RETRY, customer)
    require_open(customer)
    run = AutoInvoicingRun.objects.filter(customer=customer, period=period).first()
    if run is None:
        raise DomainError("not_found")
    if run.result != Result.FAILED:
        return run
    if not AutoInvoicing.objects.filter(customer=customer, enabled=True).exists():
        raise DomainError("auto_invoicing_off")
    group, catalogue = group_of(customer), Catalogue()
    (verdict,) = _judge([customer], group, period, at, catalogue, on=False)
    if verdict.refusal:
        raise verdict.refusal
    written = _write([verdict], period, at, catalogue)
    reason = run.reason
    run.result, run.reason, run.total, run.offer = _result(verdict), "", verdict.total, ZERO
    run.application_id, run.ran_at = written.get(customer.pk), at
    run.save()
    if staff:
        record(
            customer=customer,
            actor=by,
            action="auto_invoicing_retried",
            about=period,
            before={"result": Result.FAILED, "reason": reason},
            after={"result": run.result},
            at=at,
        )
    return run
