"""What customers type and select."""
