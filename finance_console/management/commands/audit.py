"""manage.py audit: prove every invariant from the rows, or name the rows at fault."""

import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from finance_console.audit import run_audit, share
from finance_console.kernel import clock


class Command(BaseCommand):
    help = "Check every invariant of the books and the invoices; exit 1 and name the rows if one is broken."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--all-files",
            action="store_true",
            help="Read every stored file to its last byte. Without it a run looks at the size of all"
            " and reads those of the day: each file once in 32 days.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        started = time.monotonic()
        read = share.ALL if options["all_files"] else share.of_the_night(clock.moment().date())
        results = run_audit(read=read)
        broken = [result for result in results if result.rows]
        for result in broken:
            self.stdout.write(self.style.ERROR(f"BROKEN  {result.name}"))
            for row in result.rows:
                self.stdout.write(f"        {row}")
        if broken:
            raise CommandError(f"{len(broken)} of {len(results)} invariants are broken.")
        seconds = time.monotonic() - started
        self.stdout.write(
            self.style.SUCCESS(f"Audit: {len(results)} invariants hold ({seconds:.2f} s).")
        )
