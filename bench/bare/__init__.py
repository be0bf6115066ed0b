"""The floor that `bench.referrals` compares with: a bare Django view that writes as many rows of about their size."""
