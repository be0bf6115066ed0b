"""A copy of a file without what its maker may not know is in it. Pure: bytes in, bytes out; no Django, no settings.

Runs in a process of its own with hard limits (`apart`), since the files come from strangers.
"""

from counterpoint.intake.stripping.types import CannotStrip, Stripped

__all__ = ["CannotStrip", "Stripped"]
