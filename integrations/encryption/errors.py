"""What can go wrong with keys. No message ever holds key material or content."""


class EncryptionError(Exception):
    """Anything below."""


class KeyUnusable(EncryptionError):
    """A key is missing, malformed or badly guarded: nothing can be encrypted or read."""


class KeyUnknown(EncryptionError):
    """Something was wrapped by a master key that is not among those given; it has to be added."""


class Unreadable(EncryptionError):
    """The bytes were changed, belong to another record, or the key is not theirs."""
