"""Console pages about invoices: each reads the request, calls one query or service, and renders."""
