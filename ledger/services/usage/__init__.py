"""Usage: metered, collected in batches, imported from files."""
