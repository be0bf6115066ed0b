"""Posts in, evidence about campaigns of accounts out, for a human to judge: never a verdict, never a person.

posts -> what they share -> pairs -> networks -> findings. Every step is a named table; see docs/guides/coordination.md.
"""
