"""manage.py read_invoice FILE: the figures of an invoice file as JSON, or one line that says why it is none."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from invoicing.documents.xml_import import import_invoice
from invoicing.documents.xml_safe import MAX_BYTES, InvalidDocument


class Command(BaseCommand):
    help = "Read an invoice in XML, of any known dialect, and print its figures as JSON; exit 1 when it cannot be believed."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, file: Path, **options: Any) -> None:
        try:
            with file.open("rb") as opened:
                invoice = import_invoice(opened.read(MAX_BYTES + 1))
        except OSError as problem:
            raise CommandError(f"{file}: {problem.strerror}") from None
        except InvalidDocument as problem:
            raise CommandError(f"{file}: {problem}") from None
        fields = json.loads(invoice.to_json())
        self.stdout.write(json.dumps(fields, ensure_ascii=False, indent=2))
