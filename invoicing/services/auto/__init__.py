"""Auto-invoicing: settings, who waits, the run, its rehearsal."""
