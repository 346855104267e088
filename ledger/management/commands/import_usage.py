"""Import a FOCUS billing file: `manage.py import_usage FILE --customer CODE [--at MOMENT]`."""

import argparse
import time
from datetime import datetime
from pathlib import Path
from typing import Any, NoReturn

from django.core.management.base import BaseCommand
from django.db.models import Max

from accounts.models import CustomerAccount
from finance_console.kernel.clock import moment
from finance_console.kernel.errors import DomainError
from ledger.models import UsageBatch
from ledger.services.usage.importing import UsageFileError, import_focus


class Command(BaseCommand):
    """One service call; says what was imported, or why nothing was (exit status 1)."""

    help = (
        "Import a FOCUS 1.x CSV file (plain or gzip) as usage of one customer, all lines or none."
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="CSV file, may be gzip-compressed")
        parser.add_argument("--customer", required=True, help="customer number")
        parser.add_argument(
            "--at", help="when it arrives (ISO 8601 with offset), default now", default=None
        )

    def handle(self, *args: Any, file: Path, customer: str, at: str | None, **options: Any) -> None:
        owner = CustomerAccount.objects.filter(code=customer).first()
        if owner is None:
            self._refuse(f"There is no customer {customer}.")
        newest = UsageBatch.objects.aggregate(newest=Max("pk"))["newest"] or 0
        arrives = self._moment(at)
        started = time.monotonic()
        try:
            with file.open("rb") as stream:
                batch = import_focus(customer=owner, name=file.name, stream=stream, at=arrives)
        except OSError as error:
            self._refuse(f"{file} cannot be read: {error.strerror}.")
        except UsageFileError as error:
            self._refuse(
                f"{error}", *(f"  line {number}: {reason}" for number, reason in error.lines)
            )
        except DomainError as error:
            self._refuse(str(error))
        if batch.pk <= newest:
            self.stdout.write(
                f"{file.name} was already imported on {batch.imported_at:%Y-%m-%d}: nothing changed."
            )
            return
        seconds = time.monotonic() - started
        self.stdout.write(
            f"{batch.lines:,} lines, {batch.total.normalize():f} {batch.currency} in {seconds:.1f} s"
            f" ({batch.lines / seconds:,.0f} lines/s)"
        )

    def _moment(self, text: str | None) -> datetime:
        try:
            arrives = moment(text)
        except ValueError:
            arrives = None
        if arrives is None or arrives.tzinfo is None:
            self._refuse(f"--at is not a moment in ISO 8601 with an offset: {text}.")
        return arrives

    def _refuse(self, *lines: str) -> NoReturn:
        self.stderr.write("\n".join(lines))
        raise SystemExit(1)
