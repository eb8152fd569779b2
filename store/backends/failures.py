"""What went wrong at an object store, in words. `obstore` says most of it in its messages alone."""

from __future__ import annotations

import re

from store.backends import UnreachableError
from store.errors import MplusError

# Where machines in a cloud ask for credentials; only who has no others asks there.
_NO_CREDENTIALS = re.compile(r"169\.254\.(169\.254|170\.2)\b")
_NOT_GIVEN = re.compile(r"External \w+ credential provider: (?:\w+: )?(.{1,200})")
_NO_BUCKET = re.compile(r"NoSuchBucket|ContainerNotFound|specified bucket does not exist")
# What is said -> what it means, and the way out.
_MEANINGS = (
    (
        _NO_BUCKET,
        "there is no bucket for {address}",
        "make it first, with the tools of its cloud",
    ),
    (
        re.compile(r"redirect without LOCATION|PermanentRedirect|AuthorizationHeaderMalformed"),
        "{address} lies in another region",
        "name its own in AWS_REGION",
    ),
    (
        re.compile(r"Account must be specified"),
        "{address} needs the name of an account",
        "name it in AZURE_STORAGE_ACCOUNT",
    ),
    (  # 401 and 403, and what some say as 400
        re.compile(r"status code: 40[13]\b|ExpiredToken|InvalidToken|AuthenticationFailed"),
        "{address} refuses access: {reason}",
        "look at the credentials that you use, and at what they may do in this bucket",
    ),
)
# Transport, 5xx (but "not implemented"), too many requests, and a race that nobody has won yet.
_PASSING = re.compile(
    r"HTTP error: (?!builder error)|status code: (5(?!01)\d\d|429|408)\b"
    r"|Server returned error response|ConditionalRequestConflict"
)
_NOT_TRUSTED = re.compile(r"InvalidCertificate|InvalidMessage|certificate")
# In `obstore`'s account of an error -> in words.
_REASONS = {
    "dns error": "nobody knows its name",
    "Connection refused": "connection refused",
    "kind: Timeout": "no answer in time",
}
_CODE, _STATUS = re.compile(r"<Code>(\w{1,60})</Code>"), re.compile(r"status code: (\d{3}[\w ]*)")

_UNCLEAR = "its answer can't be understood"
_LOOK = "look at the address, and whether this machine has a network; then do the same again"
_CREDENTIALS = {
    "s3": "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; profiles need: pip install boto3",
    "gs": "GOOGLE_APPLICATION_CREDENTIALS, or: gcloud auth application-default login",
    "az": "AZURE_STORAGE_KEY or AZURE_STORAGE_SAS_TOKEN; `az login` needs: pip install"
    " azure-identity",
}


def may_pass(error: Exception) -> bool:
    """Whether the same may go well a moment later."""
    said, account = _parts(error)
    if _NO_CREDENTIALS.search(said) or _NOT_TRUSTED.search(account):
        return False
    return _PASSING.search(said) is not None


def is_of_connecting(error: Exception) -> bool:
    """Whether nobody answered at all."""
    return "kind: Connect" in _parts(error)[1]


def is_of_bucket(error: Exception) -> bool:
    """Whether there is no bucket, where an object is said to be missing."""
    return _NO_BUCKET.search(_parts(error)[0]) is not None


def in_words(error: Exception, address: str) -> MplusError:
    """What an error of `obstore` is to who uses an address. What its server has written is not
    repeated, but for the names of errors.
    """
    said, account = _parts(error)
    if _NO_CREDENTIALS.search(said):
        return no_credentials(address)
    if found := _NOT_GIVEN.search(said):
        return no_credentials(address, found[1])
    reason = _reason(said, account)
    for meant, message, hint in _MEANINGS:
        if meant.search(said):
            return MplusError(message.format(address=address, reason=reason), hint)
    if _NOT_TRUSTED.search(account):
        return UnreachableError(
            f"{address} shows no certificate that is trusted here",
            "a server's own authority is named in SSL_CERT_FILE; for S3 in AWS_CA_BUNDLE, too",
        )
    if may_pass(error):
        return UnreachableError(f"{address} can't be reached: {reason}", _LOOK)
    return MplusError(
        f"{address} can't be used: {reason}",
        "look at the address, and at the settings of its cloud in the environment",
    )


def no_credentials(address: str, reason: str = "") -> MplusError:
    """The error for an object store that nothing says who asks."""
    ways = _CREDENTIALS.get(address.partition(":")[0], "")
    return MplusError(
        f"there are no credentials for {address}" + (f": {reason}" if reason else ""),
        f"give them as other programs find them: {ways}",
    )


def _reason(said: str, account: str) -> str:
    if found := _CODE.search(said) or _STATUS.search(said):
        return f"its server says {found[1].strip()}"
    words = (reason for mark, reason in _REASONS.items() if mark in account)
    return next(words, "the connection broke off" if "HTTP error" in said else _UNCLEAR)


def _parts(error: Exception) -> tuple[str, str]:
    """What an error says, and its own account of where that comes from."""
    said, _, account = str(error).partition("\n\nDebug source:")
    return said, account
