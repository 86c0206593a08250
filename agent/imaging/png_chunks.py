"""The chunks of a PNG file (ISO/IEC 15948, 5.3): what it says of its samples, and the file without what may be damaged."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping

from PIL.PngImagePlugin import PngInfo

from .declared import Declared

SIGNATURE = b"\x89PNG\r\n\x1a\n"
#: The signature, and IHDR with its length, name and checksum.
HEAD_BYTES = len(SIGNATURE) + 12 + 13
#: Without these there is no picture. tRNS is kept with them: it says which pixels are seen.
_PICTURE = frozenset({b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"})
#: The keyword of the text in which a file deeper than 8 bit says which of its values is white.
WHITE_LEVEL = "WhiteLevel"


def begins_with_8_bits(data: bytes) -> bool:
    """Whether a file's first HEAD_BYTES say that it has 8 bits a channel at most."""
    return any(name == b"IHDR" and len(body) == 13 and body[8] <= 8 for name, body, _ in chunks_of(data))


def declared_in(data: bytes) -> Declared:
    """What a file says of its samples. data: its bytes, as far as they go before the pixels."""
    depth, significant, white = 8, None, None
    for name, body, _ in chunks_of(data):
        if name == b"IHDR" and len(body) == 13:
            depth = body[8]
        elif name == b"sBIT" and body:
            significant = max(body[:3])
        elif name == b"tEXt" and body.startswith(WHITE_LEVEL.encode() + b"\0"):
            text = body.partition(b"\0")[2]
            white = float(text) if text.isdigit() and len(text) <= 5 else None
        elif name == b"IDAT":
            break
    return Declared(depth, significant=significant, white_level=white or None)


def without_metadata(data: bytes) -> bytes:
    """The file with the chunks alone that its pixels need."""
    return SIGNATURE + b"".join(whole for name, _, whole in chunks_of(data) if name in _PICTURE)


def with_texts(data: bytes, texts: Mapping[str, str]) -> bytes:
    """The file with texts, keyword to text, in tEXt or, beyond Latin-1, iTXt chunks behind its head."""
    added = b""
    for name, body, *_ in text_chunks(texts).chunks:
        added += len(body).to_bytes(4, "big") + name + body + zlib.crc32(name + body).to_bytes(4, "big")
    return data[:HEAD_BYTES] + added + data[HEAD_BYTES:]


def text_chunks(texts: Mapping[str, str]) -> PngInfo:
    """Texts, keyword to text, as Pillow writes them: in tEXt or, beyond Latin-1, iTXt chunks."""
    info = PngInfo()
    for keyword, text in texts.items():
        info.add_text(keyword, text)
    return info


def chunks_of(data: bytes) -> Iterator[tuple[bytes, bytes, bytes]]:
    """(name, body, the whole chunk) of each, as far as the bytes go."""
    at = len(SIGNATURE)
    while at + 8 <= len(data):
        length = int.from_bytes(data[at : at + 4], "big")
        stop = at + 12 + length
        yield data[at + 4 : at + 8], data[at + 8 : at + 8 + length], data[at:stop]
        at = stop
