"""Console pages about people; `acting` is the doorkeeper of every console page."""
