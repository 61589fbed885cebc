"""The bytes of a delimited text file, out of gzip or a zip archive if need be."""

import codecs
import gzip
import io
import zipfile
import zlib

from tradegym.conf.errors import UserError
from tradegym.envs.data.local_file import find_file, printable, unreadable

_BOM = b"\xef\xbb\xbf"
_GZIP, _ZIP = b"\x1f\x8b", b"PK\x03\x04"
_CHUNK = 1 << 22
_SIGNATURES = {
    b"PAR1": "a Parquet file; read it with dataset=parquet",
    b"ARROW1": "a Feather file; read it with dataset=parquet",
    b"%PDF": "a PDF, not a CSV file; export it as CSV in UTF-8",
    b"\x89HDF": "an HDF5 file, not a CSV file; export it as CSV in UTF-8",
    b"\xff\xfe": "UTF-16 text, not a CSV file; export it as CSV in UTF-8",
    b"\xfe\xff": "UTF-16 text, not a CSV file; export it as CSV in UTF-8",
    b"<!doctype": "a web page, not a CSV file; export it as CSV in UTF-8",
    b"<html": "a web page, not a CSV file; export it as CSV in UTF-8",
    b"{": "JSON, not a CSV file; export it as CSV in UTF-8",
    b"[": "JSON, not a CSV file; export it as CSV in UTF-8",
}


def read_content(filename: str) -> bytes:
    """Return the content of a text file without byte order mark, decompressed.

    Of a zip archive it is that of its only file, or of its only ``.csv`` file.

    Parameters
    ----------
    filename : str
        Path of the file; ``~`` is the home directory.

    Raises
    ------
    UserError
        If it is missing, unreadable or no UTF-8 text.
    """
    source = printable(filename)
    path = find_file(filename)
    try:
        content = path.read_bytes()
        if content.startswith(_GZIP):
            content = gzip.decompress(content)
        elif content.startswith(_ZIP):
            content = _only_member(source, content)
    except (OSError, EOFError, RuntimeError, zlib.error, zipfile.BadZipFile) as error:
        raise unreadable(filename, error) from None
    _refuse_other_formats(source, content)
    _check_encoding(source, content)
    return content.removeprefix(_BOM)


def _only_member(source: str, content: bytes) -> bytes:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        names = [name for name in archive.namelist() if not name.endswith("/")]
        if "[Content_Types].xml" in names:
            raise UserError(f"{source}: is an Excel workbook, not a CSV file; export it as CSV")
        tables = [name for name in names if name.lower().endswith(".csv")]
        tables = [name for name in tables if not name.startswith("__MACOSX/")]
        found = tables or names
        if len(found) != 1:
            listed = ", ".join(printable(name) for name in found[:5]) or "none"
            raise UserError(
                f"{source}: the archive has {len(found)} files ({listed}); unpack it and name "
                "them with dataset.filename=[FILE,FILE]"
            )
        return archive.read(found[0])


def _refuse_other_formats(source: str, content: bytes) -> None:
    start = content[:64].lstrip()
    for signature, what in _SIGNATURES.items():
        if start[: len(signature)].lower() == signature.lower():
            raise UserError(f"{source}: is {what}")
    if b"\0" in content:
        raise UserError(f"{source}: is a binary file, not a CSV file; export it as CSV in UTF-8")


def _check_encoding(source: str, content: bytes) -> None:
    # In pieces: the text of a large file would need its size again.
    decoder = codecs.getincrementaldecoder("utf-8")()
    view = memoryview(content)
    for start in range(0, len(content), _CHUNK):
        kept = len(decoder.getstate()[0])
        try:
            decoder.decode(view[start : start + _CHUNK], start + _CHUNK >= len(content))
        except UnicodeDecodeError as error:
            place = start - kept + error.start
            line = content.count(b"\n", 0, place) + 1
            raise UserError(
                f"{source}, line {line}: byte {content[place]:#04x} is not UTF-8 text; save "
                "the file as UTF-8"
            ) from None
