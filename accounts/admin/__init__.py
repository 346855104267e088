"""The reviewers' and operators' door to accounts."""

from accounts.admin import certification, customers, delivery, messages, people

__all__ = ["certification", "customers", "delivery", "messages", "people"]
