# Searching, splitting and padding over all widths of characters and mixes of them.
texts = ['', 'a', 'abcabc', 'ab ab\tab\n', 'é', 'aéaé', '\u0101b\u0101', 'x\u6161\u6161x', '\U00012345ab\U00012345', 'aA1_ ', 'ß\u01c6\u03a3',
         '\u6161a\u6161', 'aa' * 40 + '\u0100', 'q\r\nw\re\x85r\u2028t', '  pad  ', '-12', '+x', '\u3000z\u3000', '1\u00b2\u2155\u0663']
for s in texts:
    for n in texts[:14]:
        row = [s.find(n), s.rfind(n), s.count(n), n in s, s.replace(n, '_'), s.replace(n, '\u0100', 1), s.startswith(n), s.endswith(n),
               s.find(n, 1, -1), s.rfind(n, -4), s.removeprefix(n), s.removesuffix(n), s.strip(n), s < n, s == n, s + n]
        if n:
            row += [s.split(n), s.split(n, 1), s.rsplit(n, 1), s.partition(n), s.rpartition(n)]
        row.append(n.join([s, s, 'k']))
        print(ascii(row))
    print(ascii([s.upper(), s.lower(), s.title(), s.capitalize(), s.swapcase(), s.casefold(), s.split(), s.split(None, 1), s.rsplit(None, 1),
                 s.splitlines(), s.splitlines(True), s.center(9, '\u0100'), s.ljust(7), s.rjust(8, '*'), s.zfill(6), s.expandtabs(3), s[::-1],
                 s[1:], s[:-1], s[::2], s * 3, repr(s), s.isalpha(), s.isdigit(), s.isdecimal(), s.isnumeric(), s.isalnum(), s.isspace(),
                 s.isupper(), s.islower(), s.istitle(), s.isidentifier(), s.isprintable(), s.isascii(), s.translate({97: 'XY', 98: None, 233: 0x101}),
                 s.encode('utf-8'), s.encode('utf-16'), s.encode('ascii', 'backslashreplace'), s.encode('utf-8').decode(), list(s), len(s)]))
