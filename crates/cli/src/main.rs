//! The `pyrox` command.

use std::io::Write;

use pyrox::config::Request;

/// Rust code shares the allocator that objects have.
#[global_allocator]
static ALLOCATOR: pyrox::Allocator = pyrox::Allocator;

fn main() {
    let status = match pyrox::config::from_process() {
        Request::Run(config, program) => pyrox::run(*config, &program),
        Request::Print(text) => match std::io::stdout().write_all(text.as_bytes()) {
            Ok(()) => 0,
            Err(_) => 1,
        },
        Request::Fail(text) => {
            eprint!("{text}");
            2
        }
    };
    std::process::exit(status);
}
