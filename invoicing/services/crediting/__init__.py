"""Taking invoices back: requests, the credit note, correcting in one step."""
