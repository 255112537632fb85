"""Source in declared encodings: what it means, and what is said where it cannot be decoded."""
SOURCES = [
    b"# coding: iso-8859-15\nx = '\xa4'\n",
    b"#!/usr/bin/python\r\n# vim: set fileencoding=koi8-r :\r\nx = '\xc1'\r\n",
    b"# coding: cp1252\nx = '\x80'\n",
    b"# coding: latin-1\nx = '\xe4'\n",
    b"\xef\xbb\xbf# coding: utf-8\nx = '\xc3\xa4'\n",
    b"\xef\xbb\xbfx = 1\n",
    b"\xef\xbb\xbf# coding: latin-1\nx = 1\n",
    b"\xef\xbb\xbf#\n# coding: utf8\nx = 1\n",
    b"x = '\xa4'\n",
    b"x = 1\ny = '\xc3\xa4\xc3'\n",
    b"# coding: utf-8\nx = 1\n\xe2\x82\n",
    b"# coding: ascii\nx = '\xe2'\n",
    b"# coding: cp1252\nx = '\x81'\n",
    b"# coding: nonesuch\nx = 1\n",
    b"# coding: hex_codec\nx = 1\n",
    b"# coding: u7\nx = 1+AA0-y = 2\n",
    b"x = 1\n# coding: latin-1\ny = '\xe4'\n",
    b"x = 1\0\n",
    "\ufeffx = 1",
]
for source in SOURCES:
    for mode in 'exec', 'eval':
        try:
            code = compile(source, '<source>', mode)
        except SyntaxError as error:
            print(mode, ascii(error.args))
        else:
            print(mode, ascii([c for c in code.co_consts if isinstance(c, (str, int))]))
