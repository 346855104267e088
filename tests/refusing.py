"""Asserting a refusal: its code, and that nothing happened."""

from collections.abc import Callable
from typing import Any

import pytest
from django.apps import apps
from django.db import connection, transaction

from finance_console.kernel.errors import DomainError


def fingerprint() -> list[tuple[str, str]]:
    """A checksum of every row of our own tables."""
    tables = [
        model._meta.db_table
        for label in ("accounts", "ledger", "invoicing")
        for model in apps.get_app_config(label).get_models()
    ]
    sums = []
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(
                f"SELECT coalesce(md5(string_agg(t::text, chr(10) ORDER BY t::text)), '') FROM \"{table}\" t"
            )
            sums.append((table, cursor.fetchone()[0]))
    return sums


def refused(code: str, call: Callable[[], Any]) -> DomainError:
    """`call` is refused with `code`, and no row of ours changed."""
    before = fingerprint()
    with pytest.raises(DomainError) as refusal, transaction.atomic():
        call()
    assert refusal.value.code == code
    assert fingerprint() == before
    return refusal.value
