"""Files that clients and staff attach: what they may be, how they are cleaned, scanned, sealed and kept.

`FileStore.take` is the only way in: by content (`kinds`, `pictures`, `documents`), through the scanner (`clamd`),
into a sealed file under a random name (`store`). Which appeal a file belongs to is a row elsewhere.
"""

from backend.files.kinds import Reason, Refused
from backend.files.store import FileStore, Kept

__all__ = ["FileStore", "Kept", "Reason", "Refused"]
