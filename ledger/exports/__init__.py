"""What a customer can take home as CSV."""
