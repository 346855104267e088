"""How banks write their CSV: the formats that are shipped, and those that two operators made for this house."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.db.models import Max

from accounts.models import User
from finance_console.kernel.errors import DomainError
from ledger.domain.bank_files import Problem
from ledger.domain.bank_format import Format, parse, shipped
from ledger.models import BankFormat
from ledger.services.operators import FORMATS, require_another, require_operator


def current_formats() -> Mapping[str, Format]:
    """The formats in force, by code: the newest approved version, else the shipped one."""
    formats = dict(shipped())
    approved = BankFormat.objects.exclude(approved_by=None).order_by("version")
    formats |= {row.code: parse(row.code, row.definition) for row in approved}
    return formats


@transaction.atomic
def define_format(
    *, code: str, definition: Mapping[str, str], by: User, at: datetime
) -> BankFormat:
    """A new version of a bank's format, which waits for another person. Raises `not_permitted`,
    `format_unreadable` (its values name the field)."""
    require_operator(by, FORMATS)
    try:
        form = parse(code, definition)
    except Problem as problem:
        raise DomainError("format_unreadable", field=problem.column) from None
    newest = BankFormat.objects.filter(code=code).aggregate(newest=Max("version"))["newest"] or 0
    return BankFormat.objects.create(
        code=code, version=newest + 1, definition=dict(form.definition), made_by=by, made_at=at
    )


@transaction.atomic
def approve_format(*, row: BankFormat, by: User, at: datetime) -> BankFormat:
    """Put a version in force. Raises `not_permitted`, `four_eyes` (`by` defined it), `wrong_state`
    when it is in force already or a newer one is."""
    require_operator(by, FORMATS)
    row = BankFormat.objects.select_for_update(no_key=True).get(pk=row.pk)
    require_another(by, row.made_by_id)
    newer = BankFormat.objects.filter(code=row.code, version__gte=row.version)
    if newer.exclude(approved_by=None).exists():
        raise DomainError("wrong_state", state=str(row))
    row.approved_by, row.approved_at = by, at
    row.save(update_fields=["approved_by", "approved_at"])
    return row
