"""Load the announced public holidays: `manage.py load_holidays`."""

from typing import Any

from django.core.management.base import BaseCommand

from accounts.queries.workdays import years_without_holidays
from accounts.services.holidays import load_holidays
from finance_console.kernel.clock import moment


class Command(BaseCommand):
    """Adds what the working-day calendar lacks; says which years have no data."""

    help = "Load the public holidays and make-up working days of mainland China that are known."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{load_holidays()} days added to the working-day calendar.")
        for year in years_without_holidays(moment()):
            self.stderr.write(
                f"No holidays are known for {year}: enter them in the admin once they are announced."
            )
