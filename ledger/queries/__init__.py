"""Reading the books."""
