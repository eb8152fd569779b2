"""The network, from the bottom up; each module imports only those above it.

- `linear` (maps and adapters), `norm`, `mlp`, `rope`, `attention`: the parts
- `layers`: one decoder layer of these; `llama`: all of them; `retriever`: what finds memories
- `cache`: what was read so far; `decode8`: one row in 8 bits
- `network`: a loaded model, and reading behind a memory; `generate`: an answer, token by token
- `tokenizer`: text and ids
"""
