"""The desk for bank lines."""
