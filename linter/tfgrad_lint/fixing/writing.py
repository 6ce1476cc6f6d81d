"""Replaces a file's content so that at each moment the old or the new one is whole on disk."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


def replace_content(path: Path, before: bytes, after: bytes) -> None:
    """Write ``after`` into the file at ``path``, which holds ``before``; links to it and its mode stay.

    Raises:
        OSError: If that is not possible: not allowed, disk full, changed by somebody else. The file is as it was.
    """
    real = Path(os.path.realpath(path))
    if not os.access(real, os.W_OK):
        raise PermissionError(None, "it is read-only")
    with _beside(real) as temporary:
        temporary.write_bytes(after)
        with temporary.open("rb+") as file:
            os.fsync(file.fileno())
        shutil.copymode(real, temporary)
        _keep_owner(real, temporary)
        if real.read_bytes() != before:
            raise OSError(None, "it was changed by another program meanwhile")
        temporary.replace(real)


@contextlib.contextmanager
def _beside(path: Path) -> Iterator[Path]:
    """Give a new file in the folder of ``path``, which is gone afterwards if it was not moved."""
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".tfgrad", dir=path.parent)
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
    finally:
        temporary.unlink(missing_ok=True)


def _keep_owner(path: Path, temporary: Path) -> None:
    # Only root may give files away; whoever may write a file of somebody else's still gets the new content in.
    status = path.stat()
    with contextlib.suppress(OSError, AttributeError):
        os.chown(temporary, status.st_uid, status.st_gid)
