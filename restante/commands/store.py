"""The store that commands work on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib.errors import NotFound
from restante.embedded.backend import EmbeddedBackend, backend_of

if TYPE_CHECKING:
    from chalicelib.settings import Settings
    from restante.embedded.backend import EmbeddedBackend


def open_store(settings: Settings, *, create: bool = False) -> EmbeddedBackend:
    """The data folder's backend. Raises NotFound where there is none yet and it is not to be made."""
    # Raw mail alone is enough: the index is made again from it.
    if not create and not any((settings.data / name).exists() for name in ("restante.sqlite3", "mail")):
        raise NotFound(f"There is no data in {settings.data.resolve()}; give the folder with --data or RESTANTE_DATA")
    return backend_of(settings)
