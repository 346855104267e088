"""Rules of accounts as pure functions: what a file is, what a tax number is."""
