"""Support: the consents it rests on, assessments, the plan with its interventions, reviews, and what came of it."""
