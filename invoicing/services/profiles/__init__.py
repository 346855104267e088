"""Versions of profiles put in force, and customers moved to other rules."""
