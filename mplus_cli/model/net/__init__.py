"""The network, from the bottom up; each module imports only those above it.

- `linear` (maps and adapters), `norm`, `mlp`, `rope`, `attention`: the parts
- `layers`: one decoder layer of these; `llama`: all of them; `retriever`: what finds memories
- `cache`: what was read so far; `int8`, `decode8`: products of bytes, and one row by these
- `network`: a loaded model, and reading behind a memory; `generate`: an answer, token by token
- `template`: a model's chat template; `tokenizer`: text and ids
"""
