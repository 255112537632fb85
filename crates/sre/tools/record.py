"""Records what CPython's re does: cpython3.14 record.py COUNT SEED > vectors.txt

Each line: groups; code; method; bytes a unit; subject; pos end; result. A result is empty (no match) or start and end of
each group from 0 on (-1 -1: none), then lastindex; for finditer several, separated by commas.
"""

import random
import re
import signal
import sys
import warnings

warnings.simplefilter("ignore")

PATTERNS = [
    (r"(a+)+$", 0), (r"(?:a|ab)(?:c|bcd)(d*)", 0), (r"(a*)*", 0), (r"(a*)+", 0), (r"(a|b)*?c", 0), (r"((a)|(b))*", 0),
    (r"(?=(a+))a*b\1", 0), (r"(?<!a)b", 0), (r"(?<=ab)c", 0), (r"(a)?(?(1)b|c)", 0), (r"(?>a+)b", 0), (r"(?:a?)*+", 0),
    (r"(?:a|())*+", 0), (r"(?:(a)|b)*+c", 0), (r"a++b", 0), (r"x*", 0), (r"\b\w+\b", 0), (r"\B", 0), (r"^a|b$", re.M),
    (r"[^a-c]+", 0), (r"(?i)straße|İ|ſ|K", 0), (r"[à-ü]+", re.I), (r"[中-龥]{2,3}?", 0), (r"abcabd", 0), (r"aab", 0),
    (r"(ab)(c)?", 0), (r"a{2,4}?b", 0), (r"(?s).*?b", 0), (r".*b", 0), (r"(a(b)?)+", 0), (r"(?:(a)|b|())*", 0),
    (r"(?:x|(?:y|z))+?$", 0), (r"(.)\1", 0), (r"(?i)(.)\1", 0), (r"\d+(?:\.\d*)?|\.\d+", 0), (r"\s*(\w+)\s*=\s*(.*?)\s*$", 0),
    (r"[\w.]+@\w+", re.A), (r"(?!a)\w", 0), (r"(?!)", 0), (r"[^\s\S]*a", 0), (r"(?:)*", 0), (r"(?:a*?)*?b", 0),
    (r"((?:ab)*)c", 0), (r"(?=a)*b", 0), (r"((a){2}){2}", 0), (r"(?:a{1,2}){2}b", 0), ("é", re.I), (r"[ǅǆ]", re.I),
    (r"(?>(a|ab))c", 0), (r"(?:(?=(a))a)+b", 0), (r"(?<=(a))b", 0), (r"^", re.M), (r"$", re.M), (r"$", 0), (r"\Z|\A", 0),
]
SUBJECTS = ["", "a", "b", "aab", "abcd", "abcabcabd", "aaab", "ab ab", "xyzzy", "ab\ncd\n", "Straße ſk\u212a\u0130", "abacab",
            "foo = bar  ", "3.14 .5", "中文字符", "ÀÉü", "\U0001f600a\U0001f600", "aabbaabb", "ccc", "ab\n"]


def random_pattern(source, depth, groups):
    kind = source.random()
    if depth <= 0 or kind < 0.35:
        return source.choice(["a", "b", "c", "ab", ".", "[ab]", "[^a]", r"\w", r"\d", r"\s", "é", "中", "A", r"[a-c\d]", r"\b", r"\B",
                              "^", "$", r"\W", "[b-é]", "[^b中]", "aa", "abc"])
    if kind < 0.55:
        return "".join(random_pattern(source, depth - 1, groups) for _ in range(source.randrange(1, 4)))
    if kind < 0.75:
        body = random_pattern(source, depth - 1, groups)
        quantifier = source.choice(["*", "+", "?", "{2}", "{1,2}", "{0,3}", "{2,}", "{,2}"]) + source.choice(["", "", "?", "+"])
        return "(?:" + body + ")" + quantifier if len(body) > 1 and body[0] not in "[\\" or source.random() < 0.3 else body + quantifier
    if kind < 0.85:
        groups[0] += 1
        return "(" + random_pattern(source, depth - 1, groups) + ")"
    if kind < 0.93:
        return "(?:" + "|".join(random_pattern(source, depth - 1, groups) for _ in range(source.randrange(2, 4))) + ")"
    if kind < 0.97:
        return source.choice(["(?=", "(?!", "(?>", "(?<=", "(?<!"]) + random_pattern(source, depth - 1, groups) + ")"
    number = source.randrange(1, groups[0] + 2)
    return source.choice([r"\%d" % number, "(?(%d)a|b)" % number, "(?(%d)b)" % number])


def line(pattern, flags, method, subject, pos, end):
    tree = re._parser.parse(pattern, flags)
    code = re._compiler._code(tree, flags)
    compiled = re.compile(pattern, flags)
    def shown(match):
        spans = " ".join("%d %d" % span for span in match.regs)
        return spans + " %d" % (match.lastindex or -1)
    found = getattr(compiled, method)(subject, pos, end)
    if method == "finditer":
        result = ",".join(map(shown, found))
    else:
        result = shown(found) if found else ""
    codes = list(subject) if isinstance(subject, bytes) else list(map(ord, subject))
    unit = 1 if max(codes, default=0) < 256 else 2 if max(codes) < 65536 else 4
    return ";".join([str(compiled.groups), " ".join(map(str, map(int, code))), method, str(unit),
                     " ".join(map(str, codes)), "%d %d" % (pos, end), result])


class Late(Exception):
    pass


def late(*_):
    raise Late


signal.signal(signal.SIGALRM, late)
count, seed = int(sys.argv[1]), int(sys.argv[2])
source = random.Random(seed)
print("# Written by tools/record.py with CPython 3.14.")
METHODS = ["search", "match", "fullmatch", "finditer"]
if not seed:
    for pattern, flags in PATTERNS:
        for subject in SUBJECTS:
            print(line(pattern, flags, source.choice(METHODS), subject, 0, len(subject)))
for _ in range(count):
    pattern = random_pattern(source, source.randrange(1, 6), [0])
    flags = source.choice([0, 0, 0, re.I, re.M, re.S, re.A, re.I | re.A, re.I | re.M])
    try:
        re.compile(pattern, flags)
    except (re.error, OverflowError):
        continue
    for _ in range(4):
        alphabet = source.choice(["ab", "abc", "abcA1 \n", "abéÉ", "ab中", "ab\U0001f600中"])
        subject = "".join(source.choice(alphabet) for _ in range(source.randrange(14)))
        pos = source.choice([0, 0, 0, source.randrange(len(subject) + 1)])
        end = source.choice([len(subject)] * 3 + [source.randrange(len(subject) + 1)])
        try:
            signal.setitimer(signal.ITIMER_REAL, 0.5)
            text = line(pattern, flags, source.choice(METHODS), subject, pos, end)
            signal.setitimer(signal.ITIMER_REAL, 0)
            print(text)
        except Late:
            pass
