"""The reviewers' and operators' door to invoicing."""

from invoicing.admin import (
    applications,
    auto,
    catalogue,
    closing,
    copies,
    credit_requests,
    files,
    invoices,
    items,
    order_figures,
    profiles,
    proforma,
    returns,
    series,
    status,
    titles,
)

__all__ = [
    "applications",
    "auto",
    "catalogue",
    "closing",
    "copies",
    "credit_requests",
    "files",
    "invoices",
    "items",
    "order_figures",
    "profiles",
    "proforma",
    "returns",
    "series",
    "status",
    "titles",
]
