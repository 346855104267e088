"""No check of the audit without a corruption, planted in some test, that it finds."""

from importlib import import_module

import pytest
from django.db import connection

from finance_console.audit import files, run_audit, uploads
from finance_console.audit.run import CHECKS
from tests.audit import (
    test_audit,
    test_bank_checks,
    test_invoice_checks,
    test_ledger_checks,
    test_movements,
)

PLANTED = (
    *test_audit.CORRUPTION,
    *test_audit.CREDIT_CORRUPTION,
    *test_bank_checks.CORRUPTION,
    *test_invoice_checks.CORRUPTION,
    *test_ledger_checks.CORRUPTION,
    *test_movements.CORRUPTION,
)
TESTS_OF_THEIR_OWN = {
    "a redeemed code gave": "tests.audit.test_ledger_checks.test_a_code_without_its_lot_and_a_lot_without_its_code_are_named",
    "the hash chain of an account": "tests.audit.test_movements.test_the_first_altered_entry_is_named_even_when_its_own_hash_was_made_to_fit",
    "an account ends where": "tests.audit.test_movements.test_the_last_entry_with_a_new_hash_does_not_end_its_account",
    "an uploaded file belongs": "tests.audit.test_audit.test_an_uploaded_file_of_another_customer_is_found",
    "every uploaded file has": "tests.audit.test_audit.test_an_uploaded_file_without_its_content_is_found",
    "all guards are in place": "tests.audit.test_audit.test_a_guard_that_was_switched_off_is_found",
    "what was confirmed survives": "tests.audit.test_every_check.test_a_database_that_may_lose_what_it_confirmed_is_found",
    "the application role owns": "tests.ledger.test_application_role.test_the_audit_finds_rights_that_the_role_should_not_have",
    "every stored document": "tests.audit.test_stored_files.test_a_document_that_no_row_names_is_found",
    "every filed document": "tests.documents.test_filing.test_what_cannot_be_made_again_is_never_replaced_and_the_audit_names_it",
}  # fmt: skip


def test_every_check_finds_a_corruption_that_some_test_plants():
    named = [*(check.name for check in CHECKS), files.NAME, files.NAMED, uploads.NAME]
    sentences = (*PLANTED, *TESTS_OF_THEIR_OWN)
    assert [name for name in named if not name.startswith(sentences)] == []
    assert [said for said in sentences if sum(name.startswith(said) for name in named) != 1] == []
    for place in TESTS_OF_THEIR_OWN.values():
        module, _dot, test = place.rpartition(".")
        assert callable(getattr(import_module(module), test))


@pytest.mark.django_db
@pytest.mark.corrupts
def test_a_database_that_may_lose_what_it_confirmed_is_found():  # R36, I21
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL synchronous_commit = off")
    (broken,) = [result for result in run_audit() if result.rows]
    assert broken.name.startswith("what was confirmed survives a crash")
    assert broken.rows == ("setting synchronous_commit, value off",)
