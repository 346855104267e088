"""Checks of invoiceable items: the master invariant (I05, I06)."""

from finance_console.audit.check import Check

CHECKS = (
    Check(
        "every charge has one item that agrees with it",
        """SELECT c.id AS charge, i.id AS item FROM ledger_charge c
           LEFT JOIN invoicing_invoiceableitem i ON i.charge_id = c.id
           LEFT JOIN ledger_taxcategory k ON k.id = c.tax_category_id
           LEFT JOIN ledger_order o ON o.id = c.order_id
           WHERE i.id IS NULL OR i.customer_id NOT IN (c.customer_id, coalesce(o.customer_id, c.customer_id))
              OR i.cash <> c.cash
              OR i.refunded <> c.refunded OR i.currency <> c.currency
              OR i.tax_category_id <> c.tax_category_id OR i.entity_id <> k.entity_id
              OR i.rate <> k.rate""",
    ),
    Check(
        "while a customer owes credit, no charge that it paid is invoiceable",
        # Almost nobody owes: who does is found first, and only their charges are looked at.
        """SELECT i.id AS item, i.source, i.available_at FROM invoicing_invoiceableitem i
           JOIN ledger_charge c ON c.id = i.charge_id
           JOIN ledger_ledgeraccount a ON a.customer_id = c.customer_id AND a.bucket = 'cash'
            AND a.currency = c.currency AND a.balance < 0
           WHERE c.customer_id = ANY (ARRAY(SELECT customer_id FROM ledger_ledgeraccount
                                            WHERE bucket = 'cash' AND balance < 0))
             AND i.available_at IS NOT NULL AND c.cash - c.refunded > (
             SELECT coalesce(sum(u.amount), 0) FROM ledger_lotuse u
             JOIN ledger_lot l ON l.id = u.lot_id AND l.fund = 'cash' WHERE u.charge_id = c.id)""",
    ),
    Check(
        "reserved is what live applications claim, invoiced is issued claims less credit notes",
        """SELECT i.id AS item, i.source, i.reserved, i.invoiced, s.reserved AS claims_reserved,
                  s.invoiced AS claims_invoiced
           FROM invoicing_invoiceableitem i LEFT JOIN (
             SELECT item_id, sum(reserved) AS reserved, sum(invoiced) AS invoiced FROM (
               SELECT c.item_id,
                      CASE WHEN v.status IN ('planned', 'failed') THEN c.amount ELSE 0 END AS reserved,
                      CASE WHEN v.number IS NOT NULL THEN c.amount ELSE 0 END AS invoiced
               FROM invoicing_claim c JOIN invoicing_invoiceline l ON l.id = c.line_id
               JOIN invoicing_invoice v ON v.id = l.invoice_id
               UNION ALL
               SELECT item_id, 0, -amount FROM invoicing_release) parts GROUP BY 1) s
             ON s.item_id = i.id
           WHERE i.reserved <> coalesce(s.reserved, 0) OR i.invoiced <> coalesce(s.invoiced, 0)""",
    ),
    Check(
        "offsets given and received are the recorded pairs",
        """SELECT i.id AS item, i.source, i.offset_given, i.offset_received
           FROM invoicing_invoiceableitem i
           LEFT JOIN (SELECT item_id, sum(amount) AS amount FROM invoicing_offset
                      WHERE undone_at IS NULL GROUP BY 1) given ON given.item_id = i.id
           LEFT JOIN (SELECT deficit_item_id, sum(amount) AS amount FROM invoicing_offset
                      WHERE undone_at IS NULL GROUP BY 1) got ON got.deficit_item_id = i.id
           WHERE i.offset_given <> coalesce(given.amount, 0)
              OR i.offset_received <> coalesce(got.amount, 0)""",
    ),
    Check(
        "an offset pairs items of one customer, entity and rate",
        """SELECT o.id AS offset_row FROM invoicing_offset o
           JOIN invoicing_invoiceableitem d ON d.id = o.deficit_item_id
           JOIN invoicing_invoiceableitem g ON g.id = o.item_id
           WHERE (d.customer_id, d.entity_id, d.rate, d.currency) IS DISTINCT FROM
                 (g.customer_id, g.entity_id, g.rate, g.currency)""",
    ),
    Check(
        "per customer and tax key: open less deficit is cash less refunds, invoices and reservations",
        """SELECT customer_id AS customer, entity_id AS entity, rate FROM invoicing_invoiceableitem
           GROUP BY customer_id, entity_id, rate, currency
           HAVING sum(greatest(net, 0)) - sum(greatest(-net, 0))
               <> sum(cash) - sum(refunded) - sum(invoiced) - sum(reserved)""",
    ),
    Check(
        "no item gives more than it has: a deficit never comes from offsets or reservations",
        """SELECT id AS item, source, net, refunded FROM invoicing_invoiceableitem
           WHERE net < -refunded OR reserved + invoiced + offset_given > cash""",
    ),
    Check(
        "the tallies are the sums of the items",
        """SELECT customer_id AS customer, tax_category_id AS tax_category, mode FROM (
             SELECT customer_id, tax_category_id, currency, mode, marketplace, cash, other_funds,
                    refunded, reserved, invoiced, offset_given, offset_received
             FROM invoicing_itemtally
             UNION ALL
             SELECT customer_id, tax_category_id, currency, mode, marketplace, -cash, -other_funds,
                    -refunded, -reserved, -invoiced, -offset_given, -offset_received
             FROM invoicing_invoiceableitem) s
           GROUP BY customer_id, tax_category_id, currency, mode, marketplace
           HAVING (sum(cash), sum(other_funds), sum(refunded), sum(reserved), sum(invoiced),
                   sum(offset_given), sum(offset_received)) IS DISTINCT FROM (0, 0, 0, 0, 0, 0, 0)""",
    ),
    Check(
        "money is held exactly where something invoiced was refunded, by its amount or all of it",
        """SELECT coalesce(d.customer_id, h.customer_id) AS customer, d.deficit, h.amount AS held
           FROM (SELECT customer_id, -sum(net) AS deficit FROM invoicing_invoiceableitem
                 WHERE net < 0 GROUP BY 1) d
           FULL JOIN (SELECT customer_id, amount FROM ledger_hold
                      WHERE source = 'deficit' AND lifted_at IS NULL) h USING (customer_id)
           WHERE d.customer_id IS NULL OR h.customer_id IS NULL OR h.amount <> d.deficit""",
    ),
)
