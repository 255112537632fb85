#!/usr/bin/env bash
# Record what the programs of tests/programs print under CPython 3.14.
#     PYTHON=python3.14 tests/record.sh [PROGRAM.py ...]
# Writes NAME.out beside each NAME.py, and NAME.err (with the program's path cut to its name) where the first
# line says `# exit: N` or `# stderr`. Says so if the exit code is not the one that the first line declares.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
python=${PYTHON:?set PYTHON to the command of CPython 3.14}
[ $# -gt 0 ] || mapfile -t programs < <(find "$here/programs" -name '*.py' | sort)
[ $# -eq 0 ] || programs=("$@")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0
for program in "${programs[@]}"; do
    program=$(realpath "$program")
    base=${program%.py}
    wanted=$(sed -n '1s/^# exit: *\([0-9]*\).*/\1/p' "$program")
    code=0
    (cd "$work" && env -u PYTHONPATH PYTHONHASHSEED=0 PYTHONDONTWRITEBYTECODE=1 PYTHONIOENCODING=utf-8 NO_COLOR=1 "$python" "$program" </dev/null) >"$base.out" 2>"$work/err" || code=$?
    if [ -s "$work/err" ] && head -n 1 "$program" | grep -Eq '^# (exit:|stderr)'; then
        text=$(<"$work/err")
        printf '%s\n' "${text//"$program"/$(basename "$program")}" >"$base.err"
    else
        rm -f "$base.err"
    fi
    if [ "$code" -ne "${wanted:-0}" ]; then
        echo "$program: exit code $code, declared ${wanted:-0}" >&2
        failed=1
    fi
done
echo "${#programs[@]} recorded"
exit "$failed"
