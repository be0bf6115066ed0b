"""The doors: each receives what comes and shapes it into answers. Doors do not know each other."""
