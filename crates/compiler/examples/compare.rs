//! Compares this crate's code objects with CPython's, field by field.
//!
//! ```text
//! compare [--oracle COMMAND] [--optimize N] [--list [--only FIELD]] PATH...
//! compare [--oracle COMMAND] --show FILE[:QUALNAME]
//! ```
//!
//! `PATH`s are files, or directories whose `.py` files are taken. The oracle (CPython 3.14, by default
//! `python3.14`) compiles them all in one go. Printed are the share of equal code objects and, for the others,
//! the first field that differs. `--list` names each differing code object; `--show` prints the first differing
//! one of a file, ours on the left.
//! The marshalled forms are compared too; those depend on more than the code (see `pyrox_compiler::marshal`).

use pyrox_compiler::code::{Code, Const, Text};
use pyrox_compiler::instruction::Location;
use pyrox_compiler::opcode::Opcode;
use pyrox_compiler::{Mode, Options, compile, marshal};
use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::rc::Rc;

/// Reads file names, one a line, and writes for each a length and the marshalled code, or the length 0.
const ORACLE: &str = r#"
import marshal, struct, sys, warnings
warnings.simplefilter("ignore")
out = sys.stdout.buffer
for name in sys.stdin.buffer.read().split(b"\n"):
    name = name.decode("utf-8", "surrogateescape")
    try:
        with open(name, "rb") as file:
            source = file.read()
        code = compile(source, name, "exec", dont_inherit=True, optimize=int(sys.argv[1]))
        data = marshal.dumps(code)
    except Exception as error:
        data = b""
    out.write(struct.pack("<I", len(data)) + data)
"#;

struct Arguments {
    oracle: String,
    optimize: i32,
    list: bool,
    only: Option<String>,
    show: Option<String>,
    paths: Vec<PathBuf>,
}

fn arguments() -> Arguments {
    let mut result = Arguments { oracle: "python3.14".into(), optimize: 0, list: false, only: None, show: None, paths: Vec::new() };
    let mut rest = std::env::args().skip(1);
    let missing = |option: &str| -> ! {
        eprintln!("{option} needs a value");
        std::process::exit(2)
    };
    while let Some(argument) = rest.next() {
        match argument.as_str() {
            "--oracle" => result.oracle = rest.next().unwrap_or_else(|| missing("--oracle")),
            "--optimize" => {
                let level = rest.next().and_then(|level| level.parse().ok());
                result.optimize = level.unwrap_or_else(|| missing("--optimize"));
            }
            "--only" => result.only = rest.next(),
            "--list" => result.list = true,
            "--show" => {
                let place = rest.next().unwrap_or_else(|| missing("--show"));
                let file = place.split_once(".py:").map_or(place.clone(), |(file, _)| format!("{file}.py"));
                result.paths.push(PathBuf::from(file));
                result.show = Some(place);
            }
            path => result.paths.push(PathBuf::from(path)),
        }
    }
    result
}

fn python_files(path: &Path, into: &mut Vec<PathBuf>) {
    if !path.is_dir() {
        into.push(path.to_owned());
        return;
    }
    let mut entries: Vec<PathBuf> = std::fs::read_dir(path).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    entries.sort();
    for entry in entries {
        if entry.is_dir() || entry.extension().is_some_and(|extension| extension == "py") {
            python_files(&entry, into);
        }
    }
}

/// The oracle's code objects; `None` for files that it does not compile.
fn oracle_codes(arguments: &Arguments, files: &[PathBuf]) -> Vec<Option<(Rc<Code>, Vec<u8>)>> {
    let child = Command::new(&arguments.oracle)
        .args(["-c", ORACLE, &arguments.optimize.to_string()])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn();
    let mut child = match child {
        Ok(child) => child,
        Err(error) => {
            eprintln!("{}: {error}", arguments.oracle);
            std::process::exit(2);
        }
    };
    let names: Vec<String> = files.iter().map(|file| file.to_string_lossy().into_owned()).collect();
    if let Some(mut stdin) = child.stdin.take() {
        stdin.write_all(names.join("\n").as_bytes()).expect("the oracle reads the list");
    }
    let mut data = Vec::new();
    if let Some(mut stdout) = child.stdout.take() {
        stdout.read_to_end(&mut data).expect("the oracle's output can be read");
    }
    child.wait().expect("the oracle ends");
    let mut rest = &data[..];
    files
        .iter()
        .map(|file| {
            let (head, tail) = rest.split_first_chunk::<4>()?;
            let (record, tail) = tail.split_at_checked(u32::from_le_bytes(*head) as usize)?;
            rest = tail;
            if record.is_empty() {
                return None;
            }
            match marshal::loads(record) {
                Ok(Const::Code(code)) => Some((code, record.to_vec())),
                other => panic!("{}: the oracle's code does not load: {:?}", file.display(), other.err()),
            }
        })
        .collect()
}

/// Pairs up code objects and those in their constants.
fn pairs<'a>(ours: &'a Code, theirs: &'a Code, into: &mut Vec<(&'a Code, &'a Code)>) {
    into.push((ours, theirs));
    let inner = |code: &'a Code| {
        code.consts.iter().filter_map(|value| match value {
            Const::Code(code) => Some(&**code),
            _ => None,
        })
    };
    for (ours, theirs) in inner(ours).zip(inner(theirs)) {
        pairs(ours, theirs, into);
    }
}

/// Equal constants, sets in any order, code objects apart (they are compared on their own).
fn same_const(a: &Const, b: &Const) -> bool {
    let same_all = |a: &[Const], b: &[Const]| a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same_const(a, b));
    match (a, b) {
        (Const::Code(_), Const::Code(_)) => true,
        (Const::Tuple(a), Const::Tuple(b)) => same_all(a, b),
        (Const::FrozenSet(a), Const::FrozenSet(b)) => a.len() == b.len() && a.iter().all(|a| b.iter().any(|b| same_const(a, b))),
        _ => a == b,
    }
}

/// The first field that differs.
fn difference(ours: &Code, theirs: &Code) -> Option<&'static str> {
    let same_consts = ours.consts.len() == theirs.consts.len() && ours.consts.iter().zip(&theirs.consts).all(|(a, b)| same_const(a, b));
    let fields = [
        ("qualname", ours.qualname == theirs.qualname && ours.name == theirs.name),
        (
            "arguments",
            [ours.argcount, ours.posonlyargcount, ours.kwonlyargcount] == [theirs.argcount, theirs.posonlyargcount, theirs.kwonlyargcount],
        ),
        ("flags", ours.flags == theirs.flags),
        ("localsplus", ours.localsplusnames == theirs.localsplusnames && ours.localspluskinds == theirs.localspluskinds),
        ("names", ours.names == theirs.names),
        ("consts", same_consts),
        ("code", ours.code == theirs.code),
        ("stacksize", ours.stacksize == theirs.stacksize),
        ("exceptiontable", ours.exceptiontable == theirs.exceptiontable),
        ("firstlineno", ours.firstlineno == theirs.firstlineno),
        ("linetable", ours.linetable == theirs.linetable),
        ("filename", ours.filename == theirs.filename),
    ];
    fields.into_iter().find(|(_, same)| !same).map(|(name, _)| name)
}

fn shown(value: &Const) -> String {
    match value {
        Const::Code(code) => format!("<code {:?}>", code.qualname),
        Const::Str(text) => format!("{text:?}"),
        Const::Int(int) => format!("{}{:?}", if int.negative { "-" } else { "" }, int.digits),
        Const::Float(bits) => format!("{:?}", f64::from_bits(*bits)),
        Const::Tuple(items) => format!("({})", items.iter().map(shown).collect::<Vec<_>>().join(", ")),
        value => format!("{value:?}"),
    }
}

/// One line an instruction, with what its argument means and its place in the source.
fn disassemble(code: &Code) -> Vec<String> {
    let places = locations(code);
    let mut lines = Vec::new();
    let mut prefix = 0u32;
    let mut at = 0;
    while let Some(&[number, low]) = code.code.get(at..at + 2).and_then(|unit| unit.first_chunk::<2>()) {
        let Some(opcode) = Opcode::from_u8(number) else {
            lines.push(format!("{at:4} <{number}>"));
            at += 2;
            continue;
        };
        let arg = prefix << 8 | u32::from(low);
        prefix = if opcode == Opcode::EXTENDED_ARG { arg } else { 0 };
        let name = |index: u32| code.names.get(index as usize).map(|name| format!("{name:?}"));
        let local = |index: u32| code.localsplusnames.get(index as usize).map(|name| format!("{name:?}"));
        let meaning = if opcode.has_const() {
            code.consts.get(arg as usize).map(shown)
        } else if opcode.has_name() {
            match opcode {
                Opcode::LOAD_GLOBAL | Opcode::LOAD_ATTR => name(arg >> 1),
                Opcode::LOAD_SUPER_ATTR => name(arg >> 2),
                _ => name(arg),
            }
        } else if opcode.has_local() && arg < 256 && opcode.name().matches("FAST").count() == 2 {
            Some(format!("{} {}", local(arg >> 4).unwrap_or_default(), local(arg & 15).unwrap_or_default()))
        } else if opcode.has_local() || opcode.has_free() {
            local(arg)
        } else {
            None
        };
        let place = places
            .get(at / 2)
            .map_or(String::new(), |place| format!("{}:{}-{}:{}", place.line, place.column, place.end_line, place.end_column));
        let meaning: String = meaning.unwrap_or_default().chars().take(24).collect();
        lines.push(format!("{:4} {:<24} {arg:>4} {meaning:<16} {place}", at / 2, opcode.name()));
        at += 2 + 2 * opcode.caches();
    }
    lines
}

/// The place in the source of each code unit.
fn locations(code: &Code) -> Vec<Location> {
    let table = &code.linetable;
    let mut places = Vec::new();
    let mut at = 0;
    let mut line = code.firstlineno;
    let next = |at: &mut usize| {
        let byte = table.get(*at).copied().unwrap_or(0);
        *at += 1;
        i32::from(byte)
    };
    while at < table.len() {
        let head = next(&mut at);
        let number = |at: &mut usize| {
            let (mut value, mut shift) = (0i32, 0);
            loop {
                let byte = next(at);
                value |= (byte & 0x3f).wrapping_shl(shift);
                shift += 6;
                if byte & 0x40 == 0 || shift > 30 {
                    return value;
                }
            }
        };
        let signed = |value: i32| if value & 1 != 0 { -(value >> 1) } else { value >> 1 };
        let mut place = Location::NONE;
        match (head >> 3) & 15 {
            15 => {}
            14 => {
                line += signed(number(&mut at));
                place = Location { line, end_line: line + number(&mut at), column: 0, end_column: 0 };
                place.column = number(&mut at) - 1;
                place.end_column = number(&mut at) - 1;
            }
            13 => {
                line += signed(number(&mut at));
                place = Location { line, end_line: line, ..Location::NONE };
            }
            form @ 10..=12 => {
                line += form - 10;
                let column = next(&mut at);
                place = Location { line, end_line: line, column, end_column: next(&mut at) };
            }
            form => {
                let byte = next(&mut at);
                let column = form << 3 | byte >> 4;
                place = Location { line, end_line: line, column, end_column: column + (byte & 15) };
            }
        }
        places.extend(std::iter::repeat_n(place, (head & 7) as usize + 1));
    }
    places
}

/// Prints two code objects side by side, as far as they differ.
fn show(ours: &Code, theirs: &Code, field: &str) {
    println!("{:?}, line {}: {field} differs", theirs.qualname, theirs.firstlineno);
    let fields = |code: &Code| {
        format!(
            "args {} {} {} flags {:#x} stack {} line {} name {:?} {:?}",
            code.argcount,
            code.posonlyargcount,
            code.kwonlyargcount,
            code.flags,
            code.stacksize,
            code.firstlineno,
            code.name,
            code.qualname
        )
    };
    let tables = |code: &Code| {
        [
            format!("names {:?}", code.names),
            format!("locals {:?} {:x?}", code.localsplusnames, code.localspluskinds),
            format!("consts [{}]", code.consts.iter().map(shown).collect::<Vec<_>>().join(", ")),
            format!("exceptions {:?}", code.exceptiontable),
            format!("lines {:?}", code.linetable),
        ]
    };
    for (name, ours, theirs) in
        std::iter::once(("", fields(ours), fields(theirs))).chain(tables(ours).into_iter().zip(tables(theirs)).map(|(a, b)| ("", a, b)))
    {
        if ours != theirs {
            println!("{name}ours   {ours}\n{name}theirs {theirs}");
        }
    }
    let (left, right) = (disassemble(ours), disassemble(theirs));
    for index in 0..left.len().max(right.len()) {
        let line = |lines: &[String]| lines.get(index).cloned().unwrap_or_default();
        let (left, right) = (line(&left), line(&right));
        println!("{} {left:<78} | {right}", if left == right { ' ' } else { '*' });
    }
}

fn main() {
    // Deep programs recurse deeply, and this is no place to be careful with memory.
    let worker = std::thread::Builder::new().stack_size(512 << 20).spawn(run).expect("a thread can be made");
    worker.join().expect("the comparison ends");
}

fn run() {
    let arguments = arguments();
    let mut files = Vec::new();
    for path in &arguments.paths {
        python_files(path, &mut files);
    }
    let theirs = oracle_codes(&arguments, &files);
    let wanted = arguments.show.as_ref().and_then(|place| place.split_once(".py:")).map(|(_, name)| name);

    let (mut equal, mut total, mut whole, mut compiled, mut same_bytes) = (0usize, 0usize, 0usize, 0usize, 0usize);
    let mut fields: BTreeMap<&str, usize> = BTreeMap::new();
    let mut errors: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut seconds = 0.0;
    for (file, theirs) in files.iter().zip(&theirs) {
        let Ok(source) = std::fs::read(file) else { continue };
        let options = Options { mode: Mode::Exec, optimize: arguments.optimize, flags: 0, filename: Text::from(&*file.to_string_lossy()) };
        let start = std::time::Instant::now();
        let name = file.display().to_string();
        let compile = || compile(&source, &options, &mut Vec::new());
        let ours = match std::panic::catch_unwind(std::panic::AssertUnwindSafe(compile)) {
            Ok(ours) => ours,
            Err(_) => {
                errors.entry("panic".into()).or_default().push(name);
                continue;
            }
        };
        seconds += start.elapsed().as_secs_f64();
        let (ours, (theirs, bytes)) = match (ours, theirs) {
            (Ok(ours), Some(theirs)) => (ours, theirs),
            (Err(_), None) => continue,
            (Ok(_), None) => {
                errors.entry("compiles, but not with the oracle".into()).or_default().push(name);
                continue;
            }
            (Err(error), Some(_)) => {
                errors.entry(format!("{error}")).or_default().push(name);
                continue;
            }
        };
        compiled += 1;
        same_bytes += (marshal::dumps(&ours, marshal::VERSION).as_ref() == Ok(bytes)) as usize;
        let mut all = Vec::new();
        pairs(&ours, theirs, &mut all);
        let mut same_file = true;
        for (ours, theirs) in all {
            total += 1;
            let Some(field) = difference(ours, theirs) else {
                equal += 1;
                continue;
            };
            same_file = false;
            *fields.entry(field).or_default() += 1;
            if arguments.only.as_deref().is_some_and(|only| only != field) {
                continue;
            }
            if arguments.list {
                println!("{field:14} {}:{}", file.display(), String::from_utf8_lossy(&theirs.qualname.0));
            }
            let is_wanted = wanted.is_none_or(|name| theirs.qualname.as_str() == Some(name));
            if arguments.show.is_some() && is_wanted {
                show(ours, theirs, field);
                return;
            }
        }
        whole += same_file as usize;
    }
    for (message, files) in &errors {
        println!("{} files: {message}; e.g. {}", files.len(), files.first().map_or("", String::as_str));
    }
    println!("code objects equal: {equal} of {total}; files: {whole} of {compiled}; {seconds:.2} s of our compiling");
    println!("marshalled files equal: {same_bytes} of {compiled}");
    for (field, count) in fields {
        println!("{count:7} differ first in {field}");
    }
}
