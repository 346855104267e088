"""Money that comes in: received, paid online, by dedicated account, taken back."""
