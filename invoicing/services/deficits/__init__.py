"""Deficits: offset, offsets undone, money held for them."""
