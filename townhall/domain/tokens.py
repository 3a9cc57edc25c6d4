"""Secrets that stand in links and cookies: made, digested for keeping, signed."""

import hashlib
import hmac
import secrets
import unicodedata

CODE_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
"""Without 0, o, 1, l and i, so that a code survives a phone line and a blackboard."""

_FAIR = 256 // len(CODE_ALPHABET) * len(CODE_ALPHABET)


def fresh() -> str:
    """Return 128 random bits as 22 characters that are safe in an address."""
    return secrets.token_urlsafe(16)


def fresh_code(length: int = 6) -> str:
    """Return a short random code that people can say and type."""
    code = ""
    while len(code) < length:  # an octet too great to fall alike on every sign is left out
        octets = (octet for octet in secrets.token_bytes(length) if octet < _FAIR)
        code += "".join(CODE_ALPHABET[octet % len(CODE_ALPHABET)] for octet in octets)
    return code[:length]


def fresh_digits() -> str:
    """Return a random code of six digits."""
    return f"{secrets.randbelow(1_000_000):06d}"


def typed_digits(text: str) -> str:
    """Return the decimal digits among what was typed, as ASCII, whatever script they are in."""
    return "".join(str(unicodedata.decimal(sign)) for sign in text if sign.isdecimal())


def digest(*parts: str) -> str:
    """Return what is kept instead of a secret: hex SHA-256 over the parts, joined by NUL."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def sign(key: str, *parts: str) -> str:
    """Return a signature of the parts: the first 32 hex digits (128 bits) of HMAC-SHA-256."""
    return hmac.new(key.encode(), "\0".join(parts).encode(), hashlib.sha256).hexdigest()[:32]


def reply_tag(key: str, code: str) -> str:
    """Return the tag of an invited person's own reply address (RFC 5233): `code-signature`.

    Mail servers may change the case of a mailbox, so it is the same in every case; it is at most
    40 signs, of which a signature of 80 bits takes 21.
    """
    return f"{code}-{sign(key, 'mail', code)[:20]}"


def tagged(key: str, tag: str) -> str | None:
    """Return the code of the invitation whose reply tag this is; None for any other text."""
    code, _, _ = tag.casefold().partition("-")
    return code if same(reply_tag(key, code), tag.casefold()) else None


def same(secret: str, given: str) -> bool:
    """Return whether two texts are equal, in a time that does not tell where they differ."""
    return hmac.compare_digest(secret.encode(), given.encode())


def is_signed(key: str, signature: str, *parts: str) -> bool:
    """Return whether `signature` is that of the parts."""
    return same(sign(key, *parts), signature)
