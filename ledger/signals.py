"""What the ledger tells: sent inside the transaction, in batches of ids.

Receivers (invoicing) run in the same transaction, under the customer's lock. `at` is when the
fact happened.
"""

from django.dispatch import Signal

charge_recorded = Signal()  # charge_ids: list[int], at: datetime
charge_delivered = Signal()  # charge_ids: list[int], at: datetime
charge_refunded = Signal()  # refund_ids: list[int], at: datetime
charge_credit_changed = Signal()  # charge_ids: list[int], at: datetime
