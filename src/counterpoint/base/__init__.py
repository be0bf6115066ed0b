"""Ids, clock, encryption, error roots, abstract models; not one domain word."""
