//! Compile files named on standard input; for each, write to standard output a length (four bytes,
//! little-endian) and the marshalled code object, or a length with the top bit set and an error. The
//! first argument is the optimization level; with a second one, warnings are written instead of code.

use std::io::{BufRead, Write};

use pyrox_compiler::{Mode, Options, compile};

fn main() {
    let optimize = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(0);
    let show_warnings = std::env::args().len() > 2;
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    for line in std::io::stdin().lock().lines().map_while(Result::ok) {
        let options = Options { mode: Mode::Exec, optimize, flags: 0, filename: line.as_str().into() };
        let mut warnings = Vec::new();
        let result = std::fs::read(&line)
            .map_err(|error| error.to_string())
            .and_then(|source| {
                compile(&source, &options, &mut warnings).map_err(|error| {
                    format!(
                        "{}: {}\t{} {} {} {}",
                        error.kind.type_name(),
                        error.message,
                        error.lineno,
                        error.offset,
                        error.end_lineno,
                        error.end_offset
                    )
                })
            })
            .and_then(|code| pyrox_compiler::marshal::dumps(&code, 5).map_err(|error| format!("{error:?}")));
        let result = match result {
            Ok(_) if show_warnings => {
                Ok(warnings.iter().flat_map(|warning| format!("{} {}\n", warning.lineno, warning.message).into_bytes()).collect())
            }
            other => other,
        };
        let (head, body) = match result {
            Ok(bytes) => (0u32, bytes),
            Err(message) => (1u32 << 31, message.into_bytes()),
        };
        let length = head | body.len() as u32;
        if out.write_all(&length.to_le_bytes()).and_then(|()| out.write_all(&body)).is_err() {
            return;
        }
    }
}
