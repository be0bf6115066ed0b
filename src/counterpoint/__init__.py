"""Counterpoint: safeguarding people and handling online material fairly."""

__version__ = "0.1.0"
