"""The role that web and workers work as: it owns nothing, and cannot change what is past.

It may read and write rows, but not update, delete or empty what is append-only, not delete where
nothing is ever deleted, and not alter, drop or disable anything. Triggers alone do not stop the
owner of a table; this does. The knob DATABASE_ROLE makes web and workers use it; migrations and
the audit go on as the owner.

Where the migrating role may not create roles, the migration says what to run (docs/deploy) and
goes on: running `manage.py grant_role` later does the same.
"""

from django.db import migrations

from ledger.services import application_role


def grant(apps, schema_editor):
    application_role.grant(schema_editor.connection)


class Migration(migrations.Migration):
    dependencies = [
        ("ledger", "0002_database_promises"),
        ("invoicing", "0002_database_promises"),
        ("accounts", "0001_initial"),
        ("admin", "0003_logentry_add_action_flag_choices"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("sessions", "0001_initial"),
    ]
    operations = [migrations.RunPython(grant, migrations.RunPython.noop)]
