"""What the customer may hold in hand."""

from invoicing.domain import refusals

__all__ = ["refusals"]
