"""Append-only entries about every write and every read of personal data; sealed into the ledger."""
