"""Who the customer is."""

from accounts.domain import refusals

__all__ = ["refusals"]
