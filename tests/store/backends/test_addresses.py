"""Which addresses lead where."""

import sys
from pathlib import Path

import pytest

from store.backends.opened import backend_at
from store.errors import MplusError


def test_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    for address, place in {
        "team": tmp_path / "team",
        "/mnt/team/notes": Path("/mnt/team/notes"),
        "~/notes": tmp_path / "home/notes",
        "file:///mnt/a%20b": Path("/mnt/a b"),
        "file://localhost/mnt": Path("/mnt"),
    }.items():
        assert backend_at(address).address == str(place)
    backend_at("team").create("a", b"there")
    assert backend_at(str(tmp_path / "team")).get("a", 5) == b"there"


@pytest.mark.parametrize(
    "address",
    [
        "s3://AKIA1:hidden@bucket/x",
        "gs://hidden@bucket/x",
        "s3://bucket/x?X-Amz-Signature=hidden",
        "az://box/x?sv=1&sig=hidden",
        "s3://bucket/x#hidden",
        "https://user:hidden@host/x",
        "file://user:hidden@host/x",
    ],
)
def test_credentials_in_an_address_are_refused_and_not_told(address: str) -> None:
    with pytest.raises(MplusError, match="holds no credentials") as raised:
        backend_at(address)
    assert "hidden" not in str(raised.value)


@pytest.mark.parametrize(
    "address",
    [
        *("ftp://host/x", "https://bucket.s3.amazonaws.com/x", "memory:///x", "file://host/x"),
        *("s3://", "s3:///x", "s3://b\nucket/x", "s3://bucket/../x", "s3://bucket/.x", "gs://b/ä"),
    ],
)
def test_what_is_no_address(address: str) -> None:
    with pytest.raises(MplusError, match="no address of a repository"):
        backend_at(address)


def test_a_prefix_is_written_in_one_way(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("obstore", reason="pip install 'mplus-cli[cloud]'")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    for address in ("s3://Bucket/a/b/", "s3://Bucket//a//b"):
        assert backend_at(address).address == "s3://Bucket/a/b"
    assert backend_at("s3://bucket").address == "s3://bucket"


def test_an_account_that_is_not_named(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("obstore", reason="pip install 'mplus-cli[cloud]'")
    monkeypatch.setenv("AZURE_STORAGE_KEY", "c2VjcmV0")
    for name in ("AZURE_STORAGE_ACCOUNT", "AZURE_STORAGE_ACCOUNT_NAME"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(MplusError, match="needs the name of an account") as raised:
        backend_at("az://box/x")
    assert "AZURE_STORAGE_ACCOUNT" in raised.value.hint
    monkeypatch.setenv("AZURE_STORAGE_ACCOUNT", "team")
    assert backend_at("az://box/x").address == "az://box/x"


def test_the_extra_is_named_where_it_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "obstore", None)
    with pytest.raises(MplusError, match="obstore, which is not installed") as raised:
        backend_at("s3://bucket/x")
    assert raised.value.hint == "pip install 'mplus-cli[cloud]'"
