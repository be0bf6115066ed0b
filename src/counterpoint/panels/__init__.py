"""Panel meetings: who sits on a panel, what stands on an agenda, who read which papers, how it was decided, minutes."""
