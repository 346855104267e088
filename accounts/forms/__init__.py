"""What people type: about themselves, to be certified, into tickets."""
