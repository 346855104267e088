"""Checks of stored texts that documents print: each can be printed by the faces of today, and holds nothing hidden.

Fields refuse what cannot be printed where it is typed; this names what was stored before, or by a shell.
"""

from collections.abc import Iterator
from itertools import islice

from django.db.models import Model

from accounts.models import Address, Certification, CustomerAccount
from accounts.ports.paper import for_paper
from finance_console.doors.refusals import sentence
from finance_console.kernel.errors import DomainError
from invoicing.domain.title_rules import PARTY_FIELDS
from invoicing.models import InvoiceApplication, InvoiceTitle
from ledger.models import InvoicingEntity, Product, TaxCategory

NAME = "every text that invoices print can be printed"

PRINTED: dict[type[Model], tuple[str, ...]] = {
    CustomerAccount: ("name",),
    Certification: ("name",),
    Address: ("recipient", "phone", "line", "postcode"),
    InvoiceTitle: PARTY_FIELDS,
    InvoicingEntity: PARTY_FIELDS,
    Product: ("name",),
    TaxCategory: ("short_name", "content"),
}
"""The one list of what reaches paper, beside the remarks of applications that are not issued yet."""


def lost(limit: int) -> tuple[str, ...]:
    """Rows with a text that cannot be printed, at most `limit`."""
    return tuple(islice(_unprintable(), limit))


def _unprintable() -> Iterator[str]:
    for model, fields in PRINTED.items():
        rows = model._default_manager.order_by("pk").values_list("pk", *fields)
        for key, *values in rows.iterator(chunk_size=2000):
            yield from _faults(f"{model._meta.verbose_name} {key}", fields, values)
    status = InvoiceApplication.Status
    waiting = InvoiceApplication.objects.filter(
        status__in=(status.PENDING_APPROVAL, status.APPROVED)
    )
    for key, remarks in waiting.order_by("pk").values_list("pk", "remarks"):
        yield from _faults(f"application {key}", ("remarks",), [remarks])


def _faults(what: str, fields: tuple[str, ...], values: list[str]) -> Iterator[str]:
    for field, value in zip(fields, values, strict=True):
        try:
            for_paper(value, multiline=field == "remarks")
        except DomainError as error:
            yield f"{what}, {field}: {sentence(error)}"
