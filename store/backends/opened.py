"""The backend of an address."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from store.backends import Backend
from store.backends.failures import in_words, no_credentials
from store.backends.folder import Folder
from store.errors import MplusError, reason_of

if TYPE_CHECKING:
    from obstore.store import ClientConfig, ObjectStore


@dataclass(frozen=True)
class Cloud:
    """What the environment says of an object store, beside what `obstore` looks for itself.

    endpoints: where another server than the cloud's own is named; credentials: which of these are
    enough by themselves; package: what finds all others, where it is installed.
    """

    endpoints: tuple[str, ...]
    credentials: tuple[str, ...]
    package: str = ""


_CLOUDS = {
    "s3": Cloud(
        ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL", "AWS_ENDPOINT"),
        ("AWS_ACCESS_KEY_ID", "AWS_SKIP_SIGNATURE"),
        "boto3",
    ),
    "gs": Cloud(("GOOGLE_BASE_URL",), ()),
    "az": Cloud(
        ("AZURE_STORAGE_ENDPOINT", "AZURE_ENDPOINT", "AZURE_STORAGE_USE_EMULATOR"),
        (
            *("AZURE_STORAGE_KEY", "AZURE_STORAGE_ACCOUNT_KEY", "AZURE_STORAGE_ACCESS_KEY"),
            *("AZURE_STORAGE_SAS_TOKEN", "AZURE_STORAGE_SAS_KEY", "AZURE_SKIP_SIGNATURE"),
        ),
        "azure.identity",
    ),
}
_BUCKET, _PREFIX = re.compile(r"[A-Za-z0-9][\w.-]*", re.A), re.compile(r"(?!\.)[\w.-]+", re.A)
_FORMS = "it is a folder, or s3://BUCKET/PREFIX, gs://BUCKET/PREFIX, az://CONTAINER/PREFIX"


def backend_at(address: str) -> Backend:
    """The backend of a folder's path or `file://` address, or of an object store's.

    Nothing is looked at there yet. Raises `MplusError` for an address that is none of these, and
    where `obstore` is missing.
    """
    if not address:
        raise MplusError("an empty name is no address of a repository", _FORMS)
    scheme, is_address, rest = address.partition("://")
    if not is_address:
        return Folder(Path(address).expanduser().absolute())
    if re.search("[@?#]", rest):
        raise MplusError(
            f"an address of {scheme}:// holds no credentials, and nothing behind ? or #",
            "name the bucket alone; credentials are taken from the environment, as the cloud's own"
            " tools find them",
        )
    place, _, path = rest.partition("/")
    if scheme == "file" and place in ("", "localhost") and path:
        return Folder(Path(f"/{unquote(path)}"))
    if scheme not in _CLOUDS:
        raise MplusError(f"{address} is no address of a repository", _FORMS)
    prefix = [part for part in path.split("/") if part]
    if not _BUCKET.fullmatch(place) or not all(map(_PREFIX.fullmatch, prefix)):
        raise MplusError(
            f"{address} is no address of a repository",
            "the names of buckets and prefixes are letters, digits, dots, dashes",
        )
    return _objects(scheme, "/".join([f"{scheme}://{place}", *prefix]))


def _objects(scheme: str, address: str) -> Backend:
    if find_spec("obstore") is None:
        raise MplusError(
            f"{address} needs obstore, which is not installed", "pip install 'mplus-cli[cloud]'"
        )
    from obstore.exceptions import BaseError

    from store.backends.objects import Objects

    cloud = _CLOUDS[scheme]
    endpoint = next(filter(None, map(os.environ.get, cloud.endpoints)), None)
    try:
        return Objects(address, _opener(scheme, address, endpoint), is_proven=endpoint is None)
    except BaseError as error:
        raise in_words(error, address) from error


def _opener(
    scheme: str, address: str, endpoint: str | None
) -> Callable[[ClientConfig], ObjectStore]:
    from obstore.store import from_url

    options: dict[str, Any] = {}
    if endpoint and not endpoint.startswith("https://"):  # so the environment wants it
        options["allow_http"] = True
    if scheme == "s3" and (bundle := os.environ.get("AWS_CA_BUNDLE")):
        options["root_certificate"] = Path(bundle).read_bytes()
    provider = _provider(scheme, address)

    def opened(limits: ClientConfig) -> ObjectStore:
        return from_url(
            address,
            config=_config(scheme),
            client_options={**limits, **options},
            retry_config={"max_retries": 0, "retry_timeout": timedelta(0)},
            credential_provider=provider,
        )

    return opened


def _config(scheme: str) -> Any:
    """What the clouds' own tools take from the environment and `obstore` calls otherwise."""
    if scheme == "s3":  # one request for each deletion: not every server knows the other one
        return {"disable_bulk_delete": True}
    if scheme == "az":
        named = {"account_name": "AZURE_STORAGE_ACCOUNT", "account_key": "AZURE_STORAGE_KEY"}
        return {key: os.environ[name] for key, name in named.items() if name in os.environ}
    return {}


def _provider(scheme: str, address: str) -> Any:
    """What finds credentials as the cloud's own library does, where the environment has none and
    the library is installed. None: `obstore` looks for them.
    """
    cloud = _CLOUDS[scheme]
    if any(map(os.environ.get, cloud.credentials)) or not _is_installed(cloud.package):
        return None
    if scheme == "az":
        from obstore.auth.azure import AzureCredentialProvider

        return AzureCredentialProvider()
    from botocore.exceptions import BotoCoreError
    from obstore.auth.boto3 import Boto3CredentialProvider

    try:
        return Boto3CredentialProvider()
    except BotoCoreError as error:  # a profile that is not there
        raise no_credentials(address, reason_of(error)) from error
    except ValueError as error:  # none at all
        raise no_credentials(address) from error


def _is_installed(package: str) -> bool:
    try:
        return bool(package) and find_spec(package) is not None
    except ModuleNotFoundError:  # its first part is missing
        return False
