"""When two names are one: in whichever form their accents are written, and, for some systems, in whichever case."""

from __future__ import annotations

import re
import unicodedata

#: Joiners: without a width, they shape the letters beside them. Two names that differ in these alone look alike.
JOINERS = "\u200c\u200d"
# Composing takes time with the square of the marks that follow each other.
_LONGEST = 4096
_WITHOUT_JOINERS = dict.fromkeys(map(ord, JOINERS))


def composed(text: str) -> str:
    """A text with its accents composed (NFC); macOS writes file names decomposed (NFD), and both are one name. A text that is
    longer than any name or path stays as it is."""
    return text if text.isascii() or len(text) > _LONGEST else unicodedata.normalize("NFC", text)


def name_key(name: str) -> str:
    """What two names have in common that are one to a person or to some system: composed or not, in any case, with "_" or
    spaces, with or without joiners."""
    folded = composed(composed(name.strip()).translate(_WITHOUT_JOINERS).casefold())
    return re.sub(r"\s+", "_", folded)
