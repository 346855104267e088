"""Asking for invoices: what is allowed, preview, submit."""
