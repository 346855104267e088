"""Checks of applications and invoices (I08 to I14, I16, I18)."""

from finance_console.audit.check import Check
from invoicing.domain import profiles

CAPS = [
    (policy.code, policy.version, medium, cap)
    for policy in profiles.BUILT_IN
    for medium, cap in policy.caps.items()
    if cap is not None and policy.cap_basis == "gross"
]

AUTO_DAYS = [
    (policy.code, policy.version, policy.auto_invoice_day)
    for policy in profiles.BUILT_IN
    if policy.auto_invoice_day is not None
]

ONCE_A_MONTH = [
    (policy.code, policy.version)
    for policy in profiles.BUILT_IN
    if policy.max_requests_per_month is not None
]

CHECKS = (
    Check(
        "the head of an invoice is the sum of its lines",
        """SELECT v.id AS invoice, v.net, v.tax, sum(l.net) AS lines_net, sum(l.tax) AS lines_tax
           FROM invoicing_invoice v LEFT JOIN invoicing_invoiceline l ON l.invoice_id = v.id
           GROUP BY v.id HAVING v.net IS DISTINCT FROM sum(l.net) OR v.tax IS DISTINCT FROM sum(l.tax)""",
    ),
    Check(
        "a line is the sum of its claims and its net is its gross without tax, rounded half up",
        """SELECT l.id AS line, l.gross, l.net, sum(c.amount) AS claims
           FROM invoicing_invoiceline l LEFT JOIN invoicing_claim c ON c.line_id = l.id
           GROUP BY l.id HAVING l.gross IS DISTINCT FROM sum(c.amount)
              OR l.net <> round(l.gross / (1 + l.rate), 2)""",
    ),
    Check(
        "an invoice mixes nothing: one entity and rate, and claims of the accounts it covers and its tax key",
        """SELECT v.id AS invoice, l.id AS line FROM invoicing_invoice v
           JOIN invoicing_invoiceapplication a ON a.id = v.application_id
           JOIN invoicing_invoiceline l ON l.invoice_id = v.id
           JOIN ledger_taxcategory k ON k.id = l.tax_category_id
           JOIN invoicing_claim c ON c.line_id = l.id
           JOIN invoicing_invoiceableitem i ON i.id = c.item_id
           WHERE l.rate <> v.rate OR k.entity_id <> v.entity_id
              OR i.customer_id <> ALL (CASE WHEN a.members = '{}' THEN ARRAY[a.customer_id] ELSE a.members END)
              OR i.customer_id <> coalesce(v.member_id, i.customer_id)
              OR i.tax_category_id <> l.tax_category_id OR i.currency <> v.currency""",
    ),
    Check(
        "the invoices of an application sum to its total",
        """SELECT a.id AS application, a.total, coalesce(sum(v.gross), 0) AS invoices
           FROM invoicing_invoiceapplication a LEFT JOIN invoicing_invoice v ON v.application_id = a.id
           GROUP BY a.id HAVING a.total <> coalesce(sum(v.gross), 0)""",
    ),
    Check(
        "no invoice is above the cap of its profile",
        """SELECT v.id AS invoice, v.gross, cap.amount AS cap FROM invoicing_invoice v
           JOIN invoicing_invoiceapplication a ON a.id = v.application_id
           JOIN (VALUES {caps} UNION ALL
                 SELECT p.code, p.version, c.key, c.value::numeric FROM invoicing_profileversion p
                 CROSS JOIN jsonb_each_text(p.data -> 'caps') c
                 WHERE p.status = 'in_force' AND p.data ->> 'cap_basis' = 'gross' AND c.value IS NOT NULL
                ) AS cap (profile, version, medium, amount)
             ON cap.profile = a.profile AND cap.version = a.profile_version AND cap.medium = v.medium
           WHERE v.gross > cap.amount""".format(
            caps=", ".join(["(%s, %s::int, %s, %s::numeric)"] * len(CAPS))
        ),
        [value for row in CAPS for value in row],
    ),
    Check(
        "where a month is invoiced once, no two applications have a standing invoice of one company and rate for it",
        """SELECT v.id AS invoice, m.month, w.id AS other FROM invoicing_invoice v
           JOIN invoicing_invoiceapplication a ON a.id = v.application_id AND a.method = 'month'
           JOIN (VALUES {once} UNION ALL
                 SELECT p.code, p.version FROM invoicing_profileversion p
                 WHERE p.status = 'in_force' AND p.data ->> 'max_requests_per_month' IS NOT NULL
                ) AS once (profile, version)
             ON once.profile = a.profile AND once.version = a.profile_version
           CROSS JOIN unnest(v.months) AS m (month)
           JOIN invoicing_invoiceapplication b
             ON b.customer_id = a.customer_id AND b.members = a.members AND b.id < a.id
           JOIN invoicing_invoice w ON w.application_id = b.id AND m.month = ANY (w.months)
            AND w.entity_id = v.entity_id AND w.rate = v.rate
           WHERE v.status NOT IN ('dropped', 'credited') AND w.status NOT IN ('dropped', 'credited')""".format(
            once=", ".join(["(%s, %s::int)"] * len(ONCE_A_MONTH))
        ),
        [value for row in ONCE_A_MONTH for value in row],
    ),
    Check(
        "numbers are consecutive: a series has issued exactly as many invoices as it counted",
        """SELECT s.id AS series, s.last, count(v.number) AS issued,
                  max(right(v.number, 10)::bigint) AS highest
           FROM invoicing_numberseries s LEFT JOIN (
             SELECT number, entity_id, kind, medium, invoice_date, false AS credit
             FROM invoicing_invoice WHERE number IS NOT NULL
             UNION ALL
             SELECT number, entity_id, kind, medium, invoice_date, true FROM invoicing_creditnote
             UNION ALL
             SELECT r.number, w.entity_id, w.kind, w.medium,
                    make_date(2000 + left(r.number, 2)::int, 1, 1), false
             FROM invoicing_invoice w JOIN invoicing_sandboxreceipt r
               ON r.serial = 'APP-' || lpad(w.application_id::text, 8, '0') || '/' || w.position
             WHERE w.status = 'failed') v
             ON v.entity_id = s.entity_id AND v.kind = s.kind AND v.medium = s.medium
            AND v.credit = s.credit AND extract(year FROM v.invoice_date) = s.year
           GROUP BY s.id HAVING s.last <> count(v.number)
              OR s.last <> coalesce(max(right(v.number, 10)::bigint), 0)""",
    ),
    Check(
        "what the sandbox channel has issued has its number, unless its answer was lost",
        """SELECT r.serial, r.number, v.status FROM invoicing_sandboxreceipt r JOIN invoicing_invoice v
             ON r.serial = 'APP-' || lpad(v.application_id::text, 8, '0') || '/' || v.position
           WHERE v.number IS DISTINCT FROM r.number AND NOT (v.status = 'failed' AND v.number IS NULL)""",
    ),
    Check(
        "a later number was not issued at an earlier time",
        """SELECT id AS invoice, number FROM (
             SELECT id, number, issued_at, lag(issued_at) OVER (
               PARTITION BY left(number, 10) ORDER BY number) AS before
             FROM (SELECT id, number, issued_at FROM invoicing_invoice WHERE number IS NOT NULL
                   UNION ALL SELECT id, number, issued_at FROM invoicing_creditnote) n
           ) s WHERE issued_at < before""",
    ),
    Check(
        "the frozen content of an issued invoice has its recorded SHA-256",
        """SELECT id AS invoice, number FROM invoicing_invoice
           WHERE number IS NOT NULL
             AND encode(sha256(convert_to(snapshot, 'UTF8')), 'hex') <> snapshot_sha256""",
    ),
    Check(
        "the frozen content says what the row says",
        """SELECT id AS invoice, number FROM invoicing_invoice
           WHERE number IS NOT NULL AND (snapshot::jsonb ->> 'number' <> number
              OR (snapshot::jsonb ->> 'gross')::numeric <> gross
              OR (snapshot::jsonb ->> 'issued_on')::date <> invoice_date)""",
    ),
    Check(
        "only issued invoices have files",
        """SELECT f.id AS file FROM invoicing_invoicefile f JOIN invoicing_invoice v ON v.id = f.invoice_id
           WHERE v.number IS NULL""",
    ),
    Check(
        "an application is issued, shipped or credited exactly when all of its invoices are",
        """SELECT a.id AS application, a.status, said.status AS invoices FROM invoicing_invoiceapplication a
           CROSS JOIN LATERAL (
             SELECT CASE WHEN bool_and(v.status = 'credited') THEN 'credited'
                         WHEN bool_and(v.status = 'credited' OR v.shipped_at IS NOT NULL) THEN 'shipped'
                         WHEN bool_and(v.number IS NOT NULL) THEN 'issued' ELSE '' END AS status
             FROM invoicing_invoice v WHERE v.application_id = a.id) said
           WHERE CASE WHEN a.status IN ('issued', 'shipped', 'credited') THEN a.status ELSE '' END <> said.status""",
    ),
    Check(
        "an application that is undecided has planned invoices, and none is left of a returned one",
        """SELECT a.id AS application, a.status, v.id AS invoice, v.status AS invoice_status
           FROM invoicing_invoiceapplication a JOIN invoicing_invoice v ON v.application_id = a.id
           WHERE (a.status IN ('rejected', 'withdrawn') AND v.status <> 'dropped')
              OR (a.status = 'pending_approval' AND v.status <> 'planned')
              OR (a.status = 'approved' AND v.status = 'dropped')""",
    ),
    Check(
        "the log of an application starts at its creation and ends at its status, without a break",
        """SELECT application_id AS application, id AS change FROM (
             SELECT c.*, a.status, coalesce(lag(c.after) OVER w, '') AS expected,
                    row_number() OVER (PARTITION BY application_id ORDER BY c.id DESC) AS from_end
             FROM invoicing_statuschange c JOIN invoicing_invoiceapplication a ON a.id = c.application_id
             WINDOW w AS (PARTITION BY application_id ORDER BY c.id)) s
           WHERE before <> expected OR (from_end = 1 AND after <> status)""",
    ),
    Check(
        "every application has a log",
        """SELECT a.id AS application FROM invoicing_invoiceapplication a
           WHERE NOT EXISTS (SELECT 1 FROM invoicing_statuschange c WHERE c.application_id = a.id)""",
    ),
    Check(
        "the log of an invoice starts as planned and ends at its status, without a break",
        """SELECT id AS invoice, status, change FROM (
             SELECT v.id, v.status, c.id AS change, c.before, coalesce(c.after, 'planned') AS last,
                    coalesce(lag(c.after) OVER w, 'planned') AS expected,
                    row_number() OVER (PARTITION BY v.id ORDER BY c.id DESC) AS from_end
             FROM invoicing_invoice v LEFT JOIN invoicing_statuschange c ON c.invoice_id = v.id
             WINDOW w AS (PARTITION BY v.id ORDER BY c.id)) s
           WHERE before <> expected OR (from_end = 1 AND last <> status)""",
    ),
    Check(
        "nobody decided on an application that they submitted",
        """SELECT a.id AS application, a.decided_by_id AS reviewer FROM invoicing_invoiceapplication a
           WHERE a.decided_by_id = a.submitted_by_id""",
    ),
    Check(
        "each issued or returned application owes its customer one message per channel",
        """SELECT a.id AS application, a.status, count(m.id) AS messages
           FROM invoicing_invoiceapplication a LEFT JOIN accounts_outboxmessage m
             ON m.customer_id = a.customer_id
            AND m.values ->> 'application' = 'APP-' || lpad(a.id::text, 8, '0')
            AND m.topic = CASE a.status WHEN 'rejected' THEN 'application_rejected' ELSE 'invoices_issued' END
           WHERE a.status IN ('issued', 'shipped', 'credited', 'rejected') GROUP BY a.id HAVING count(m.id) <> 3""",
    ),
    Check(
        "a special invoice has a complete title",
        """SELECT id AS application FROM invoicing_invoiceapplication
           WHERE kind = 'special' AND EXISTS (
             SELECT 1 FROM unnest('{name,tax_id,address,phone,bank,bank_account}'::text[]) AS wanted
             WHERE coalesce(buyer ->> wanted, '') = '')""",
    ),
    Check(
        "an auto-invoicing run that applied points to its application, with its total",
        """SELECT r.id AS run FROM invoicing_autoinvoicingrun r
           LEFT JOIN invoicing_invoiceapplication a ON a.id = r.application_id
           WHERE (r.result = 'issued') <> (a.id IS NOT NULL)
              OR (a.id IS NOT NULL AND r.total <> a.total + a.offset_total)
              OR a.customer_id <> r.customer_id""",
    ),
    Check(
        "no month was invoiced by itself before 02:00 of the profile's day of the next month, local time",
        """SELECT r.id AS run, r.customer_id AS customer, r.period, r.ran_at
           FROM invoicing_autoinvoicingrun r JOIN invoicing_invoiceapplication a ON a.id = r.application_id
           JOIN accounts_customeraccount c ON c.id = r.customer_id
           JOIN (VALUES {days} UNION ALL
                 SELECT p.code, p.version, (p.data ->> 'auto_invoice_day')::int
                 FROM invoicing_profileversion p
                 WHERE p.status = 'in_force' AND p.data ->> 'auto_invoice_day' IS NOT NULL
                ) AS due (profile, version, day) ON due.profile = a.profile AND due.version = a.profile_version
           WHERE r.ran_at < ((r.period || '-01')::date + interval '1 month 2 hours'
                             + (due.day - 1) * interval '1 day') AT TIME ZONE c.time_zone""".format(
            days=", ".join(["(%s, %s::int, %s::int)"] * len(AUTO_DAYS))
        ),
        [value for row in AUTO_DAYS for value in row],
    ),
    Check(
        "auto-invoicing left out no month from its first to its newest",
        """SELECT s.customer_id AS customer, s.first_period, max(r.period) AS newest, count(r.id) AS runs
           FROM invoicing_autoinvoicing s JOIN invoicing_autoinvoicingrun r
             ON r.customer_id = s.customer_id AND r.period >= s.first_period
           WHERE s.enabled GROUP BY s.id
           HAVING count(r.id) <> 1 + 12 * (left(max(r.period), 4)::int - left(s.first_period, 4)::int)
                                 + right(max(r.period), 2)::int - right(s.first_period, 2)::int""",
    ),
)
