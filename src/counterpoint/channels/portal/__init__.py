"""The public portal: one thing per page, no JavaScript needed, anonymous by default."""
