"""Adjustments, reconciliations and period locks."""
