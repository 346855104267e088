"""Who the customer is: people, customer accounts, certification, where invoices go, messages."""

from accounts.models.certification import Certification
from accounts.models.customer import CustomerAccount, Membership, User
from accounts.models.delivery import Address, RecipientEmail
from accounts.models.messages import InboxMessage, OutboxMessage

__all__ = [
    "Address",
    "Certification",
    "CustomerAccount",
    "InboxMessage",
    "Membership",
    "OutboxMessage",
    "RecipientEmail",
    "User",
]
