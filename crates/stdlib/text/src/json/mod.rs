//! `_json`: the fast half of `json`.
//!
//! The scanner runs on the text as it is stored, one instance of the code for each width of character;
//! the encoder writes into one buffer. A `str` never changes, so its characters may be borrowed across
//! calls of hooks.

mod encoder;
mod escape;
mod scanner;
mod string;

use pyrox_macros::pymodule;
use pyrox_objects::{Int, Module, Object, PyResult, PyType, Raised, Str, Thread, intern};

use encoder::Encoder;
use escape::{__py_encode_basestring, __py_encode_basestring_ascii};
use scanner::Scanner;
use string::__py_scanstring;

pymodule!(name = "_json", doc = "json speedups\n", functions = [encode_basestring_ascii, encode_basestring, scanstring], exec = exec);

fn exec(thread: &Thread, module: &Module) -> PyResult<()> {
    pyrox_objects::type_object::ready(thread, Scanner::ty())?;
    pyrox_objects::type_object::ready(thread, Encoder::ty())?;
    module.add(thread, "make_scanner", Scanner::ty())?;
    module.add(thread, "make_encoder", Encoder::ty())
}

/// Raise `json.decoder.JSONDecodeError`.
#[cold]
fn decode_error(thread: &Thread, message: &str, text: &Str, at: isize) -> Raised {
    let make = || {
        let class = pyrox_interpreter::import::import_module(thread, "json.decoder")?.getattr(thread, intern!("JSONDecodeError"))?;
        class.call(thread, &[&*Str::from_str(thread, message)?, text, &*Int::from(at as i64)])
    };
    match make() {
        Ok(exception) => thread.raise(exception),
        Err(raised) => raised,
    }
}

/// The first argument of the module's functions.
fn text_argument<'a>(thread: &Thread, value: &'a Object) -> PyResult<&'a Str> {
    value.cast::<Str>().ok_or_else(|| thread.type_error(&format!("first argument must be a string, not {}", value.ty().full_name())))
}
