"""Cases: their process, actions, notes, outcome, feedback, closure."""
