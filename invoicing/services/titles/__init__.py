"""Invoice titles, a company's title for an individual, recipients."""
