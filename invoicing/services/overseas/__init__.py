"""Proforma and commercial invoices for customers abroad."""
