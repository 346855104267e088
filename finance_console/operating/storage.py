"""Stored files: each is there whole under its own name, or not at all."""

import os
import time
import uuid
from pathlib import Path
from typing import Any, Final

from django.core.files.base import File
from django.core.files.storage import FileSystemStorage

UNFINISHED: Final = "unfinished"
AN_HOUR: Final = 3600.0


class WholeFiles(FileSystemStorage):
    """Writes beside, flushes to the disk, then renames: a killed writer leaves nothing under a name.

    A name belongs to its content: saving under a name that exists keeps what is there when the bytes
    are the same, and replaces it otherwise, so that two writers leave one file and no copy.
    """

    def get_available_name(self, name: str, max_length: int | None = None) -> str:
        """The name itself."""
        return name

    def _save(self, name: str, content: "File[Any]") -> str:
        path = Path(self.path(name))
        if not _holds(path, content):
            path.parent.mkdir(parents=True, exist_ok=True)
            beside = self._beside()
            try:
                _write(beside, content)
                if self.file_permissions_mode is not None:
                    beside.chmod(self.file_permissions_mode)
                beside.replace(path)
            finally:
                beside.unlink(missing_ok=True)
            _flush_directory(path.parent)
        return name

    def _beside(self) -> Path:
        """A new name on the same file system. What killed writers left an hour ago goes."""
        directory = Path(self.path(UNFINISHED))
        directory.mkdir(parents=True, exist_ok=True)
        for left in directory.iterdir():
            try:
                if time.time() - left.stat().st_mtime > AN_HOUR:
                    left.unlink()
            except FileNotFoundError:  # its writer finished, or another one cleared it
                continue
        return directory / uuid.uuid4().hex


def _holds(path: Path, content: "File[Any]") -> bool:
    try:
        if path.stat().st_size != content.size:
            return False
        with path.open("rb") as stored:
            return all(stored.read(len(part)) == part for part in map(_bytes, content.chunks()))
    except FileNotFoundError:
        return False


def _write(path: Path, content: "File[Any]") -> None:
    with path.open("xb") as file:
        for part in content.chunks():
            file.write(_bytes(part))
        file.flush()
        os.fsync(file.fileno())


def _bytes(part: str | bytes) -> bytes:
    return part.encode() if isinstance(part, str) else part


def _flush_directory(directory: Path) -> None:
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
