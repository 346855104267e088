"""Import a usage file: `manage.py import_usage FILE --customer CODE [--at MOMENT] [--how HOW] [--dry-run]`."""

import argparse
import time
from datetime import datetime
from pathlib import Path
from typing import Any, NoReturn

from django.core.management.base import BaseCommand

from accounts.models import CustomerAccount
from finance_console.kernel.clock import moment
from finance_console.kernel.errors import DomainError
from ledger.services.usage.files import UsageFileError
from ledger.services.usage.importing import take_usage
from ledger.services.usage.replacing import Effect, How


class Command(BaseCommand):
    """One service call; says what was imported, or why nothing was (exit status 1)."""

    help = (
        "Import a CSV file (FOCUS 1.x, AWS CUR 2.0, Alibaba Cloud consumption details; plain or gzip) as usage of one"
        " customer, all lines or none. A newer export replaces an older one."
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="CSV file, may be gzip-compressed")
        parser.add_argument("--customer", required=True, help="customer number")
        parser.add_argument(
            "--at", help="when it arrives (ISO 8601 with offset), default now", default=None
        )
        parser.add_argument(
            "--how",
            choices=[str(how) for how in How],
            default=str(How.AUTO),
            help="what becomes of earlier files: auto replaces those whose lines it holds again",
        )
        parser.add_argument("--dry-run", action="store_true", help="only say what would change")

    def handle(self, *args: Any, file: Path, customer: str, at: str | None, **options: Any) -> None:
        """`options`: `how` and `dry_run`."""
        owner = CustomerAccount.objects.filter(code=customer).first()
        if owner is None:
            self._refuse(f"There is no customer {customer}.")
        arrives = self._moment(at)
        started = time.monotonic()
        try:
            with file.open("rb") as stream:
                imported = take_usage(
                    customer=owner,
                    name=file.name,
                    stream=stream,
                    at=arrives,
                    how=How(options["how"]),
                    only_look=options["dry_run"],
                )
        except OSError as error:
            self._refuse(f"{file} cannot be read: {error.strerror}.")
        except UsageFileError as error:
            self._refuse(
                f"{error}", *(f"  line {number}: {reason}" for number, reason in error.lines)
            )
        except DomainError as error:
            self._refuse(str(error))
        batch = imported.batch
        if imported.known:
            self.stdout.write(
                f"{file.name} was already imported on {batch.imported_at:%Y-%m-%d}: nothing changed."
            )
            return
        seconds = time.monotonic() - started
        self.stdout.write(
            f"{batch.lines:,} lines, {batch.total.normalize():f} {batch.currency} in {seconds:.1f} s"
            f" ({batch.lines / seconds:,.0f} lines/s)"
        )
        self._say_effect(imported.effect)
        if options["dry_run"]:
            self.stdout.write("Nothing was imported: this was a dry run.")

    def _say_effect(self, effect: Effect) -> None:
        if effect.replaces:
            self.stdout.write(
                f"It replaces an earlier export: {effect.new:,} new, {effect.changed:,} changed, {effect.gone:,} gone,"
                f" {effect.unchanged:,} unchanged; {effect.billed:,} are billed already, of which"
                f" {effect.corrected.normalize():f} goes to the next bill."
            )
        if effect.rounded:
            self.stdout.write(
                f"{effect.rounded:,} amounts have more than 30 decimals and were rounded half to even."
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
