"""What a customer types when money moves."""
