"""Memories side by side on one base: stories whose facts are told long before they are asked for.

    python -m bench.babilong ask --out runs/ --json results.json [--arms … --tasks … --minutes …]
    python -m bench.babilong table results.json
    python -m bench.babilong picture results.json results.svg

The tasks of bAbI between background, BABILong's way (arXiv 2406.10149), cut into segments of 48
tokens. Each memory is a file: `in_context`, `published` (LM2 as its paper has it), `as_here` (LM2
as this project has it), `rmt`, `pools` (MemoryLLM and M+), `whole_chunks`; `arm` is what they have
in common, `base` the model under all of them, `material` the stories, `learning` how they are
trained, `asking` how they are asked, `results` what is kept of that.
"""
