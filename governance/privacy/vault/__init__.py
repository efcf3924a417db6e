"""Labelled values are unreadable where they lie: in the database, its backups and its copies.

A value of a field labelled personal or sensitive is stored as `{"vault": "<label>.<base64>"}`,
encrypted with AES-256-GCM. Its data key is made of two things: the key of its process, which is
kept wrapped by the master key, and the item's seed. Erasing an item destroys its seed, and with it
every value that was put into the vault, also where a copy of one was forgotten.
"""
