"""What others ask about people: reads that write nothing."""
