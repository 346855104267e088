"""Orders and payouts told to a customer."""
