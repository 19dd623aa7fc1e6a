# Real brokers on a busy machine: run once more, alone, the tests that failed among a thousand others, and list
# their names when the script ends. Each name on that list is mended at its cause.
again=$(mktemp)
list_again() {
  if [ -s "$again" ]; then
    echo "These tests needed a second run:"
    sed 's/^/  /' "$again"
  fi
  rm -f "$again"
}
trap list_again EXIT

failed() { # The names that pytest has kept, one a line.
  "$python" -c 'import json; print(*json.load(open(".pytest_cache/v/cache/lastfailed")), sep="\n")'
}

tests() { # <make target>
  # What failed in an earlier run is not this run's.
  rm -f .pytest_cache/v/cache/lastfailed
  if ! make "$1"; then
    failed >>"$again"
    echo "Once more, alone, those that failed:"
    "$python" -m pytest --last-failed --last-failed-no-failures none
  fi
}
