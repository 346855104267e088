"""What accounts tell: sent inside the transaction, with ids, under the customer's lock.

Receivers (invoicing) run in the same transaction: if one fails, nothing has happened.
"""

from django.dispatch import Signal

certification_changed = Signal()  # customer_ids: list[int], at: datetime
