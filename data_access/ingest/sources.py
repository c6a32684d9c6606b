"""What there is to load: files, folders and zips, each file opened when its turn comes."""

from __future__ import annotations

import lzma
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import BinaryIO, cast

#: A zip may unpack to this much; more is taken for a mistake or an attack.
MAX_UNPACKED_BYTES = 20 * 1024**3
#: How a zip begins, and one without files.
_ZIP_MAGIC = (b"PK\x03\x04", b"PK\x05\x06")
#: What reading a zip may raise where it is damaged, or packed as Python cannot unpack.
UNPACKING_FAILED = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, NotImplementedError)
DAMAGED = (
    "The zip file is damaged, or packed in a way that cannot be read. Get it again, or unpack it and load its files."
)


@dataclass(frozen=True)
class Source:
    """One file to load. `open` gives a fresh stream each time, in another process too (it can be pickled).

    `refused` says why it cannot be read at all.
    """

    name: str
    open: Callable[[], BinaryIO]
    refused: str | None = None


def find(paths: Iterable[Path]) -> Iterator[Source]:
    """Every file under `paths`, in order of name; folders are searched, zips opened, hidden files passed over."""
    for path in paths:
        for file in files_in(path):
            yield from of_file(file, file.name)


def files_in(path: Path) -> list[Path]:
    """The file itself, or those in the folder and the folders in it, but for what is hidden."""
    if not path.is_dir():
        return [path]
    inner = sorted(entry for entry in path.rglob("*") if entry.is_file())
    return [file for file in inner if not any(part.startswith(".") for part in file.relative_to(path).parts)]


def of_file(path: Path, name: str) -> Iterator[Source]:
    """The file itself, or what is in it when it is a zip."""
    try:
        with path.open("rb") as stream:
            is_zip = stream.read(4) in _ZIP_MAGIC
    except OSError as error:
        yield _refused(name, f"The file cannot be read ({error.strerror}). Check that it exists and may be opened.")
        return
    if not is_zip:
        yield Source(name, partial(_open, path))
        return
    try:
        yield from _members(path, name)
    except UNPACKING_FAILED:
        yield _refused(name, DAMAGED)


def _open(path: Path) -> BinaryIO:
    return path.open("rb")


def _members(path: Path, name: str) -> Iterator[Source]:
    with zipfile.ZipFile(path) as archive:
        members = [member for member in archive.infolist() if not member.is_dir()]
    members = [member for member in members if not Path(member.filename).name.startswith((".", "__MACOSX"))]
    if not members:
        yield _refused(name, "The zip holds no files. Get it again from its sender.")
        return
    if sum(member.file_size for member in members) > MAX_UNPACKED_BYTES:
        yield _refused(name, f"The zip unpacks to more than {MAX_UNPACKED_BYTES // 1024**3} GB. Load its parts apart.")
        return
    for member in sorted(members, key=lambda entry: entry.filename):
        inner = f"{name}/{Path(member.filename).name}"
        if member.flag_bits & 0x1:
            yield _refused(inner, "The zip is protected by a password. Unpack it and load the files in it.")
        elif member.filename.lower().endswith(".zip"):
            yield _refused(inner, "A zip within a zip is not opened. Unpack the outer one first.")
        else:
            yield Source(inner, partial(_open_member, path, member))


def _open_member(path: Path, member: zipfile.ZipInfo) -> BinaryIO:
    with zipfile.ZipFile(path) as archive:
        return cast(BinaryIO, archive.open(member))  # holds the file open until it is closed itself


def _refused(name: str, reason: str) -> Source:
    return Source(name, partial(_cannot, reason), reason)


def _cannot(reason: str) -> BinaryIO:
    raise OSError(reason)
