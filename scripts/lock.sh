#!/bin/sh
# Pins every package with its hashes again, after a change of pyproject.toml; needs uv.
set -eu
pin() {
  output="$1"
  shift
  uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
    --no-annotate "$@" --output-file "$output"
}
pin requirements.lock pyproject.toml --group build
pin requirements-dev.lock pyproject.toml --group build --group dev --group docs
pin scripts/node.lock --group node
