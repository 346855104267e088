"""Checks of credit notes and credit requests (I12)."""

from finance_console.audit.check import Check

CHECKS = (
    Check(
        "the head of a credit note is the sum of its lines",
        """SELECT n.id AS credit_note, n.net, n.tax, sum(l.net) AS lines_net, sum(l.tax) AS lines_tax
           FROM invoicing_creditnote n LEFT JOIN invoicing_creditnoteline l ON l.credit_note_id = n.id
           GROUP BY n.id HAVING n.net IS DISTINCT FROM sum(l.net) OR n.tax IS DISTINCT FROM sum(l.tax)""",
    ),
    Check(
        "a credit note line takes back what it releases, of the invoice it is written against",
        """SELECT l.id AS line, l.gross, sum(r.amount) AS released
           FROM invoicing_creditnoteline l JOIN invoicing_creditnote n ON n.id = l.credit_note_id
           JOIN invoicing_invoiceline o ON o.id = l.line_id
           LEFT JOIN invoicing_release r ON r.line_id = l.id
           GROUP BY l.id, n.invoice_id, o.invoice_id
           HAVING sum(r.amount) IS DISTINCT FROM -l.gross OR n.invoice_id <> o.invoice_id""",
    ),
    Check(
        "nothing is released that was not claimed, and never more than was",
        """SELECT l.line_id AS line, r.item_id AS item, c.amount AS claimed, sum(r.amount) AS released
           FROM invoicing_release r JOIN invoicing_creditnoteline l ON l.id = r.line_id
           LEFT JOIN invoicing_claim c ON c.line_id = l.line_id AND c.item_id = r.item_id
           GROUP BY l.line_id, r.item_id, c.amount HAVING c.amount IS NULL OR sum(r.amount) > c.amount""",
    ),
    Check(
        "an invoice knows what its credit notes took back, and is credited when that is all of it",
        """SELECT v.id AS invoice, v.number, v.status, v.credited_gross, -sum(n.gross) AS notes
           FROM invoicing_invoice v LEFT JOIN invoicing_creditnote n ON n.invoice_id = v.id
           GROUP BY v.id HAVING v.credited_net <> -coalesce(sum(n.net), 0)
              OR v.credited_tax <> -coalesce(sum(n.tax), 0)
              OR (v.status = 'credited') <> (v.credited_gross = v.gross)""",
    ),
    Check(
        "the frozen content of a credit note has its recorded SHA-256 and says what the row says",
        """SELECT n.id AS credit_note, n.number FROM invoicing_creditnote n
           JOIN invoicing_invoice v ON v.id = n.invoice_id
           WHERE encode(sha256(convert_to(n.snapshot, 'UTF8')), 'hex') <> n.snapshot_sha256
              OR n.snapshot::jsonb ->> 'number' <> n.number
              OR n.snapshot::jsonb ->> 'credit_of' <> v.number
              OR (n.snapshot::jsonb ->> 'gross')::numeric <> n.gross
              OR (n.snapshot::jsonb ->> 'issued_on')::date <> n.invoice_date""",
    ),
    Check(
        "a request is credited exactly when its credit note exists, for the amount asked",
        """SELECT r.id AS request, r.status, n.number FROM invoicing_creditrequest r
           LEFT JOIN invoicing_creditnote n ON n.request_id = r.id
           WHERE (r.status = 'credited') <> (n.id IS NOT NULL)
              OR n.gross <> -r.amount OR n.invoice_id <> r.invoice_id""",
    ),
    Check(
        "an invoice is being credited exactly while a request for it is open",
        """SELECT v.id AS invoice, v.status, r.id AS request FROM invoicing_invoice v
           LEFT JOIN invoicing_creditrequest r ON r.invoice_id = v.id
            AND r.status IN ('awaiting_original', 'crediting')
           WHERE (v.status = 'crediting') <> (r.id IS NOT NULL)""",
    ),
    Check(
        "paper is credited only after its original came back",
        """SELECT r.id AS request FROM invoicing_creditrequest r
           JOIN invoicing_invoice v ON v.id = r.invoice_id AND v.medium = 'paper'
           LEFT JOIN invoicing_paperreturn p ON p.request_id = r.id
           WHERE r.status IN ('crediting', 'credited') AND p.id IS NULL""",
    ),
    Check(
        "nobody decided on a credit that they asked for",
        """SELECT r.id AS request, r.decided_by_id AS reviewer FROM invoicing_creditrequest r
           WHERE r.decided_by_id = r.requested_by_id""",
    ),
    Check(
        "the log of a credit request starts at its creation and ends at its status, without a break",
        """SELECT credit_request_id AS request, id AS change FROM (
             SELECT c.*, r.status, coalesce(lag(c.after) OVER w, '') AS expected,
                    row_number() OVER (PARTITION BY credit_request_id ORDER BY c.id DESC) AS from_end
             FROM invoicing_statuschange c JOIN invoicing_creditrequest r ON r.id = c.credit_request_id
             WINDOW w AS (PARTITION BY credit_request_id ORDER BY c.id)) s
           WHERE before <> expected OR (from_end = 1 AND after <> status)""",
    ),
    Check(
        "every credit request has a log",
        """SELECT r.id AS request FROM invoicing_creditrequest r
           WHERE NOT EXISTS (SELECT 1 FROM invoicing_statuschange c WHERE c.credit_request_id = r.id)""",
    ),
    Check(
        "each credit note owes its customer one message per channel",
        """SELECT n.id AS credit_note, count(m.id) AS messages FROM invoicing_creditnote n
           JOIN invoicing_creditrequest r ON r.id = n.request_id
           LEFT JOIN accounts_outboxmessage m ON m.customer_id = r.customer_id
            AND m.topic = 'invoice_credited' AND m.values ->> 'number' = n.number
           GROUP BY n.id HAVING count(m.id) <> 3""",
    ),
)
