#!/usr/bin/env python3
"""What has passed once must go on passing: compare measurements with the lists of tests/ratchet.

    ratchet.py acceptance [--update] [NAME...]   acceptance programs, against ratchet/acceptance.txt
    ratchet.py cpython [--update] [NAME...]      CPython's own tests, against ratchet/cpython.txt
    ratchet.py compiler --oracle COMMAND         our code objects of the whole standard library equal the oracle's

The first two run target/release/pyrox (--pyrox PATH for another), the third is an example program of the compiler;
the measuring tools lie in ../shared (--shared DIR). --update adds to a list what passes now, and takes nothing away.
With NAMEs only those areas, programs or modules are measured; `cpython` without any measures the modules of its list.
The exit status is 1 if something on a list does not pass. An empty list asks for nothing and is not measured.
"""
import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def read_list(path):
    return {line.strip() for line in path.read_text().splitlines() if line.strip() and not line.startswith('#')}


def write_list(path, names):
    comments = [line for line in path.read_text().splitlines() if line.startswith('#')]
    path.write_text('\n'.join([*comments, *sorted(names)]) + '\n')


def measure(command):
    """Run a measuring tool and read the JSON that it writes."""
    with tempfile.TemporaryDirectory() as folder:
        result = Path(folder, 'result.json')
        done = subprocess.run([*command, '--json', result], capture_output=True, text=True)
        if not result.exists():
            sys.exit(f'{command[1]} gave no result:\n{done.stdout[-2000:]}{done.stderr[-2000:]}')
        return json.loads(result.read_text())


def acceptance(options, wanted):
    results = measure([sys.executable, options.shared / 'acceptance/run.py', options.pyrox, *options.only])
    return {result['program'] for result in results if result['passed']}, len(results)


def cpython(options, wanted):
    modules = options.only or sorted({name.split()[0] for name in wanted})
    results = measure([sys.executable, options.shared / 'tools/cpython_tests.py', options.pyrox, *modules])['modules']
    tests = {f'{module} {test}': result[0] for module, made in results.items() for test, result in made['tests'].items()}
    return {name for name, outcome in tests.items() if outcome == 'ok'}, len(tests)


def compare(options, path, run):
    wanted = read_list(path)
    if not wanted and not options.update:
        print(f'{path.name} is empty: nothing to hold')
        return 0
    passing, total = run(options, wanted)
    lost, won = sorted(wanted - passing) if not options.only else [], sorted(passing - wanted)
    for name in lost:
        print('LOST', name)
    if options.update:
        write_list(path, wanted | passing)
        print(f'{len(won)} added to {path.name}')
    elif won:
        print(f'{len(won)} more pass than {path.name} holds; to keep them: tests/ratchet.py {options.what} --update')
    print(f'{len(passing)} of {total} pass; of the {len(wanted)} on the list {len(lost)} are lost')
    return bool(lost)


def compiler(options):
    library = Path(subprocess.run([options.oracle, '-c', 'import os; print(os.path.dirname(os.__file__))'],
                                  capture_output=True, text=True, check=True).stdout.strip())
    command = ['cargo', 'run', '--release', '--quiet', '-p', 'pyrox-compiler', '--example', 'compare', '--', '--oracle', options.oracle, library]
    output = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True).stdout
    print(output, end='')
    objects = re.search(r'code objects equal: (\d+) of (\d+); files: (\d+) of (\d+)', output)
    if not objects:
        return 1
    equal, total, files, compiled = map(int, objects.groups())
    # Files that only one of the two compiles stand in lines of their own; one is known: it is written in koi8-r.
    refused = [line for line in output.splitlines() if re.match(r'\d+ files: ', line) and 'unknown encoding: koi8-r' not in line]
    return equal != total or files != compiled or compiled < 1500 or bool(refused)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('what', choices=['acceptance', 'cpython', 'compiler'])
    parser.add_argument('only', nargs='*', metavar='AREA|MODULE', help='measure only these; nothing counts as lost then')
    parser.add_argument('--shared', type=Path, default=ROOT.parent / 'shared')
    parser.add_argument('--pyrox', type=Path, default=Path(os.environ.get('CARGO_TARGET_DIR', ROOT / 'target'), 'release/pyrox'))
    parser.add_argument('--oracle', default='python3.14')
    parser.add_argument('--update', action='store_true')
    options = parser.parse_args()
    if options.what == 'compiler':
        return compiler(options)
    path = ROOT / f'tests/ratchet/{options.what}.txt'
    return compare(options, path, acceptance if options.what == 'acceptance' else cpython)


if __name__ == '__main__':
    sys.exit(main())
