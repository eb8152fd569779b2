"""Invented configuration files with short questions: what a key of a section is set to, and keys that are not there.

Sections share names of keys, so that the question tells them apart. Some keys have a comment that gives a reason, which
is asked for, too.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any

from training.facts.layouts import capital
from training.facts.values import bars, fill


@dataclass(frozen=True)
class Key:
    """value: choices, which may have slots; asks: in the words of who doesn't know the key's name."""

    name: str
    values: tuple[str, ...]
    asks: tuple[str, ...]


def key(name: str, values: str, asks: str) -> Key:
    return Key(name, tuple(values.split("|")), tuple(asks.split("|")))


SECTIONS: dict[str, tuple[Key, ...]] = {
    "server": (
        key("port", "{port}", "Which port does the server listen on|On which port does it run"),
        key("bind", "127.0.0.1|0.0.0.0|10.{octet}.{octet}.{octet}|192.168.{octet}.{octet}", "To which address does the server bind|Which address does the server use"),
        key("workers", "2|4|6|8|12|16|24", "How many workers does the server have|How many worker processes are started"),
        key("timeout_s", "5|15|20|30|45|60|90|120", "After how many seconds does a request to the server time out|What is the server's timeout"),
        key("max_upload_mb", "8|16|25|40|64|100|250", "How large may an upload be|What is the limit for uploads"),
    ),
    "mail": (
        key("sender", "noreply@{surname}.example|desk@{brand}.example|alerts@{town}.example", "Who is the sender of mails|From which address are mails sent"),
        key("relay", "smtp.{brand}.example|mail.{town}.example|relay{digit}.{brand}.example", "Which relay sends the mails|Through which host are mails sent"),
        key("retries", "2|3|5|7|9", "How often is a mail tried again|How many retries are there for mails"),
        key("timeout_s", "10|25|40|75", "What is the timeout for mails|After how many seconds does sending a mail time out"),
        key("digest_at", "06:00|07:15|18:30|21:45", "At what time is the digest sent|When does the digest go out"),
    ),
    "storage": (
        key("path", "/var/lib/{svc}|/srv/{svc}/data|/data/{svc}|/mnt/{bird}/{svc}", "Where is the data stored|In which folder are the data"),
        key("quota_gb", "20|50|80|120|250|400|750", "How many gigabytes may be stored|What is the storage quota"),
        key("compression", "zstd|lz4|gzip|brotli|none", "How is stored data compressed|Which compression does the storage use"),
        key("keep_days", "14|30|45|60|90|180", "For how many days is stored data kept|After how many days is data removed from the storage"),
        key("checksum", "sha256|blake3|crc32c|xxh64", "Which checksum does the storage use|How are stored files checked"),
    ),
    "log": (
        key("file", "/var/log/{svc}.log|/var/log/{svc}/{svc2}.log|logs/{svc}.txt", "Where is the log file|To which file are messages logged"),
        key("level", "debug|info|warning|error", "What is the log level|At which level is logged"),
        key("keep_days", "3|7|10|21|28", "For how many days are logs kept|How long are logs kept"),
        key("max_mb", "5|12|50|128|512", "How large may the log grow|At what size is the log rotated"),
    ),
    "backup": (
        key("target", "vault.{town}.example:/{svc}|s3://{brand}-{svc}|/mnt/backup/{svc}|nas-{digit}:/{svc}", "Where do backups go|What is the target of the backup"),
        key("at", "01:30|02:15|03:40|04:05|23:20", "At what time does the backup run|When is the backup made"),
        key("keep", "5|6|8|11|13|26", "How many backups are kept|How many copies does the backup keep"),
        key("exclude", "*.tmp|*.cache|node_modules|thumbs.db|*.iso", "What does the backup leave out|Which files are excluded from the backup"),
    ),
    "auth": (
        key("session_minutes", "15|20|35|50|240|480", "How long is a session valid|After how many minutes does a session end"),
        key("min_password", "9|11|14|18|22", "How long must a password be|What is the least length of a password"),
        key("issuer", "https://login.{brand}.example|https://id.{town}.example|https://sso.{surname}.example", "Who issues the tokens|What is the issuer of tokens"),
        key("max_attempts", "3|4|6|10", "How many attempts to log in are allowed|After how many failed attempts is one locked out"),
    ),
    "cache": (
        key("ttl_s", "55|110|300|900|3600|7200", "For how many seconds is something cached|How long do entries of the cache live"),
        key("size_mb", "48|96|192|384|768|1536", "How large is the cache|How many megabytes may the cache take"),
        key("backend", "redis|memory|valkey|memcached|disk", "Which backend does the cache have|What is the cache kept in"),
    ),
    "sensor": (
        key("interval_s", "5|12|30|75|150|600", "How often does the sensor measure|At what interval is the sensor read"),
        key("pin", "4|17|18|22|25|27", "On which pin is the sensor|To which pin is the sensor connected"),
        key("unit", "celsius|kelvin|hpa|lux|ppm", "In what unit does the sensor measure|Which unit has the sensor"),
        key("offset", "-1.5|-0.4|0.3|0.8|2.2", "By what offset is the sensor corrected|What is the sensor's offset"),
    ),
    "display": (
        key("language", "en|de|pt-BR|nb|fr|ja|cy", "Which language is shown|In which language is the display"),
        key("theme", "dusk|paper|contrast|moss|slate", "Which theme is set|What does the display look like"),
        key("rows", "12|18|36|42|100|250", "How many rows does a page show|How many rows are displayed"),
        key("date_format", "YYYY-MM-DD|DD.MM.YYYY|D MMM YYYY|MM/DD/YYYY", "How are dates shown|What is the format of dates"),
    ),
}  # fmt: skip
REASONS = bars(
    "larger values stall the line|the old one was too slow|the auditors want it|measured in {month}, do not change|more would fill the disk|needed by the {town} office"
    "|below that the tests fail|asked for by {first}|the vendor says so|it was twice that until {year}|else the proxy gives up first"
)
TITLES = bars(
    "{svc}.toml|{svc}.conf|/etc/{svc}/{svc2}.ini|config/{svc}.yaml|settings of {svc}-{svc2}|.env.{svc}|{svc}_{svc2}.cfg|defaults.py|{brand} {svc} configuration"
)
Chosen = list[tuple[str, list[tuple[Key, str, str]]]]
"""Sections with their keys, each with its value and the comment on it, or "" ."""


def make_configs(seed: int, count: int) -> list[dict[str, Any]]:
    """`count` files with their questions, as `training.data` has them; the same for a seed."""
    return [_passage(Random(f"config {seed}/{index}")) for index in range(count)]


def _passage(rng: Random) -> dict[str, Any]:
    chosen: Chosen = [
        (name, [_setting(rng, each) for each in rng.sample(SECTIONS[name], rng.randint(2, 3))])
        for name in rng.sample(sorted(SECTIONS), rng.randint(2, 4))
    ]
    title = fill(rng, rng.choice(TITLES))
    context = rng.choice(FORMS)(chosen)
    if rng.random() < 0.4:
        context = f"# {title}\n{context}"
    qas = _asked(rng, chosen) + _in_vain(rng, chosen)
    return {"context": context, "title": title, "source": "config", "qas": qas}


def _setting(rng: Random, each: Key) -> tuple[Key, str, str]:
    value = fill(rng, rng.choice(each.values))
    value = value.lower() if "example" in value or value.startswith(("/", "s3:", "nas")) else value
    return each, value, fill(rng, rng.choice(REASONS)) if rng.random() < 0.15 else ""


# Forms


def _noted(line: str, note: str, mark: str = "#") -> str:
    return f"{line}  {mark} {note}" if note else line


def _quoted(value: str) -> str:
    return value if value.replace(".", "", 1).lstrip("-").isdigit() else json.dumps(value)


def _ini(chosen: Chosen) -> str:
    return "\n\n".join(
        "\n".join([f"[{name}]", *(_noted(f"{k.name} = {v}", note, ";") for k, v, note in keys)])
        for name, keys in chosen
    )


def _toml(chosen: Chosen) -> str:
    return "\n\n".join(
        "\n".join([f"[{name}]", *(_noted(f"{k.name} = {_quoted(v)}", note) for k, v, note in keys)])
        for name, keys in chosen
    )


def _yaml(chosen: Chosen) -> str:
    return "\n".join(
        "\n".join([f"{name}:", *(_noted(f"  {k.name}: {v}", note) for k, v, note in keys)])
        for name, keys in chosen
    )


def _environment(chosen: Chosen) -> str:
    return "\n".join(
        (f"# {note}\n" if note else "") + f"{name.upper()}_{k.name.upper()}={v}"
        for name, keys in chosen
        for k, v, note in keys
    )


def _python(chosen: Chosen) -> str:
    return "\n\n".join(
        "\n".join(
            _noted(f"{name.upper()}_{k.name.upper()} = {_quoted(v)}", note) for k, v, note in keys
        )
        for name, keys in chosen
    )


FORMS: tuple[Callable[[Chosen], str], ...] = (_ini, _toml, _yaml, _environment, _python)


# The questions


def _asked(rng: Random, chosen: Chosen) -> list[dict[str, Any]]:
    """Three to five values, and the reason for one that has a comment."""
    settings = [(name, *each) for name, keys in chosen for each in keys]
    qas = [
        {"question": f"{rng.choice(each.asks)}?", "answers": [value]}
        for _, each, value, _ in rng.sample(settings, min(len(settings), rng.randint(3, 5)))
    ]
    for name, each, value, note in settings:
        if note and len(qas) < 6:
            ask = rng.choice(("Why is {} of the {} {}?", "What is noted on {} of the {} ({})?"))
            qas.append({"question": ask.format(each.name, name, value), "answers": [note]})
    return qas


def _in_vain(rng: Random, chosen: Chosen) -> list[dict[str, Any]]:
    """A question or two about keys that are not set, of these sections or of another one."""
    there = {name: {each.name for each, _, _ in keys} for name, keys in chosen}
    near = [each for name in there for each in SECTIONS[name] if each.name not in there[name]]
    far = [each for name, keys in SECTIONS.items() if name not in there for each in keys]
    found = [rng.choice(near if near and rng.random() < 0.7 else far)]
    if rng.random() < 0.4:
        found += rng.sample([each for each in far if each not in found], 1)
    return [{"question": f"{capital(rng.choice(each.asks))}?", "answers": []} for each in found]
