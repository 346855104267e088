"""What is fast, measured beside the limit in the same run. Ratios travel between machines; seconds do not."""
