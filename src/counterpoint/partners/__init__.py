"""Agencies working a case together: requests for information, transfers, and who was told what."""
