"""Funds as lots: received, spent, moved, granted, redeemed, expired."""
