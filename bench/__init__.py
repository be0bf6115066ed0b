"""Measured work: one file per claim, each a command (`python -m bench.referrals`)."""
