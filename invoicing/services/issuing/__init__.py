"""From an approved application to numbered documents and their files."""
