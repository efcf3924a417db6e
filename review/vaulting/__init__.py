"""Encrypting the labelled values of items that came in before there was a vault."""
