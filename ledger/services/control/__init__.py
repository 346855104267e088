"""Controlling the books: adjusted, compared, reconciled, locked."""
