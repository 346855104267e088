"""manage.py grant_role: give the application role its rights, after somebody else created it."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from ledger.services import application_role


class Command(BaseCommand):
    """What the migration does, once more: harmless, and needed when the role came later."""

    help = "Give the database role of web and workers its rights."

    def handle(self, *args: Any, **options: Any) -> None:
        name = application_role.name()
        if not application_role.grant(connection):
            raise CommandError(f"The role {name} does not exist and cannot be created from here.")
        self.stdout.write(f"The role {name} has its rights: set DATABASE_ROLE={name}.")
