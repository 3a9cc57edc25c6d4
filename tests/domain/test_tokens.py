"""Secrets: long enough, kept as digests, signed so that nobody else can."""

import hashlib
import re

from hypothesis import given
from hypothesis import strategies as st

from townhall.domain import tokens

TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))


def test_fresh_secrets_are_of_their_kind_and_never_the_same():
    made = {tokens.fresh() for _ in range(100)}
    assert len(made) == 100
    assert [secret for secret in made if not re.fullmatch(r"[\w-]{22}", secret)] == []
    assert re.fullmatch(f"[{tokens.CODE_ALPHABET}]{{6}}", tokens.fresh_code())
    assert re.fullmatch(r"\d{6}", tokens.fresh_digits())


def test_digest_is_sha_256_of_the_parts():
    assert tokens.digest("a", "b") == hashlib.sha256(b"a\0b").hexdigest()


@given(st.lists(TEXT, min_size=1, max_size=3), TEXT)
def test_signature_holds_for_its_key_and_parts_alone(parts, other):
    signature = tokens.sign("key", *parts)
    assert tokens.is_signed("key", signature, *parts)
    assert not tokens.is_signed("key two", signature, *parts)
    assert not tokens.is_signed("key", signature, *parts, other)
    assert not tokens.is_signed("key", f"{signature}0", *parts)
