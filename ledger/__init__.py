"""Where the money is."""

from ledger.domain import refusals

__all__ = ["refusals"]
