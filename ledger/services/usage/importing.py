"""Importing usage files: streaming, once per content, all lines or none; a newer export replaces an older one."""

import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal, localcontext
from itertools import islice
from typing import IO

from django.db import connection, transaction
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_noop as _

from accounts.models import CustomerAccount
from accounts.services.customers.locking import lock_customer, require_open
from ledger.domain import focus
from ledger.domain.focus import BadLine, FocusLine
from ledger.domain.focus_values import Problem
from ledger.models import Product, UsageBatch, UsageSource
from ledger.services.catalogue import Routes
from ledger.services.usage.files import UsageFileError, fingerprint, rewindable, text_lines
from ledger.services.usage.metering import earliest_month
from ledger.services.usage.replacing import Effect, How, replace_earlier

MOST_SHOWN = 20
MOST_SOURCES = 1_000
CHUNK = 2_000
COPY = """
COPY ledger_usagerecord
    (customer_id, batch_id, currency, line, tax_category_id, product_id, amount, used_at, period, resource)
FROM STDIN
"""
COPY_EXPORT = COPY.replace("resource)", "resource, source_id, identity)")


@dataclass(frozen=True, slots=True)
class Imported:
    """The batch of a file and what it changed; `known`: the same content was imported before."""

    batch: UsageBatch
    effect: Effect
    known: bool = False


def import_focus(
    *, customer: CustomerAccount, name: str, stream: IO[bytes], at: datetime
) -> UsageBatch:
    """Import a usage file as `take_usage` does; its batch."""
    return take_usage(customer=customer, name=name, stream=stream, at=at).batch


def take_usage(
    *,
    customer: CustomerAccount,
    name: str,
    stream: IO[bytes],
    at: datetime,
    how: How = How.AUTO,
    only_look: bool = False,
) -> Imported:
    """Import a usage file (FOCUS 1.x, AWS CUR 2.0 or Alibaba Cloud details; CSV, plain or gzip) of `customer`.

    Memory does not grow with the file. Idempotent by what it says (`files.fingerprint`): the same
    file again returns the first batch. Issuer and service name the product (`focus.product_sku`),
    which with the local day of use decides tax key and invoicing entity. Usage is billed in the
    month of its billing period, or in the earliest month still open at `at`. Lines of 0 are kept.
    A newer export of the same source and month replaces what is not billed, and corrects what is
    (`replacing`). `only_look` writes nothing: what it would change.
    Raises `UsageFileError` (code `file_rejected`) when anything is wrong with the file or with any
    of its lines, and `account_closed`; nothing is written then.
    """
    with tempfile.TemporaryFile() as spool:
        content = rewindable(stream, spool)
        sha256 = fingerprint(content)
        with transaction.atomic():
            customer = lock_customer(customer.pk)
            require_open(customer)
            first = UsageBatch.objects.filter(customer=customer, sha256=sha256).first()
            if first:
                return Imported(first, Effect(), known=True)
            imported = _import(customer, name, sha256, content, at, how)
            if only_look:
                transaction.set_rollback(True)
            return imported


def _import(
    customer: CustomerAccount,
    name: str,
    sha256: str,
    content: IO[bytes],
    at: datetime,
    how: How,
) -> Imported:
    batch = UsageBatch.objects.create(
        customer=customer,
        name=name[:200],
        sha256=sha256,
        lines=0,
        total=Decimal(0),
        currency=customer.currency,
        imported_at=at,
    )
    earliest = earliest_month(customer, at)
    products = {
        product.sku: product for product in Product.objects.filter(sku__startswith=focus.SKU_PREFIX)
    }
    read = focus.read(text_lines(content), customer.currency, customer.tz)
    lines = _checked(read, products)
    writer = _Writer(customer, batch, earliest, Routes(products.values()), _Sources(customer))
    rounded = 0
    try:
        with localcontext(prec=80):
            for chunk in iter(lambda: list(islice(lines, CHUNK)), []):
                writer.copy(chunk)
                batch.lines += len(chunk)
                batch.total += sum(line.amount for line, _product in chunk)
                rounded += sum(line.rounded for line, _product in chunk)
    except Problem as problem:
        raise UsageFileError(_say(problem)) from None
    if not batch.lines:
        raise UsageFileError(gettext("it has no lines besides its header."))
    batch.save(update_fields=["lines", "total"])
    earlier = writer.sources.earlier
    effect = replace_earlier(batch=batch, sources=earlier, how=how, earliest=earliest)
    return Imported(batch, replace(effect, rounded=rounded))


class _Sources:
    """The sources of a file, found or made; `earlier` are those that were there before it."""

    def __init__(self, customer: CustomerAccount) -> None:
        self._customer = customer
        self._known: dict[tuple[str, str, str], int] = {}
        self.earlier: list[int] = []

    def id_of(self, line: FocusLine) -> int:
        """Raises Problem for a file of more sources than any export has."""
        key = (line.issuer, line.account, line.month)
        if key not in self._known:
            if len(self._known) == MOST_SOURCES:
                raise Problem(
                    _("it has more than %(limit)s billing accounts and months."), limit=MOST_SOURCES
                )
            issuer, account, month = key
            source, created = UsageSource.objects.get_or_create(
                customer=self._customer, issuer=issuer[:300], account=account, month=month
            )
            self._known[key] = source.pk
            if not created:
                self.earlier.append(source.pk)
        return self._known[key]


Routed = tuple[FocusLine, Product]


def _checked(
    lines: Iterable[FocusLine | BadLine], products: Mapping[str, Product]
) -> Iterator[Routed]:
    """The lines with their products. Bad ones are collected; then nothing more comes out.

    Raises `UsageFileError` after `MOST_SHOWN` bad lines, or at the end when there was any.
    """
    bad: list[tuple[int, str]] = []
    for line in lines:
        if isinstance(line, FocusLine):
            product = products.get(focus.product_sku(line.issuer, line.service))
            if product is None:
                bad.append((line.number, _say(_no_product(line, products))))
            elif not bad:
                yield line, product
        else:
            bad.append((line.number, _say(line.problem)))
        if len(bad) == MOST_SHOWN:
            break
    if bad:
        raise UsageFileError(_summary(bad), bad)


def _no_product(line: FocusLine, skus: Iterable[str]) -> Problem:
    if not any(sku.startswith(focus.product_sku(line.issuer, "")) for sku in skus):
        return Problem(
            _("the invoice issuer %(issuer)s is not in the catalogue."), issuer=line.issuer
        )
    return Problem(
        _("the service %(service)s of %(issuer)s is not in the catalogue."),
        service=line.service,
        issuer=line.issuer,
    )


def _summary(bad: Sequence[tuple[int, str]]) -> str:
    count = len(bad)
    if count == MOST_SHOWN:
        text = gettext("%(count)s or more lines are wrong; line %(number)s: %(reason)s")
    else:
        text = ngettext(
            "one line is wrong; line %(number)s: %(reason)s",
            "%(count)s lines are wrong; line %(number)s: %(reason)s",
            count,
        )
    number, reason = bad[0]
    return text % {"count": count, "number": number, "reason": reason}


def _say(problem: Problem) -> str:
    return gettext(problem.sentence) % problem.values


@dataclass(slots=True)
class _Writer:
    """Writes lines as records of a batch."""

    customer: CustomerAccount
    batch: UsageBatch
    earliest: str
    routes: Routes
    sources: _Sources

    def copy(self, lines: Sequence[Routed]) -> None:
        """Write `lines`. Raises Problem."""
        tz = self.customer.tz
        sources = [self.sources.id_of(line) for line, _product in lines]
        with connection.cursor() as cursor, cursor.copy(COPY_EXPORT) as copy:
            for source, (line, product) in zip(sources, lines, strict=True):
                copy.write_row(
                    (
                        self.customer.pk,
                        self.batch.pk,
                        self.batch.currency,
                        line.number,
                        self.routes.key_id(product.pk, line.used_at, tz),
                        product.pk,
                        line.amount,
                        line.used_at,
                        max(line.month, self.earliest),
                        line.resource,
                        source,
                        line.identity,
                    )
                )
