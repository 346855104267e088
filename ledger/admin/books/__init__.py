"""The books in the admin: facts, and the trial balance."""
