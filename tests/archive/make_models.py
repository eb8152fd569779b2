"""Make the descriptions of prepared models that later versions must be able to read: `python -m
tests.archive.make_models`.

Run once for a version of `model.json` (1: by mplus 0.1), never again: the point is that its bytes
and its identities are old. The default model must be prepared.
"""

import json
import tempfile
from pathlib import Path

import platformdirs

from mplus_cli.model.config import PREPARED_VERSION, ModelConfig, Quantization
from mplus_cli.model.prepared.prepare import folder_source, prepare
from tests.toy import make_checkpoint

HERE = Path(__file__).parent
FORMS: tuple[Quantization, ...] = ("none", "int8", "nf4")


def main() -> None:
    identities = {}
    with tempfile.TemporaryDirectory() as work:
        folders = {"smollm2": platformdirs.user_cache_path("mplus") / "models" / "smollm2"}
        for layout in ("mplus", "chunks"):
            folders[layout] = Path(work) / f"{layout}-prepared"
            checkpoint = make_checkpoint(Path(work) / layout, layout)
            prepare(folder_source("toy", checkpoint), folders[layout])
        for name, folder in folders.items():
            kept = HERE / f"model-{PREPARED_VERSION}-{name}.json"
            kept.write_bytes((folder / "model.json").read_bytes())
            config = ModelConfig.load(folder)
            identities[name] = {form: config.identity(form) for form in FORMS}
    file = HERE / f"model-{PREPARED_VERSION}.json"
    file.write_text(json.dumps(identities, indent=1) + "\n")


if __name__ == "__main__":
    main()
