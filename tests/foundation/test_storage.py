"""A stored file is there whole or not at all."""

import os
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage, storages

from finance_console.operating.storage import WholeFiles


@pytest.fixture
def storage(tmp_path: Path) -> WholeFiles:
    return WholeFiles(location=tmp_path)


class Killed(BaseException):
    """What stands for SIGKILL between two writes."""


class Half(ContentFile):
    """Content whose writer is killed after the first part."""

    def chunks(self, chunk_size=None):
        yield b"half of"
        raise Killed


def files(root: Path) -> list[str]:
    return sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())


def test_every_file_of_the_console_is_kept_by_it() -> None:
    assert isinstance(storages["default"], WholeFiles)


def test_a_writer_killed_half_way_leaves_nothing_under_the_name(storage, tmp_path) -> None:
    with pytest.raises(Killed):
        storage.save("a/b.pdf", Half(b"half of the whole"))
    assert not storage.exists("a/b.pdf")
    assert files(tmp_path) == []


def test_the_old_way_leaves_a_torn_file(tmp_path) -> None:  # the negative control
    old = FileSystemStorage(location=tmp_path)
    with pytest.raises(Killed):
        old.save("a/b.pdf", Half(b"half of the whole"))
    assert old.open("a/b.pdf").read() == b"half of"


def test_what_a_killed_writer_could_not_clear_goes_after_an_hour(storage, tmp_path) -> None:
    left, busy = tmp_path / "unfinished" / "left", tmp_path / "unfinished" / "busy"
    left.parent.mkdir()
    for path in (left, busy):
        path.write_bytes(b"half")
    os.utime(left, (0, 0))

    storage.save("a", ContentFile(b"whole"))

    assert files(tmp_path) == ["a", "unfinished/busy"]


def test_saving_the_same_again_leaves_one_file_untouched(storage, tmp_path) -> None:
    assert storage.save("a", ContentFile(b"whole")) == "a"
    before = (tmp_path / "a").stat().st_ino

    assert storage.save("a", ContentFile(b"whole")) == "a"

    assert files(tmp_path) == ["a"]
    assert (tmp_path / "a").stat().st_ino == before


@pytest.mark.parametrize("torn", [b"who", b"", b"whale"])
def test_a_torn_file_is_replaced_by_the_whole_one(storage, tmp_path, torn) -> None:
    (tmp_path / "a").write_bytes(torn)

    storage.save("a", ContentFile(b"whole"))

    assert (tmp_path / "a").read_bytes() == b"whole"
    assert files(tmp_path) == ["a"]
