"""Bring the books of another system: `manage.py import_books FOLDER --by USER --approved-by USER [--dry-run]`."""

import argparse
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.models import User
from finance_console.kernel import writing
from finance_console.kernel.clock import moment
from finance_console.kernel.errors import DomainError
from ledger.domain.opening_files import COLUMNS
from ledger.services.opening import BooksError, open_books


class Command(BaseCommand):
    """One service call; says what was brought in, or why nothing was. docs/migrating.md walks through it."""

    help = (
        "Open the books with customers, balances and open orders of another system, all or nothing."
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument(
            "folder", type=Path, help="with customers, balances, orders, totals as .csv or .xlsx"
        )
        parser.add_argument("--by", required=True, help="who asks for the opening transfers")
        parser.add_argument(
            "--approved-by", required=True, help="who approves them: another person"
        )
        parser.add_argument("--dry-run", action="store_true", help="do everything and keep nothing")

    def handle(self, *args: Any, folder: Path, **options: Any) -> None:
        """`options`: `by`, `approved_by`, `dry_run`."""
        contents = {}
        for table in COLUMNS:
            files = [
                file for end in ("csv", "xlsx") if (file := folder / f"{table}.{end}").exists()
            ]
            if len(files) > 1:
                raise CommandError(f"{folder} holds {table} twice, as .csv and .xlsx.")
            if files:
                contents[table] = files[0].read_bytes()
        try:
            sums = open_books(
                contents=contents,
                by=self._person(options["by"]),
                approved_by=self._person(options["approved_by"]),
                at=moment(),
                only_look=options["dry_run"],
            )
        except BooksError as error:
            raise CommandError("\n".join(error.lines)) from None
        except DomainError as error:
            raise CommandError(str(error)) from None
        for (what, currency), (count, amount) in sorted(sums.items()):
            self.stdout.write(f"{what} {currency}: {count:,} lines, {writing.money(amount)}")
        self.stdout.write(
            "Nothing was kept: this was a dry run." if options["dry_run"] else "Imported."
        )

    def _person(self, name: str) -> User:
        person = User.objects.filter(username=name).first()
        if person is None:
            raise CommandError(f"There is no user {name}.")
        return person
