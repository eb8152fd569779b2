"""The packing of RTF in Outlook messages (LZFu, [MS-OXRTFCP])."""

from __future__ import annotations

import struct

from mplus_cli.errors import ReadError

MAX_BYTES = 32 * 1024 * 1024
_PACKED, _PLAIN = b"LZFu", b"MELA"
_SIZE = 4096
# What the window holds at first.
_KNOWN = (
    rb"{\rtf1\ansi\mac\deff0\deftab720{\fonttbl;}{\f0\fnil \froman \fswiss \fmodern \fscript "
    rb"\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\colortbl\red0\green0\blue0"
    b"\r\n"
    rb"\par \pard\plain\f0\fs20\b\i\u\tab\tx"
)


def unpacked_rtf(data: bytes) -> bytes:
    """The RTF of a packed body; of a cut one as much as there is. Raises `ReadError` for none."""
    if len(data) < 16 or data[8:12] not in (_PACKED, _PLAIN):
        raise ReadError("an Outlook message whose text is damaged", "save it anew from Outlook")
    size = min(struct.unpack_from("<I", data, 4)[0], MAX_BYTES)
    if data[8:12] == _PLAIN:
        return data[16 : 16 + size]
    window = bytearray(_KNOWN.ljust(_SIZE, b"\0"))
    out = bytearray()
    write, at = len(_KNOWN), 16
    while at < len(data) and len(out) < size:
        flags, at = data[at], at + 1
        for bit in range(8):
            if at + (flags >> bit & 1) >= len(data) or len(out) >= size:
                return bytes(out)
            if not flags >> bit & 1:
                found, at = data[at : at + 1], at + 1
            else:
                reference, at = int.from_bytes(data[at : at + 2]), at + 2
                start, count = reference >> 4, (reference & 15) + 2
                if start == write:
                    return bytes(out)
                found = b""
                for step in range(count):
                    byte = window[(start + step) % _SIZE : (start + step) % _SIZE + 1]
                    window[(write + step) % _SIZE] = byte[0]
                    found += byte
            for step, value in enumerate(found):
                window[(write + step) % _SIZE] = value
            write = (write + len(found)) % _SIZE
            out += found
    return bytes(out)
