"""Paper that is sent, and tracking numbers from a courier's file."""
