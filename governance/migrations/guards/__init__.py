"""What the database itself refuses, one file a subject, as the squashed migration makes it.

These files change no more than a migration does: a function gets another body in a migration of its
own, which gives the whole of it.
"""
