#!/bin/sh
# A short tour with real documents: this project's own. Called by `make demo` as:
# sh docs/demo.sh PATH/TO/mplus
# The memory lies in demo/memory and is made anew each time.
set -eu
mplus=${1:?"usage: sh docs/demo.sh PATH/TO/mplus"}
called=$mplus
case $mplus in
    /*) ;;
    */*) mplus=$PWD/$mplus ;;
esac
cd "$(dirname "$0")/.."
MPLUS_MEMORY=$PWD/demo/memory
MPLUS_MODEL=smollm2
export MPLUS_MEMORY MPLUS_MODEL

say() { printf '\n%s\n' "$*"; }

# Print a command as one would type it, then run it; stdin is closed, for `ask` would read a
# question from it.
run() {
    shown=''
    for word in "$@"; do
        case $word in
            *' '*) shown="$shown \"$word\"" ;;
            *) shown="$shown $word" ;;
        esac
    done
    printf '\n$ mplus%s\n' "$shown"
    "$mplus" "$@" </dev/null
}

rm -rf "$MPLUS_MEMORY"
mkdir -p demo

say "1. Read this project's own documents, the longest aside, into a new memory (demo/memory)." \
    "Each token becomes a vector in each layer. This takes half a minute or more."
run inject README.md LICENSE docs --ext md --ignore design.md

say "2. Ask. The source says which stretch of which file the model answered from."
printf '%s\n' "   Mind that the default model is small: it answers in a few words, and it can be wrong." \
    "   Look at the source."
run ask "Which port does mplus serve use?"
run ask "Which compression do snapshots use?"
run ask "How much memory does mplus-8b need in NF4?"

say "3. What is in the memory now."
run status
run ls

say "Go on by yourself with:  $called ask \"...\" --memory demo/memory"
say "The tutorial is docs/tutorial.md. To remove the memory: rm -r demo"
