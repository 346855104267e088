"""What the ledger must be given by whoever stands above it."""
