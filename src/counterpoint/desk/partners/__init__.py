"""Pages of working with other agencies: agreements, sharing, requests for information, transfers, disclosures."""
