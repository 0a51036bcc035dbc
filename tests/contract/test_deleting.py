"""Deleting an account's mail deletes every copy: raw bytes, index, renderings in both tiers, and decoded copies."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Any, cast

import pytest

from chalicelib.actions import reading
from chalicelib.actions.discarding import purge
from chalicelib.actions.rendering import render_ahead, rendered, small_part
from chalicelib.errors import NotFound
from chalicelib.mail.rendering import Rendering, part_key, rendering_key
from chalicelib.mail.shelf import Shelf
from chalicelib.ports.linking import Form
from tests.api.mails import PDF, arrive, rich
from tests.contract.samples import BO, CY, reserve
from tests.worlds import BUCKET

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from chalicelib.aws.backend import AwsBackend
    from chalicelib.mail.message import Message
    from chalicelib.mail.rendering import CacheKey
    from chalicelib.ports import Backend
    from restante.embedded.backend import EmbeddedBackend
    from tests.worlds import World

ANAS = Shelf.account("ana")
SECRET = b"https://example.org/confirm?code=1"
"""What stands in the mail, in its text and its HTML."""
FORM = Form(media_type="application/pdf", disposition="attachment")


def _never() -> bytes:
    raise NotFound("It is not kept")


def _read_in_every_way(backend: Backend, message: Message) -> list[CacheKey]:
    """Let every copy be made that reading makes of a message; answers with the keys of those in the cache."""
    opened = reading.open_message(backend, message.inbox, message.id)
    render_ahead(opened)
    keys = []
    for rendering in Rendering:
        key = rendering_key(message.mail.id, rendering)
        backend.cache.keep({key: rendered(opened, rendering)})
        keys.append(key)
    for part in reading.attachments(opened):
        content = small_part(opened, part)
        assert content is not None
        key = part_key(message.mail.id, part)
        backend.cache.keep({key: content})
        keys.append(key)
        if backend.links is not None:
            backend.links.to_copy(key, lambda: iter((PDF,)), FORM)
    return keys


def _stored(world: World, folder: Path, *backends: Backend) -> Iterator[bytes]:
    """All that the world's stores hold, unpacked where it is packed."""
    if world.clients is None:
        # The last connection that closes takes its write-ahead log along.
        for backend in backends:
            cast("EmbeddedBackend", backend).close()
        yield from (path.read_bytes() for path in folder.rglob("*") if path.is_file())
        return
    for one in world.clients.s3.list_objects_v2(Bucket=BUCKET).get("Contents", ()):
        yield one["Key"].encode()
        yield world.clients.s3.get_object(Bucket=BUCKET, Key=one["Key"])["Body"].read()
    table = cast("AwsBackend", backends[0]).table.name
    for item in world.clients.dynamodb.scan(TableName=table)["Items"]:
        yield from _texts(item)


def _texts(value: Any) -> Iterator[bytes]:
    if isinstance(value, dict):
        for one in value.values():
            yield from _texts(one)
    elif isinstance(value, list):
        for one in value:
            yield from _texts(one)
    elif isinstance(value, bytes):
        yield value
        yield _unpacked(value)
    else:
        yield str(value).encode()


def _unpacked(octets: bytes) -> bytes:
    for start in range(min(64, len(octets))):
        try:
            return zlib.decompressobj().decompress(octets[start:])
        except zlib.error:
            continue
    return b""


def test_purging_an_accounts_mail_deletes_every_copy(world: World, tmp_path: Path) -> None:
    backend = world.build()
    reserve(backend, "ana", BO, CY)
    for _ in range(3):
        arrive(backend, rich().as_bytes(), BO, CY)
    messages = backend.index.messages(ANAS, limit=99)
    keys = [key for message in messages for key in _read_in_every_way(backend, message)]
    before = [SECRET in one for one in _stored(world, tmp_path, backend)].count(True)
    purged = purge(backend, ANAS)

    assert (purged, before > 0) == (6, True)
    readers = (backend, world.build())
    for reader in readers:
        for key in keys:
            with pytest.raises(NotFound):
                reader.cache.fetch(key, _never)
        for message in messages:
            with pytest.raises(NotFound):
                reader.raw.read(message.mail.receipt)
    assert backend.register.discarded() == ()
    assert [one for one in _stored(world, tmp_path, *readers) if SECRET in one] == []
    assert world.clients is None or "Contents" not in world.clients.s3.list_objects_v2(Bucket=BUCKET)
