"""Verdicts of the decision table, decisions of people, repeats, handovers."""
