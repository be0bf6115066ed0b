"""What every desk page stands in: layout, log-in, notices, staff, supervision, the audit trail."""
