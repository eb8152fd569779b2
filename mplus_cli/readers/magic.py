"""What files are that hold no text: told by their first bytes, in words that people use."""

from __future__ import annotations

import re

_SEEN = "mplus reads no pictures: leave it out, or take a PDF in which its text was recognized"
_HEARD = "mplus reads text: leave it out, or take its transcript"
_PACKED = "unpack it and name the files in it"
_RUN = "leave it out"
_KEPT = "leave it out, or export what is in it as text or CSV"

_SIGNS = (
    ("a PNG picture", _SEEN, rb"\x89PNG\r\n\x1a\n"),
    ("a JPEG picture", _SEEN, rb"\xff\xd8\xff"),
    ("a GIF picture", _SEEN, rb"GIF8[79]a.{4}[^ -~]"),
    ("a TIFF picture", _SEEN, rb"II\*\0|MM\0\*|II\x2b\0|MM\0\x2b"),
    ("a WebP picture", _SEEN, rb"RIFF.{4}WEBP"),
    ("a BMP picture", _SEEN, rb"BM.{4}\0{4}"),
    ("a HEIC picture", _SEEN, rb"\0\0.{2}ftyp(?:hei|hev|mif1|msf1)"),
    ("an AVIF picture", _SEEN, rb"\0\0.{2}ftypavi"),
    ("a JPEG 2000 picture", _SEEN, rb"\0\0\0\x0cjP  "),
    ("an icon", _SEEN, rb"\0\0[\x01\x02]\0[^\0]\0|icns\0"),
    ("a Photoshop picture", _SEEN, rb"8BPS\0"),
    ("a DjVu document", "export it as PDF", rb"AT&TFORM.{4}DJV"),
    ("a Kindle book", "export it as EPUB or PDF", rb".{60}(?:BOOKMOBI|TEXtREAd)"),
    ("an MP3 recording", _HEARD, rb"ID3[\x02-\x04]|\xff[\xfb\xfa\xf3\xf2]"),
    ("an M4A recording", _HEARD, rb"\0\0.{2}ftypM4[ABP]"),
    ("a WAV recording", _HEARD, rb"RIFF.{4}WAVE"),
    ("a FLAC recording", _HEARD, rb"fLaC\0"),
    ("an Ogg recording", _HEARD, rb"OggS\0"),
    ("a MIDI file", _HEARD, rb"MThd\0"),
    ("an MP4 video", _HEARD, rb"\0\0.{2}ftyp|\0\0.{2}(?:moov|mdat|wide)"),
    ("an AVI video", _HEARD, rb"RIFF.{4}AVI "),
    ("a Matroska or WebM video", _HEARD, rb"\x1aE\xdf\xa3"),
    ("a Windows video or recording", _HEARD, rb"0&\xb2u\x8ef\xcf\x11"),
    ("an MPEG video", _HEARD, rb"\0\0\x01[\xb3\xba]"),
    ("a Flash video", _HEARD, rb"FLV\x01"),
    ("a bzip2 archive", _PACKED, rb"BZh[1-9]1AY&SY"),
    ("an xz archive", _PACKED, rb"\xfd7zXZ\0"),
    ("a Zstandard archive", _PACKED, rb"\x28\xb5\x2f\xfd"),
    ("a 7z archive", _PACKED, rb"7z\xbc\xaf\x27\x1c"),
    ("a RAR archive", _PACKED, rb"Rar!\x1a\x07"),
    ("a tar archive", _PACKED, rb".{257}ustar(?:\0|  \0)"),
    ("a cabinet archive", _PACKED, rb"MSCF\0\0\0\0"),
    ("a package archive", _PACKED, rb"!<arch>\ndebian"),
    ("a software package", _RUN, rb"\xed\xab\xee\xdb"),
    ("an ELF program", _RUN, rb"\x7fELF"),
    ("a Windows program", _RUN, rb"MZ.{1,1022}?PE\0\0"),
    ("a Mac program", _RUN, rb"[\xce\xcf]\xfa\xed\xfe|\xfe\xed\xfa[\xce\xcf]"),
    ("a Java or Mac program", _RUN, rb"\xca\xfe\xba\xbe"),
    ("a WebAssembly program", _RUN, rb"\0asm"),
    ("a program library", _RUN, rb"!<arch>\n"),
    ("a compiled Python program", _RUN, rb".{2}\r\n[\0-\x03]\0\0\0"),
    ("a font", _RUN, rb"\0\x01\0\0\0|OTTO\0|wOF[F2]|true\0|ttcf\0"),
    ("an SQLite database", _KEPT, rb"SQLite format 3\0"),
    ("an Access database", _KEPT, rb"\0\x01\0\0Standard (?:Jet|ACE) DB"),
    ("an Outlook mailbox (PST)", "export its messages as EML or MSG", rb"!BDN.{4}SM"),
    ("an HDF5 file", _KEPT, rb"\x89HDF\r\n"),
    ("a Parquet file", _KEPT, rb"PAR1[\x15\0]"),
    ("a NumPy array", _KEPT, rb"\x93NUMPY"),
    ("a binary property list", _KEPT, rb"bplist0\d"),
    ("a pack of git objects", _RUN, rb"PACK\0\0\0"),
    ("a DICOM picture", _SEEN, rb"\0{128}DICM"),
)
_COMPILED = [(what, hint, re.compile(sign, re.DOTALL)) for what, hint, sign in _SIGNS]
# The one picture that is text: its words are numbers of lines and curves.
_SVG = re.compile(
    rb"(?:\xef\xbb\xbf)?(?>\s+|<\?xml[^>]*>|<!--.*?-->|<!DOCTYPE\s+svg[^>]*>)*+<svg[\s>]", re.DOTALL
)
_FIRST_BYTES = 2048
_NO_TEXT = re.compile(rb"[\0-\x08\x0e-\x1a\x1c-\x1f\x80-\xff]")


def told(data: bytes) -> tuple[str, str] | None:
    """What some bytes are and what can be done, where their beginning tells it."""
    first = data[:_FIRST_BYTES]
    if _SVG.match(first):
        return "an SVG picture", _SEEN
    if not _NO_TEXT.search(first):
        return None
    return next(((what, hint) for what, hint, sign in _COMPILED if sign.match(first)), None)
