"""What an interrupted process left over: raw mail that the index does not know.

Mail is written to the disk first and indexed after. A process that is killed between the two, or a power failure that
takes the index's last rows with it, leaves mail that nobody can find: it is looked for at every start.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from chalicelib.actions.receiving import index_stored
from chalicelib.mail.ids import first_id_at, moment_of

if TYPE_CHECKING:
    from restante.embedded.backend import EmbeddedBackend

_OVERLAP = timedelta(seconds=60)
"""Several processes may take mail at once: the newest mail of one does not prove that another's is indexed."""


def recover(backend: EmbeddedBackend) -> int:
    """Index the mails that arrived last and are not known; answers with how many there were.

    Takes time for the mails of the last minute before the newest known one, however many there are in all.
    """
    newest = backend.index.newest()
    since = None if newest is None else first_id_at(moment_of(newest) - _OVERLAP)
    recovered = 0
    for receipt in backend.raw.receipts(since):
        if not backend.index.holds(receipt.id):
            index_stored(backend, receipt)
            recovered += 1
    return recovered
