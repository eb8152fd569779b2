"""Files that are embedded in Office documents: those that a reader knows are read."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from mplus_cli.errors import ReadError
from mplus_cli.readers.containers.archive import DAMAGE, Archive
from mplus_cli.readers.job import Job

_EQUATIONS = ("equation", "mathtype")
_BINARY = ".bin"  # a container of the program's own


def embedded(archive: Archive, part: str, program: str, job: Job) -> Iterator[str]:
    """The text of an embedded file, with its name before it; what can't be read of it is noted.

    What has no program is a piece of the document itself.
    """
    if program.lower().startswith(_EQUATIONS):
        job.note("equations of older programs, which are pictures, are not read")
        return
    name = posixpath.basename(part)
    if program and not job.options.attachments:
        return
    if not part or part not in archive or name.endswith(_BINARY):
        job.note(
            f"embedded objects are not read, such as {program or name or 'one without a name'}"
        )
        return
    try:
        document = job.inside(name, archive.read(part))
    except ReadError as error:
        job.note(f"the embedded {name} is not read: {error.reason}")
        return
    except DAMAGE:
        job.note(f"the embedded {name} can't be read: damaged")
        return
    if program:
        yield f"[Embedded file {name}]"
    yield document.text
