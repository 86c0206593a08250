"""A JPEG file without the segments that only describe it (ITU-T T.81, B.1.1)."""

from __future__ import annotations

SIGNATURE = b"\xff\xd8"
_START_OF_SCAN, _COMMENT = 0xDA, 0xFE
# Application data, and a comment.
_DESCRIBING = {0xE0 + number for number in range(16)} | {_COMMENT}
# JFIF's and Adobe's application data say how the colours are coded: (begin, bytes at least).
_CODING = {0xE0: (b"JFIF\0", 14), 0xEE: (b"Adobe", 12)}


def without_metadata(data: bytes) -> bytes:
    """The file without EXIF, profiles, previews and comments; as it is from where its segments cannot be followed."""
    kept, at = [SIGNATURE], len(SIGNATURE)
    while at + 4 <= len(data) and data[at] == 0xFF and data[at + 1] != _START_OF_SCAN:
        if data[at + 1] == 0xFF:  # a byte that only fills
            at += 1
            continue
        stop = at + 2 + int.from_bytes(data[at + 2 : at + 4], "big")
        if data[at + 1] not in _DESCRIBING or _says_coding(data[at + 1], data[at + 4 : stop]):
            kept.append(data[at:stop])
        at = stop
    return b"".join(kept) + data[at:]


def _says_coding(marker: int, body: bytes) -> bool:
    begin, least = _CODING.get(marker, (b"", 0))
    return bool(begin) and body.startswith(begin) and len(body) >= least
