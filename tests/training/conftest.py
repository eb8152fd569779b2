"""Stories in the default model's tokenizer."""

from pathlib import Path

import platformdirs
import pytest
from tokenizers import Tokenizer

from mplus_cli.model.prepared import catalog
from tests.conftest import USER_CACHE
from training.stories import Stories, Words
from training.stories.background import BUILT_IN

CACHE = Path(USER_CACHE) if USER_CACHE else platformdirs.user_cache_path("mplus")


@pytest.fixture(scope="session")
def tokens() -> Tokenizer:
    folder = catalog.prepared_folder("smollm2", CACHE)
    assert folder.exists(), "the default model is not prepared: run the tests with `make test`"
    return Tokenizer.from_file(str(folder / "tokenizer.json"))


@pytest.fixture(scope="session")
def stories(tokens: Tokenizer) -> Stories:
    return Stories(tokens, Words.of(tokens), BUILT_IN)


@pytest.fixture(scope="session")
def unseen(tokens: Tokenizer) -> Stories:
    return Stories(tokens, Words.of(tokens, unseen=True), BUILT_IN)
