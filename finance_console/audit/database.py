"""Checks of the database itself: its promises are in force, and it does not lose what it confirmed (I21)."""

from finance_console.audit.check import Check
from ledger.services import application_role

TRIGGERS = (
    ("accounts_certification", "append_only"),
    ("accounts_certificationrequest", "never_deleted"),
    ("accounts_certificationrequest", "status_machine"),
    ("accounts_customeraccount", "one_way"),
    ("accounts_uploadedfile", "append_only"),
    ("accounts_auditrecord", "append_only"),
    ("accounts_submission", "answered_once"),
    ("accounts_submission", "never_deleted"),
    ("ledger_entry", "append_only"),
    ("ledger_entry", "entries_balanced"),
    ("ledger_transfer", "append_only"),
    ("ledger_transfer", "transfer_has_entries"),
    ("ledger_ledgeraccount", "identity"),
    ("ledger_ledgeraccount", "never_deleted"),
    ("ledger_periodlock", "append_only"),
    ("ledger_lot", "never_deleted"),
    ("ledger_lotuse", "append_only"),
    ("ledger_paymentevent", "append_only"),
    ("ledger_payment", "status_machine"),
    ("ledger_bankline", "status_machine"),
    ("ledger_withdrawal", "status_machine"),
    ("ledger_adjustment", "status_machine"),
    ("ledger_order", "status_machine"),
    ("ledger_bill", "status_machine"),
    ("ledger_activationcode", "set_once"),
    ("ledger_payment", "set_once"),
    ("ledger_bankline", "set_once"),
    ("ledger_withdrawal", "set_once"),
    ("ledger_recharge", "set_once"),
    ("accounts_customeraccount", "one_way"),
    ("invoicing_titleapplication", "never_deleted"),
    ("invoicing_titleapplication", "status_machine"),
    ("invoicing_invoiceapplication", "status_machine"),
    ("invoicing_invoiceapplication", "never_deleted"),
    ("invoicing_invoice", "status_machine"),
    ("invoicing_invoice", "frozen_when_issued"),
    ("invoicing_invoice", "never_deleted"),
    ("invoicing_invoice", "head_is_sum"),
    ("invoicing_invoiceline", "append_only"),
    ("invoicing_invoiceline", "line_is_sum"),
    ("invoicing_claim", "append_only"),
    ("invoicing_statuschange", "append_only"),
    ("invoicing_invoiceableitem", "tally_new"),
    ("invoicing_invoiceableitem", "tally_moved"),
    ("invoicing_invoiceableitem", "never_deleted"),
)

APPENDED = ", ".join(f"'{table}'" for table in application_role.APPEND_ONLY)
DELETABLE = ", ".join(f"'{table}'" for table in application_role.DELETABLE)

CHECKS = (
    Check(
        "the application role owns nothing and cannot change what is past",
        f"""SELECT c.relname AS "table", p.name AS privilege
           FROM pg_roles r
           JOIN pg_class c ON c.relkind IN ('r', 'p') AND c.relnamespace = current_schema()::regnamespace
           CROSS JOIN (VALUES ('UPDATE'), ('DELETE'), ('TRUNCATE'), ('TRIGGER'), ('OWNER')) AS p (name)
           WHERE r.rolname = %s AND CASE p.name
             WHEN 'OWNER' THEN r.rolsuper OR pg_has_role(r.oid, c.relowner, 'MEMBER')
             WHEN 'UPDATE' THEN c.relname IN ({APPENDED})
                  AND has_any_column_privilege(r.oid, c.oid, 'UPDATE')
             WHEN 'DELETE' THEN c.relname NOT IN ({DELETABLE})
                  AND has_table_privilege(r.oid, c.oid, 'DELETE')
             ELSE has_table_privilege(r.oid, c.oid, p.name) END""",
        [application_role.name()],
    ),
    Check(
        "all guards are in place and enabled",
        """SELECT wanted.tbl AS "table", wanted.name AS trigger
           FROM (VALUES {rows}) AS wanted (tbl, name)
           LEFT JOIN pg_trigger t ON t.tgrelid = to_regclass(wanted.tbl) AND t.tgname = wanted.name
           WHERE t.tgenabled IS DISTINCT FROM 'O'""".format(
            rows=", ".join(["(%s, %s)"] * len(TRIGGERS))
        ),
        [value for row in TRIGGERS for value in row],
    ),
    Check(
        "what was confirmed survives a crash: fsync, full_page_writes and synchronous_commit are on",
        """SELECT name AS setting, setting AS value FROM pg_settings
           WHERE name IN ('fsync', 'full_page_writes', 'synchronous_commit')
             AND setting NOT IN ('on', 'remote_write', 'remote_apply')""",
    ),
)
