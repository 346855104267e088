"""The reviewers' and operators' door to accounts."""

from accounts.admin import (
    certification,
    customers,
    delivery,
    holidays,
    messages,
    people,
    records,
    tickets,
)

__all__ = [
    "certification",
    "customers",
    "delivery",
    "holidays",
    "messages",
    "people",
    "records",
    "tickets",
]
