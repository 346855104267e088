"""The test suite's own exception: emptying append-only tables between tests, and only then."""

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection

GUARD = """
CREATE FUNCTION refuse_truncate() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'append-only'; END $$;
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON django_session EXECUTE FUNCTION refuse_truncate();
"""


@pytest.mark.django_db(transaction=True)
def test_flush_empties_a_guarded_table_and_leaves_its_guard_on(django_user_model) -> None:
    with connection.cursor() as cursor:
        cursor.execute(GUARD)
        cursor.execute("INSERT INTO django_session VALUES ('key', 'data', now())")
        try:
            call_command("flush", interactive=False, verbosity=0)

            cursor.execute("SELECT count(*) FROM django_session")
            assert cursor.fetchone() == (0,)
            cursor.execute("SELECT tgenabled FROM pg_trigger WHERE tgname = 'refuse_truncate'")
            assert cursor.fetchone() == ("O",)
            with pytest.raises(DatabaseError, match="append-only"):
                cursor.execute("TRUNCATE django_session")
        finally:
            cursor.execute("DROP FUNCTION refuse_truncate CASCADE")


@pytest.mark.django_db
def test_stored_files_go_to_the_folder_of_the_test(tmp_path) -> None:
    from django.core.files.base import ContentFile
    from django.core.files.storage import default_storage

    default_storage.save("a.txt", ContentFile(b"a"))

    assert (tmp_path / "files" / "a.txt").read_bytes() == b"a"
