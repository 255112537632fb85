//! The `pyrox` command: options, `-c`, a script, standard input.

use std::io::Read;

use pyrox::Program;

const USAGE: &str = "usage: pyrox [option] ... [-c cmd | file | -] [arg] ...";

fn main() {
    std::process::exit(start());
}

fn start() -> i32 {
    let mut arguments = std::env::args_os().skip(1).map(|a| a.to_string_lossy().into_owned());
    let mut program = None;
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "-h" | "--help" | "-?" => {
                println!("{USAGE}");
                return 0;
            }
            "-V" | "--version" => {
                println!("Python 3.14.0");
                return 0;
            }
            "-c" => match arguments.next() {
                Some(text) => {
                    program = Some(Program::Command(text));
                    break;
                }
                None => {
                    eprintln!("Argument expected for the -c option\n{USAGE}\nTry `pyrox -h' for more information.");
                    return 2;
                }
            },
            "-" => break,
            option if option.starts_with("-c") => {
                program = Some(Program::Command(option[2..].to_string()));
                break;
            }
            // Accepted: they change nothing that is there yet.
            "-s" | "-S" | "-P" | "-B" | "-q" => {}
            "-I" | "-E" | "-u" => {
                eprintln!("pyrox: the option {argument} is not implemented yet");
                return 2;
            }
            option if option.starts_with('-') => {
                eprintln!("Unknown option: {option}\n{USAGE}\nTry `pyrox -h' for more information.");
                return 2;
            }
            _ => {
                program = Some(Program::File(argument));
                break;
            }
        }
    }
    let program = match program {
        Some(program) => program,
        None => {
            let mut text = Vec::new();
            if let Err(error) = std::io::stdin().read_to_end(&mut text) {
                eprintln!("pyrox: cannot read standard input: {error}");
                return 1;
            }
            Program::Input(text)
        }
    };
    let rest: Vec<String> = arguments.collect();
    pyrox::run(program, &rest)
}
