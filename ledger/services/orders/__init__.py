"""Prepaid orders: paid, delivered, changed, refunded."""
