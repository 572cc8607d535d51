"""Finding the right reply template for a question in free Russian text. Pure: no rows, no files of ours, no clock.

    index = Index.build(entries)          # seconds; immutable, may be shared by threads
    found = index.ask("rfr pfgbcfnmcz")   # milliseconds

What comes in is repaired (layout, transliteration, spelling against the base's own vocabulary), candidates are scored,
and a calibrated decision says whether the answer may be sent, choices should be offered, or a person must be asked.
"""

from knowledge.model import Entry, Found, Scored

__all__ = ["Entry", "Found", "Scored"]
