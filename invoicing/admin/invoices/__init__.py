"""Invoices in the admin: facts, files, copies, number series."""
