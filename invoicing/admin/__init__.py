"""The reviewers' and operators' door to invoicing."""

from invoicing.admin import (
    applications,
    auto,
    catalogue,
    files,
    invoices,
    items,
    series,
    status,
    titles,
)

__all__ = [
    "applications",
    "auto",
    "catalogue",
    "files",
    "invoices",
    "items",
    "series",
    "status",
    "titles",
]
