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


def test_a_reply_tag_is_known_in_every_case_and_by_its_key_alone():
    tag = tokens.reply_tag("key", "abcdefgh23456789")
    assert re.fullmatch(r"abcdefgh23456789-[0-9a-f]{20}", tag)
    assert tokens.tagged("key", tag) == tokens.tagged("key", tag.upper()) == "abcdefgh23456789"
    for wrong in ("", "abcdefgh23456789", f"{tag[:-1]}x", f"x{tag}", f"{tag}0"):
        assert tokens.tagged("key", wrong) is None
    assert tokens.tagged("key two", tag) is None
