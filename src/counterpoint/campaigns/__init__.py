"""Campaigns: snapshots of posts, detection runs, findings for people to judge, and where things went."""
