"""Reads of invoicing: what is invoiceable and why, what a person may see."""
