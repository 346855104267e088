"""Importing bank statements: once per content, each line once, the whole file or nothing."""

from collections import Counter
from datetime import datetime
from typing import IO

from django.db import connection, transaction

from accounts.models import User
from accounts.services.customers.locking import lock_customers
from finance_console.kernel.money import ZERO
from ledger.domain import bank_identity
from ledger.models import BankLine, BankStatement
from ledger.services.bank.judging import CHUNK, Outcome, Preview, held_before, judge
from ledger.services.bank.matching import make_recharge
from ledger.services.bank.reading import AS_IT_SAYS, Choice, read_file, sha256_of
from ledger.services.operators import IMPORT, require_operator

ONE_AT_A_TIME = 0x62616E6B  # any number, the same in every process


def preview(*, stream: IO[bytes], by: User, at: datetime, choice: Choice = AS_IT_SAYS) -> Preview:
    """What importing this bank file would do at `at`; writes nothing.

    `stream` is seekable. Raises `not_permitted` and `BankFileError` (code `file_rejected`).
    """
    require_operator(by, IMPORT)
    return judge(sha256_of(stream), read_file(stream, at, choice))


@transaction.atomic
def import_statement(
    *, name: str, stream: IO[bytes], by: User | None, at: datetime, choice: Choice = AS_IT_SAYS
) -> tuple[BankStatement, Preview]:
    """Import a bank file (camt.053, MT940 or CSV); its first statement and what became of all lines.

    What certainly belongs to a customer becomes a recharge of the booking day, and what is as sure
    as `BANK_BOOK_FROM` asks for, by the system; the rest waits at the desk. Idempotent by content: the same file again changes nothing. A line that an earlier
    statement of the account held is a duplicate and not imported (`bank_identity`). `by` None is
    the system. Raises `not_permitted`, and `BankFileError` (code `file_rejected`) when anything is
    wrong with the file or any line; nothing is written then.
    """
    if by is not None:
        require_operator(by, IMPORT)
    sha256 = sha256_of(stream)
    reading = read_file(stream, at, choice)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [ONE_AT_A_TIME])
    previewed = judge(sha256, reading)
    if previewed.known:
        return previewed.known, previewed
    customers = lock_customers({row.customer.pk for row in previewed.rows if row.customer})
    written = [
        _write(name, previewed, part, by, at) for part, _head in enumerate(previewed.heads, start=1)
    ]
    for statement in written:
        rows = [row for row in previewed.rows if row.part == statement.part]
        for line in statement.lines.order_by("position"):
            row = rows[line.position - 1]
            if row.customer and not customers[row.customer.pk].is_closed:
                customer = customers[row.customer.pk]
                make_recharge(line=line, customer=customer, by=by, at=at, likely=row.likely)
    return written[0], previewed


def _write(
    name: str, previewed: Preview, part: int, by: User | None, at: datetime
) -> BankStatement:
    head = previewed.heads[part - 1]
    rows = [row for row in previewed.rows if row.part == part]
    statement = BankStatement.objects.create(
        name=name[:200],
        sha256=previewed.sha256,
        part=part,
        account=head.account,
        currency=head.currency,
        format=previewed.format.code if previewed.format else "",
        lines_count=len(rows),
        total=sum((row.line.amount for row in rows), ZERO),
        left_out=sum((row.line.amount for row in rows if row.outcome == Outcome.DUPLICATE), ZERO),
        opening=head.opening,
        closing=head.closing,
        begins=head.begins,
        ends=head.ends,
        imported_by=by,
        imported_at=at,
    )
    places = Counter(
        bank_identity.key(held_line.line)
        for held_line in held_before(head, [row.line for row in rows])
    )
    lines = []
    for position, row in enumerate(rows, start=1):
        if row.outcome == Outcome.DUPLICATE:
            continue
        key = bank_identity.key(row.line)
        places[key] += 1
        lines.append(
            BankLine(
                statement=statement,
                position=position,
                place=places[key],
                account=head.account,
                reference=row.line.reference,
                amount=row.line.amount,
                currency=head.currency,
                booked_on=row.line.booked_on,
                payer=row.line.payer,
                payer_account=row.line.payer_account,
                paid_into=row.line.paid_into,
                remittance=row.line.remittance,
                balance=row.line.balance,
                undoes=row.line.undoes,
                doubtful=row.outcome == Outcome.DOUBTFUL,
            )
        )
    BankLine.objects.bulk_create(lines, batch_size=CHUNK)
    return statement
