"""Content lines: escaping, quoting and folding (RFC 5545, sections 3.1 and 3.3.11; RFC 6868)."""

from datetime import datetime

from townhall.domain.invites.octets import pieces

LINE_OCTETS = 75
"""The longest line without its line end (RFC 5545, section 3.1)."""


def text(value: str) -> str:
    r"""Return a TEXT value: `\`, `;`, `,` and line ends escaped (RFC 5545, section 3.3.11)."""
    return (
        one_line_end(value)
        .replace("\\", "\\\\")
        .replace(";", "\\;")
        .replace(",", "\\,")
        .replace("\n", "\\n")
    )


def quoted(value: str) -> str:
    """Return a parameter value in quotes, what may not stand in them encoded (RFC 6868)."""
    encoded = one_line_end(value).replace("^", "^^").replace('"', "^'").replace("\n", "^n")
    return f'"{encoded}"'


def instant(moment: datetime) -> str:
    """Return an instant, given in UTC, as DATE-TIME form 2 (RFC 5545, section 3.3.5)."""
    return f"{moment:%Y%m%dT%H%M%SZ}"


def mailto(address: str) -> str:
    """Return a CAL-ADDRESS; only what no URI may hold is encoded, so that it matches as typed."""
    for character in "%?#^`{|}":
        if character in address:
            address = address.replace(character, f"%{ord(character):02X}")
    return f"mailto:{address}"


def folded(line: str) -> bytes:
    """Return a content line with its line ends, each at most 75 octets (RFC 5545, section 3.1)."""
    octets = line.encode()
    if len(octets) <= LINE_OCTETS:
        return octets + b"\r\n"
    return b"\r\n ".join(pieces(octets, LINE_OCTETS, LINE_OCTETS - 1)) + b"\r\n"


def one_line_end(value: str) -> str:
    """Return `value` with every line end, as forms and files write them, as one line feed."""
    return value.replace("\r\n", "\n").replace("\r", "\n") if "\r" in value else value
