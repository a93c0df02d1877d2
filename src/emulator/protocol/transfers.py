"""The routes that answer to the signed URLs of staging/transfers.py."""

import hmac
import uuid
from collections.abc import Callable
from contextlib import suppress

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from .. import errors
from ..staging.csv_files import packing
from ..staging.transfers import ROUTE, Action, signature
from ..store import checksums
from ..store.storage import Storage

Storages = Callable[[str], Storage | None]


def routes(storages: Storages) -> list[Route]:
    """The endpoints behind the signed URLs; `storages` knows each account's."""
    path = f"{ROUTE}/{{account}}/{{action}}/{{signature}}/{{name:path}}"

    async def store(request: Request) -> Response:
        storage = _signing(request, storages, "add", "replace", "add-packed", "replace-packed")
        return await _store(request, storage) if storage else Response(status_code=403)

    async def fetch(request: Request) -> Response:
        if (storage := _signing(request, storages, "get")) is None:
            return Response(status_code=403)
        path = storage.folder / request.path_params["name"]
        return FileResponse(path) if path.is_file() else Response(status_code=404)

    return [Route(path, store, methods=["PUT"]), Route(path, fetch, methods=["GET"])]


def _signing(request: Request, storages: Storages, *actions: Action) -> Storage | None:
    """The storage of the account that has signed the URL for one of the actions."""
    part = request.path_params
    storage = storages(part["account"])
    if storage is None or part["action"] not in actions:
        return None
    expected = signature(storage, part["action"], part["name"])
    return storage if hmac.compare_digest(part["signature"].encode(), expected.encode()) else None


async def _store(request: Request, storage: Storage) -> Response:
    """Takes a file in, and gives it its name when all of it has arrived."""
    incoming, checksum = storage.incoming / uuid.uuid4().hex, checksums.new()
    try:
        with incoming.open("wb") as file:
            async for chunk in request.stream():
                file.write(chunk)
                checksum.update(chunk)
        name, (action, _, packed) = request.path_params["name"], request.path_params["action"].partition("-")
        if packed and not name.endswith(".gz") and packing(incoming) == "gzip":
            name = f"{name}.gz"
        replace = action == "replace"
        checksums.remember(storage.folder / name, incoming.stat(), checksum.hexdigest())
        found = await run_in_threadpool(storage.publish, incoming, storage.folder / name, replace)
        return Response(status_code=200 if found else 404)
    except ClientDisconnect:
        return Response(status_code=400)
    except OSError as error:  # a client gives up at once, as it would not on HTTP 500
        return Response(str(error.strerror), status_code=507 if errors.why_full(str(error)) else 422)
    finally:
        with suppress(OSError):
            incoming.unlink(missing_ok=True)
