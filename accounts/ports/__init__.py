"""What accounts must be given by whoever stands above them."""
