"""Reviewing applications: claimed, decided, re-checked, and what gives way to a refund."""
