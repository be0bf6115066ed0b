"""Every outward client, each with a verified fake. Only tasks and channels reach these."""
