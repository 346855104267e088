"""What people and papers promise, kept by the database itself.

The functions here are used by the triggers of every app: `refuse_change` for tables whose rows
stay, `refuse_status` for state machines (first argument: how a row may start, second: its edges),
`refuse_rewrite` for what is used once (arguments: columns that stay as they were first set, unless
the status moves and clears them).
"""

from django.db import migrations

FUNCTIONS = """
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'restrict_violation';
END $$;
CREATE FUNCTION refuse_status() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NOT NEW.status = ANY (string_to_array(TG_ARGV[0], ',')) THEN
            RAISE EXCEPTION '% cannot start as %', TG_TABLE_NAME, NEW.status
                USING ERRCODE = 'check_violation';
        END IF;
    ELSIF NEW.status <> OLD.status
        AND NOT (OLD.status || '>' || NEW.status) = ANY (string_to_array(TG_ARGV[1], ',')) THEN
        RAISE EXCEPTION '% cannot go from % to %', TG_TABLE_NAME, OLD.status, NEW.status
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE FUNCTION refuse_rewrite() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    before jsonb := to_jsonb(OLD);
    later jsonb := to_jsonb(NEW);
    kept text;
BEGIN
    FOREACH kept IN ARRAY TG_ARGV LOOP
        IF before ->> kept IS NOT NULL AND later -> kept IS DISTINCT FROM before -> kept
           AND (later ->> kept IS NOT NULL
                OR later -> 'status' IS NOT DISTINCT FROM before -> 'status') THEN
            RAISE EXCEPTION '% of % is set once', kept, TG_TABLE_NAME
                USING ERRCODE = 'restrict_violation';
        END IF;
    END LOOP;
    RETURN NEW;
END $$;
"""

TRIGGERS = """
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON accounts_certification
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON accounts_auditrecord
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON accounts_signinattempt
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON accounts_ticketmessage
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON accounts_uploadedfile
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER never_deleted BEFORE DELETE OR TRUNCATE ON accounts_certificationrequest
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER never_deleted BEFORE DELETE OR TRUNCATE ON accounts_ticket
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER status_machine BEFORE INSERT OR UPDATE ON accounts_certificationrequest
    FOR EACH ROW EXECUTE FUNCTION refuse_status('submitted',
    'submitted>approved,submitted>rejected,submitted>cancelled');
CREATE TRIGGER status_machine BEFORE INSERT OR UPDATE ON accounts_ticket
    FOR EACH ROW EXECUTE FUNCTION refuse_status('open',
    'open>answered,answered>open,open>closed,answered>closed');

CREATE FUNCTION accounts_submission_answered() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.answer <> '' OR to_jsonb(NEW) - 'answer' <> to_jsonb(OLD) - 'answer' THEN
        RAISE EXCEPTION 'a submission is answered once and never changed'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER answered_once BEFORE UPDATE ON accounts_submission
    FOR EACH ROW EXECUTE FUNCTION accounts_submission_answered();
CREATE TRIGGER never_deleted BEFORE DELETE OR TRUNCATE ON accounts_submission
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE FUNCTION accounts_customer_status() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.status = 'closed' AND NEW.status <> 'closed' THEN
        RAISE EXCEPTION 'customer account % is closed for good', OLD.code
            USING ERRCODE = 'check_violation';
    END IF;
    IF OLD.kind IN ('enterprise', 'organization') AND NEW.kind = 'individual'
       AND EXISTS (SELECT 1 FROM accounts_certification WHERE customer_id = OLD.id) THEN
        RAISE EXCEPTION 'a certified company does not become an individual'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'irreversible';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER one_way BEFORE UPDATE OF status, kind ON accounts_customeraccount
    FOR EACH ROW EXECUTE FUNCTION accounts_customer_status();
"""

UNDO = """
DROP TRIGGER one_way ON accounts_customeraccount;
DROP FUNCTION accounts_customer_status();
DROP TRIGGER never_deleted ON accounts_submission;
DROP TRIGGER answered_once ON accounts_submission;
DROP FUNCTION accounts_submission_answered();
DROP TRIGGER status_machine ON accounts_ticket;
DROP TRIGGER status_machine ON accounts_certificationrequest;
DROP TRIGGER never_deleted ON accounts_ticket;
DROP TRIGGER never_deleted ON accounts_certificationrequest;
DROP TRIGGER append_only ON accounts_uploadedfile;
DROP TRIGGER append_only ON accounts_ticketmessage;
DROP TRIGGER append_only ON accounts_signinattempt;
DROP TRIGGER append_only ON accounts_auditrecord;
DROP TRIGGER append_only ON accounts_certification;
DROP FUNCTION refuse_rewrite();
DROP FUNCTION refuse_status();
DROP FUNCTION refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial")]
    operations = [migrations.RunSQL(FUNCTIONS + TRIGGERS, UNDO)]
