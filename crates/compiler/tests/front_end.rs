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
    for source in ["if x:\n", "x = (1\n", "'''a\n", "if x:\n  y\n"] {
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
