//! What the front end says of wrong programs, and that deep ones do not harm it. Expectations are
//! recorded from CPython 3.14. That right programs become CPython's code, byte for byte, is the
//! business of `examples/compare.rs`.

use pyrox_compiler::{CompileError, ErrorKind, Mode, Options, Warning, compile, compiler_flags};

fn options(mode: Mode, flags: u32) -> Options {
    Options { mode, optimize: 0, flags, filename: "<test>".into() }
}

fn error(source: &str) -> CompileError {
    compile(source.as_bytes(), &options(Mode::Exec, 0), &mut Vec::new()).expect_err("the program is wrong")
}

fn warnings(source: &str) -> Vec<Warning> {
    let mut warnings = Vec::new();
    compile(source.as_bytes(), &options(Mode::Exec, 0), &mut warnings).expect("compiles");
    warnings
}

/// Each wrong program, the message and the place: line and offset.
#[test]
fn messages() {
    let cases = [
        ("x = (1", "'(' was never closed", 1, 5),
        ("x = (1]", "closing parenthesis ']' does not match opening parenthesis '('", 1, 7),
        ("'abc", "unterminated string literal (detected at line 1)", 1, 1),
        ("1__0", "invalid decimal literal", 1, 2),
        ("if x:\npass", "expected an indented block after 'if' statement on line 1", 2, 1),
        ("if x", "expected ':'", 1, 5),
        ("a b", "invalid syntax", 1, 3),
        ("f(a, b c)", "invalid syntax. Perhaps you forgot a comma?", 1, 6),
        ("1 = x", "cannot assign to literal here. Maybe you meant '==' instead of '='?", 1, 1),
        ("return", "'return' outside function", 1, 1),
        ("def f(a, a): pass", "duplicate argument 'a' in function definition", 1, 10),
        ("def f():\n nonlocal x", "no binding for nonlocal 'x' found", 2, 2),
        ("await x", "'await' outside function", 1, 1),
        ("from __future__ import braces", "not a chance", 1, 24),
        ("f(a=1, a=2)", "keyword argument repeated: a", 1, 8),
        ("x: (yield)", "yield expression cannot be used within an annotation", 1, 5),
    ];
    for (source, message, line, offset) in cases {
        let error = error(source);
        assert_eq!((error.message.as_str(), error.lineno, error.offset), (message, line, offset), "{source}");
    }
}

/// What the grammar of mistakes says, one program for each message, and the whole place: line and offset of
/// the start and of the end.
#[test]
fn mistakes() {
    let cases = [
        ("1 = x", "cannot assign to literal here. Maybe you meant '==' instead of '='?", [1, 1, 1, 2]),
        ("None = 1", "cannot assign to None", [1, 1, 1, 5]),
        ("(a, 1) = x", "cannot assign to literal", [1, 5, 1, 6]),
        ("f() += 1", "'function call' is an illegal expression for augmented assignment", [1, 1, 1, 4]),
        ("a, b += 1", "'tuple' is an illegal expression for augmented assignment", [1, 1, 1, 5]),
        ("del f()", "cannot delete function call", [1, 5, 1, 8]),
        ("del (a, *b)", "cannot delete starred", [1, 9, 1, 11]),
        ("for 1 in x: pass", "cannot assign to literal", [1, 5, 1, 6]),
        ("with a as 1: pass", "cannot assign to literal", [1, 11, 1, 12]),
        ("import a as b.c", "cannot use attribute as import target", [1, 13, 1, 16]),
        ("from a import b as c.d", "cannot use attribute as import target", [1, 20, 1, 23]),
        ("from a import b,", "trailing comma not allowed without surrounding parentheses", [1, 17, 1, 18]),
        ("if x = 1: pass", "invalid syntax. Maybe you meant '==' or ':=' instead of '='?", [1, 4, 1, 9]),
        ("f(a.b=1)", "expression cannot contain assignment, perhaps you meant \"==\"?", [1, 3, 1, 7]),
        ("f(True=1)", "cannot assign to True", [1, 3, 1, 8]),
        ("f(**a, *b)", "iterable argument unpacking follows keyword argument unpacking", [1, 6, 1, 10]),
        ("f(a for b in c, d)", "Generator expression must be parenthesized", [1, 3, 1, 15]),
        ("f(x=, y)", "expected argument value expression", [1, 3, 1, 5]),
        ("f(a=1, b)", "positional argument follows keyword argument", [1, 9, 1, 10]),
        ("(a := 1).b := 2", "cannot use assignment expressions with attribute", [1, 1, 1, 11]),
        ("[*x for x in y]", "iterable unpacking cannot be used in comprehension", [1, 2, 1, 4]),
        ("{**x for x in y}", "dict unpacking cannot be used in dict comprehension", [1, 2, 1, 4]),
        ("[a, b for a in c]", "did you forget parentheses around the comprehension target?", [1, 2, 1, 6]),
        ("[a for b, c d]", "'in' expected after for-loop variables", [1, 13, 1, 14]),
        ("{1: 2, 3}", "':' expected after dictionary key", [1, 8, 1, 0]),
        ("{1:}", "expression expected after dictionary key and ':'", [1, 3, 1, 4]),
        ("{1: *a}", "cannot use a starred expression in a dictionary value", [1, 5, 1, 7]),
        ("(*a)", "cannot use starred expression here", [1, 2, 1, 4]),
        ("[1 2]", "invalid syntax. Perhaps you forgot a comma?", [1, 2, 1, 5]),
        ("x = 1 if 2", "expected 'else' after 'if' expression", [1, 5, 1, 11]),
        ("pass if a else b", "expected expression before 'if', but statement is given", [1, 1, 1, 5]),
        ("print x", "Missing parentheses in call to 'print'. Did you mean print(...)?", [1, 1, 1, 8]),
        ("a and 'b' c 'd'", "invalid syntax", [1, 11, 1, 12]),
        ("- not x", "'not' after an operator must be parenthesized", [1, 3, 1, 8]),
        ("1 <> 2", "invalid syntax.  Maybe you meant '!=' instead of '<>'?", [1, 3, 1, 5]),
        ("raise from x", "invalid syntax", [1, 7, 1, 11]),
        ("import a from b", "Did you mean to use 'from ... import ...' instead?", [1, 1, 1, 16]),
        ("def f(a=1, b): pass", "parameter without a default follows parameter with a default", [1, 12, 1, 13]),
        ("def f(*): pass", "named arguments must follow bare *", [1, 7, 1, 8]),
        ("def f(a, /, b, /): pass", "/ may appear only once", [1, 16, 1, 17]),
        ("def f(**a, b): pass", "arguments cannot follow var-keyword argument", [1, 12, 1, 13]),
        ("def f((a, b)): pass", "Function parameters cannot be parenthesized", [1, 7, 1, 13]),
        ("lambda *: 0", "named arguments must follow bare *", [1, 9, 1, 10]),
        ("class A", "expected ':'", [1, 8, 1, 9]),
        ("try: pass", "expected 'except' or 'finally' block", [1, 10, 1, -1]),
        ("f'{}'", "f-string: valid expression required before '}'", [1, 4, 1, 5]),
        ("f'{a!x}'", "f-string: invalid conversion character 'x': expected 's', 'r', or 'a'", [1, 6, 1, 7]),
        ("f'{a b}'", "invalid syntax. Perhaps you forgot a comma?", [1, 4, 1, 7]),
        ("f'{a:{b}'", "f-string: expecting '}', or format specs", [1, 9, 1, 10]),
        ("f'{lambda x: 1}'", "f-string: lambda expressions are not allowed without parentheses", [1, 4, 1, 13]),
        ("'abc\\'", "unterminated string literal (detected at line 1); perhaps you escaped the end quote?", [1, 1, 1, 1]),
        ("0b12", "invalid digit '2' in binary literal", [1, 4, 1, 4]),
        ("1__0", "invalid decimal literal", [1, 2, 1, 2]),
        ("\"a\" b\"b\"", "cannot mix bytes and nonbytes literals", [1, 9, 1, 10]),
        ("x: int, y: int = 1", "invalid syntax", [1, 7, 1, 8]),
        ("[x]: int", "only single target (not list) can be annotated", [1, 1, 1, 4]),
    ];
    for (source, message, place) in cases {
        let error = error(source);
        let found = [error.lineno, error.offset, error.end_lineno, error.end_offset];
        assert_eq!((error.message.as_str(), found), (message, place), "{source}");
    }
}

/// Sensible mistakes are warned of, once each.
#[test]
fn syntax_warnings() {
    let cases = [
        ("x is 1", "\"is\" with 'int' literal. Did you mean \"==\"?"),
        ("assert (x, y)", "assertion is always true, perhaps remove parentheses?"),
        ("(1)()", "'int' object is not callable; perhaps you missed a comma?"),
        (
            "'\\d'",
            "\"\\d\" is an invalid escape sequence. Such sequences will not work in the future. \
             Did you mean \"\\\\d\"? A raw string is also an option.",
        ),
        ("def f():\n try: pass\n finally: return 1", "'return' in a 'finally' block"),
    ];
    for (source, message) in cases {
        let found = warnings(source);
        assert_eq!(found.len(), 1, "{source}");
        assert_eq!(found[0].message, message, "{source}");
    }
}

/// A prompt asks for more lines while a program may still go on.
#[test]
fn incomplete_input() {
    let flags = compiler_flags::ALLOW_INCOMPLETE_INPUT | compiler_flags::DONT_IMPLY_DEDENT;
    let kind =
        |source: &str| compile(source.as_bytes(), &options(Mode::Single, flags), &mut Vec::new()).map(|_| ()).map_err(|error| error.kind);
    for source in ["if x:\n", "x = (1\n", "'''a\n", "if x:\n  y"] {
        assert_eq!(kind(source), Err(ErrorKind::IncompleteInput), "{source}");
    }
    assert_eq!(kind("x = \n"), Err(ErrorKind::SyntaxError));
    assert_eq!(kind("if x:\n  y\n\n"), Ok(()));
}

/// Programs that nest without end are refused or compiled; the native stack holds.
#[test]
fn deep_nesting() {
    let nested = [
        format!("x = {}a", "not ".repeat(20_000)),
        format!("x = {}1", "-".repeat(1_000_000)),
        format!("x = {}", vec!["a"; 20_000].join(" + ")),
        format!("x = a{}", ".b".repeat(20_000)),
        format!("{}1", "lambda: ".repeat(5_000)),
        format!("if x: pass\n{}", "elif y: pass\n".repeat(20_000)),
        format!("x = {}c", "a if b else ".repeat(9_000)),
    ];
    for source in nested {
        let _ = compile(source.as_bytes(), &options(Mode::Exec, 0), &mut Vec::new());
    }
    let brackets = format!("{}{}", "(".repeat(201), ")".repeat(201));
    assert_eq!(error(&brackets).message, "too many nested parentheses");
    let blocks: String = (0..110).map(|depth| format!("{}if x:\n", " ".repeat(depth))).collect();
    assert_eq!(error(&blocks).message, "too many levels of indentation");
}
