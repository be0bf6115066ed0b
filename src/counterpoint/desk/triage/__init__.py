"""Pages of triage: inbox, referral, decisions, second readers, advice, online material, search."""
