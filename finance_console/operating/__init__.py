"""What whoever runs the console meets: health, logs, jobs, checks, the database role."""
