"""What customers submit with documents and staff decide."""
