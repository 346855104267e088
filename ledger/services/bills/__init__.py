"""Bills and charges: generated, settled, overdue, on credit."""
