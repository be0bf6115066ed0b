"""Pages of support: consents, assessments, the plan with its interventions, reviews; and the monitoring page."""
