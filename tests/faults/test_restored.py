"""A backup restored elsewhere is whole: the audit passes, and nobody is told twice (R38)."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection

from accounts.models import OutboxMessage
from finance_console.embedded.servers import postgres_program
from tests.faults import test_sweeps as sweeps
from tests.refusing import fingerprint

pytestmark = pytest.mark.django_db(transaction=True)
story = sweeps.story
NEWER = "transaction_timeout"  # a setting that servers before 17 do not know


def _run(name: str, *arguments: str) -> list[str]:
    """What a program of the wheel's newest PostgreSQL complains of; it speaks to older servers, too."""
    connection.ensure_connection()
    at = connection.connection.info
    address = {"PGHOST": at.host, "PGPORT": at.port, "PGUSER": at.user, "PGPASSWORD": at.password}
    connection.close()
    done = subprocess.run(
        [postgres_program(name), *arguments],
        env=os.environ | {key: str(value) for key, value in address.items() if value},
        capture_output=True,
        text=True,
    )
    return [line for line in done.stderr.splitlines() if "error:" in line and NEWER not in line]


@contextmanager
def _restored_elsewhere(dump: Path) -> Iterator[None]:
    """The default connection speaks to a copy that was made of a dump, on the same server."""
    name = connection.settings_dict["NAME"]
    elsewhere = f"{name}_restored"
    assert _run("pg_dump", "--format=custom", "--file", str(dump), name) == []
    assert _run("createdb", elsewhere) == []
    try:
        assert _run("pg_restore", "--dbname", elsewhere, str(dump)) == []
        connection.settings_dict["NAME"] = elsewhere
        yield
    finally:
        connection.close()
        connection.settings_dict["NAME"] = name
        assert _run("dropdb", "--force", elsewhere) == []


def test_a_restored_backup_passes_the_audit_and_tells_nobody_twice(story, tmp_path):
    for moment in (sweeps.NOON, sweeps.LATER):
        sweeps.settle(moment)
    told, kept = OutboxMessage.objects.exclude(sent_at=None).count(), fingerprint()
    assert told >= 3

    with _restored_elsewhere(tmp_path / "backup"):
        assert fingerprint() == kept
        call_command("audit", "--all-files")
        sweeps.settle(sweeps.LATER + timedelta(minutes=10))
        assert OutboxMessage.objects.exclude(sent_at=None).count() == told
        assert OutboxMessage.objects.count() == told
        call_command("audit")
