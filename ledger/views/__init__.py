"""Console pages about money, and where payment channels call."""
