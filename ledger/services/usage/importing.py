"""Importing usage from FOCUS files: streaming, once per content, and all lines or none."""

import gzip
import hashlib
import io
import shutil
import tempfile
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from decimal import Decimal, localcontext
from itertools import islice
from typing import IO

from django.db import connection, transaction
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_noop as _

from accounts.models import CustomerAccount
from accounts.services.customers.locking import lock_customer, require_open
from finance_console.kernel.errors import DomainError
from ledger.domain import focus
from ledger.domain.focus import BadLine, FocusLine, Problem
from ledger.models import Product, UsageBatch
from ledger.services.catalogue import Routes
from ledger.services.usage.metering import earliest_month

MOST_SHOWN = 20
CHUNK = 2_000
BLOCK = 1 << 16
GZIP_MAGIC = b"\x1f\x8b"
COPY = """
COPY ledger_usagerecord
    (customer_id, batch_id, currency, line, tax_category_id, product_id, amount, used_at, period, resource)
FROM STDIN
"""
Row = tuple[int, int, str, int, int, int, Decimal, datetime, str, str]


class UsageFileError(DomainError):
    """The file was refused and nothing of it was kept.

    `lines` are the first bad lines (at most `MOST_SHOWN`), each with its number and a sentence;
    empty when the file as a whole is wrong.
    """

    def __init__(self, problem: str, lines: Sequence[tuple[int, str]] = ()) -> None:
        self.lines = tuple(lines)
        super().__init__("file_rejected", problem=problem)


def import_focus(
    *, customer: CustomerAccount, name: str, stream: IO[bytes], at: datetime
) -> UsageBatch:
    """Import a FOCUS 1.x CSV file (plain or gzip) as usage of `customer`; amounts stay exact.

    Memory does not grow with the file. Idempotent by content (the SHA-256 of the uncompressed
    file): the same file again returns the first batch. Issuer and service name the product
    (`focus.product_sku`), which with the local day of use decides tax key and invoicing entity.
    Usage is billed in the month of its
    billing period, or in the earliest month still open at `at`. Lines of 0 are kept.
    Raises `UsageFileError` (code `file_rejected`) when anything is wrong with the file or with any
    of its lines, and `account_closed`; nothing is written then.
    """
    with tempfile.TemporaryFile() as spool:
        content = _rewindable(stream, spool)
        sha256 = _sha256(content)
        with transaction.atomic():
            customer = lock_customer(customer.pk)
            require_open(customer)
            first = UsageBatch.objects.filter(customer=customer, sha256=sha256).first()
            return first or _import(customer, name, sha256, content, at)


def _import(
    customer: CustomerAccount, name: str, sha256: str, content: IO[bytes], at: datetime
) -> UsageBatch:
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
    lines = _checked(focus.read(_text_lines(content), customer.currency), products)
    routes = Routes(products.values())
    try:
        with localcontext(prec=60):
            for chunk in iter(lambda: list(islice(lines, CHUNK)), []):
                _copy(customer, batch, chunk, earliest, routes)
                batch.lines += len(chunk)
                batch.total += sum(line.amount for line, _product in chunk)
    except Problem as problem:
        raise UsageFileError(_say(problem)) from None
    if not batch.lines:
        raise UsageFileError(gettext("it has no lines besides its header."))
    batch.save(update_fields=["lines", "total"])
    return batch


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


def _copy(
    customer: CustomerAccount,
    batch: UsageBatch,
    lines: Sequence[Routed],
    earliest: str,
    routes: Routes,
) -> None:
    tz = customer.tz
    with connection.cursor() as cursor, cursor.copy(COPY) as copy:
        for line, product in lines:
            row: Row = (
                customer.pk,
                batch.pk,
                batch.currency,
                line.number,
                routes.key_id(product.pk, line.used_at, tz),
                product.pk,
                line.amount,
                line.used_at,
                max(line.month, earliest),
                line.resource,
            )
            copy.write_row(row)


def _rewindable(stream: IO[bytes], spool: IO[bytes]) -> IO[bytes]:
    """The content can be read twice: a stream that cannot is copied to disk first."""
    if stream.seekable():
        return stream
    shutil.copyfileobj(stream, spool, BLOCK)
    return spool


def _opened(content: IO[bytes]) -> IO[bytes]:
    """The uncompressed content, from its beginning."""
    content.seek(0)
    magic = content.read(len(GZIP_MAGIC))
    content.seek(0)
    return gzip.GzipFile(fileobj=content) if magic == GZIP_MAGIC else content  # type: ignore[return-value]


def _sha256(content: IO[bytes]) -> str:
    """Of the uncompressed content, so that the same file is known again however it was packed."""
    digest = hashlib.sha256()
    unpacked = _opened(content)
    try:
        while block := unpacked.read(BLOCK):
            digest.update(block)
    except EOFError:
        raise UsageFileError(gettext("it is truncated: the gzip data ends too early.")) from None
    except (gzip.BadGzipFile, zlib.error):
        raise UsageFileError(gettext("its gzip data is damaged.")) from None
    return digest.hexdigest()


def _text_lines(content: IO[bytes]) -> Iterator[str]:
    """The file's lines, at most one character longer than the longest that is allowed."""
    unpacked = _opened(content)
    text = io.TextIOWrapper(unpacked, encoding="utf-8-sig", newline="")
    try:
        while line := text.readline(focus.LONGEST_LINE):
            yield line
    except UnicodeDecodeError:
        raise Problem(_("it is not text in UTF-8.")) from None
    finally:
        with suppress(ValueError):  # the caller has closed it already
            text.detach()  # closing the stream is the caller's business
