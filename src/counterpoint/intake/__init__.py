"""Arrivals as received, referrals and advice made of them, and the mailbox of whoever reported."""
