"""Invitations (iCalendar, RFC 5545) in words: what, when, where."""

from __future__ import annotations

import re

_FOLDED = re.compile(r"\n[ \t]")
_LINE = re.compile(r"([A-Za-z-]+)((?:;[^:\"]*(?:\"[^\"]*\"[^:\"]*)*)?):(.*)")
_TIME = re.compile(r"(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(\d\d)?(Z?))?")
_ESCAPED = re.compile(r"\\([nN\\,;])")
_ZONE = re.compile(r"TZID=\"?([^;\"]+)", re.IGNORECASE)
_NAME = re.compile(r"CN=\"?([^;\"]+)", re.IGNORECASE)
_SHOWN = {
    "SUMMARY": "Event",
    "DTSTART": "Begins",
    "DTEND": "Ends",
    "DUE": "Due",
    "DURATION": "Duration",
    "RRULE": "Repeats",
    "LOCATION": "Where",
    "ORGANIZER": "Organizer",
    "ATTENDEE": "Attendee",
    "STATUS": "Status",
    "DESCRIPTION": "Description",
    "COMMENT": "Comment",
    "URL": "Link",
}
_UNSHOWN = {"VALARM", "VTIMEZONE"}
_MAX_LINES = 10_000


def events(text: str) -> list[str]:
    """The events of a calendar, each in lines of a name and what it is."""
    found: list[list[str]] = [[]]
    inside: list[str] = []
    for line in _FOLDED.sub("", text).split("\n")[:_MAX_LINES]:
        matched = _LINE.match(line.strip())
        if matched is None:
            continue
        name, parameters, value = matched[1].upper(), matched[2], matched[3]
        if name == "BEGIN":
            inside.append(value.upper())
            if value.upper() in ("VEVENT", "VTODO", "VJOURNAL"):
                found.append([])
        elif name == "END":
            inside = inside[:-1]
        elif name == "METHOD" and value.upper() == "CANCEL":
            found[0].append("Cancelled")
        elif name in _SHOWN and not _UNSHOWN.intersection(inside) and value.strip():
            found[-1].append(f"{_SHOWN[name]}: {_value(name, parameters, value)}")
    return ["\n".join(lines) for lines in found if lines]


def _value(name: str, parameters: str, value: str) -> str:
    if name in ("DTSTART", "DTEND", "DUE") and (time := _TIME.match(value)):
        year, month, day, hour, minute, _, utc = time.groups()
        zone = _ZONE.search(parameters)
        clock = f" {hour}:{minute}" if hour else ""
        return f"{year}-{month}-{day}{clock}" + (
            " UTC" if utc else f" {zone[1]}" if zone and hour else ""
        )
    if name in ("ORGANIZER", "ATTENDEE"):
        address = re.sub(r"(?i)^mailto:", "", value)
        person = _NAME.search(parameters)
        return f"{person[1]} <{address}>" if person else address
    return _ESCAPED.sub(lambda found: "\n" if found[1] in "nN" else found[1], value).strip()
