"""Who the customer is: people, customer accounts, certification, where invoices go, messages, tickets."""

from accounts.models.certification import Certification, CertificationRequest
from accounts.models.customer import CustomerAccount, Membership, User
from accounts.models.delivery import Address, RecipientEmail
from accounts.models.holidays import WorkdayOverride
from accounts.models.messages import InboxMessage, OutboxMessage
from accounts.models.records import AuditRecord
from accounts.models.sign_ins import SignInAttempt
from accounts.models.submissions import Submission
from accounts.models.tickets import Ticket, TicketMessage
from accounts.models.uploads import UploadedFile

__all__ = [
    "Address",
    "AuditRecord",
    "Certification",
    "CertificationRequest",
    "CustomerAccount",
    "InboxMessage",
    "Membership",
    "OutboxMessage",
    "RecipientEmail",
    "SignInAttempt",
    "Submission",
    "Ticket",
    "TicketMessage",
    "UploadedFile",
    "User",
    "WorkdayOverride",
]
