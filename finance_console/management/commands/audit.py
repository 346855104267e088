"""manage.py audit: prove every invariant from the rows, or name the rows at fault."""

import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from finance_console.audit import run_audit


class Command(BaseCommand):
    help = "Check every invariant of the books and the invoices; exit 1 and name the rows if one is broken."

    def handle(self, *args: Any, **options: Any) -> None:
        started = time.monotonic()
        results = run_audit()
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
