//! `_tokenize`: the tokens of a program, as `tokenize` gives them.

mod lexer;
mod numbers;
mod source;
mod strings;
mod token;

use std::cell::RefCell;

use pyrox_macros::{pyclass, pymodule};
use pyrox_objects::native::{Keywords, Rest};
use pyrox_objects::object::{Head, ObjCell};
use pyrox_objects::{Int, Module, Obj, Object, Owned, PyResult, Str, Thread, Tuple, Type};

use lexer::{Lexer, State};
use source::Done;

pymodule!(name = "_tokenize", exec = exec);

fn exec(thread: &Thread, module: &Module) -> PyResult<()> {
    module.add_type::<TokenizerIter>(thread)
}

/// What the iterator remembers beside the tokenizer's state.
struct Tokens {
    state: State,
    done: bool,
    /// The line of the last token and its text: tokens of one line share the string.
    last_line: Option<Owned<Str>>,
    last_lineno: i32,
}

/// An iterator over the tokens of what a `readline` function yields.
#[repr(C)]
pub struct TokenizerIter {
    head: Head,
    readline: ObjCell,
    /// Taken out while a token is read, which calls `readline`.
    tokens: RefCell<Option<Box<Tokens>>>,
}

#[pyclass(name = "TokenizerIter", module = "_tokenize", traverse = [readline], dealloc = drop)]
impl TokenizerIter {
    #[new(sig = "(*args, **kwargs)", text = "")]
    fn create(cls: &Type, thread: &Thread, args: Rest<'_>, kwargs: Keywords<'_>) -> PyResult<Obj> {
        let (1, Some(readline)) = (args.len(), args.get(0)) else {
            return Err(thread.type_error(&format!("tokenizeriter() takes exactly 1 positional argument ({} given)", args.len())));
        };
        let (mut encoding, mut extra) = (None, None);
        for (name, value) in kwargs.iter() {
            if name.equals_str("encoding") {
                match value.cast::<Str>() {
                    Some(text) => encoding = Some(text.to_rust(thread)?),
                    None => {
                        let got = if value.is_none() { "None" } else { value.ty().name() };
                        return Err(thread.type_error(&format!("tokenizeriter() argument 'encoding' must be str, not {got}")));
                    }
                }
            } else if name.equals_str("extra_tokens") {
                extra = Some(value.is_true(thread)?);
            } else {
                let name = name.to_string_lossy();
                return Err(thread.type_error(&format!("tokenizeriter() got an unexpected keyword argument '{name}'")));
            }
        }
        let Some(extra) = extra else {
            return Err(thread.type_error("tokenizeriter() missing required argument 'extra_tokens' (pos 2)"));
        };
        let tokens = Tokens { state: State::new(encoding, extra), done: false, last_line: None, last_lineno: 0 };
        let made = TokenizerIter {
            head: Head::unset(),
            readline: ObjCell::new(Some(readline.own())),
            tokens: RefCell::new(Some(Box::new(tokens))),
        };
        Ok(cls.instantiate(thread, made)?.upcast())
    }
    #[slot]
    fn tp_iter(this: &Object) -> Obj {
        this.own()
    }
    #[slot]
    fn tp_iternext(&self, thread: &Thread) -> PyResult<Option<Obj>> {
        let Some(readline) = self.readline.get() else { return Ok(None) };
        let taken = self.tokens.try_borrow_mut().ok().and_then(|mut tokens| tokens.take());
        let Some(mut tokens) = taken else { return Err(thread.value_error("tokenizer already executing")) };
        let result = tokens.next(thread, &readline);
        if let Ok(mut place) = self.tokens.try_borrow_mut() {
            *place = Some(tokens);
        }
        result
    }
}

impl Tokens {
    fn next(&mut self, thread: &Thread, readline: &Object) -> PyResult<Option<Obj>> {
        let found = Lexer { state: &mut self.state, thread, readline }.token();
        let source = &mut self.state.source;
        let found = match found {
            Ok(found) if source.done != Done::Raised => found,
            _ if self.done => return Ok(None),
            _ => return Err(source.raise_done(thread)),
        };
        if self.done {
            return Ok(None);
        }
        self.done = found.kind == token::ENDMARKER;
        if !source.begun && !self.state.extra {
            return Ok(None);
        }
        let result = self.token(thread, &found)?;
        Ok(Some(result.upcast()))
    }

    /// The text of the line that starts at `line_start`, as far as it is read.
    fn line(&mut self, thread: &Thread, line_start: usize) -> PyResult<Owned<Str>> {
        let source = &self.state.source;
        if source.lineno == self.last_lineno
            && let Some(line) = &self.last_line
        {
            return Ok(line.clone());
        }
        let length = source.buffer.len();
        let end = if source.implicit_newline { length.saturating_sub(1) } else { length };
        let line = Str::from_str(thread, &source.text(line_start.min(end), end))?;
        self.last_line = Some(line.clone());
        Ok(line)
    }

    /// `(kind, text, (line, column), (end line, end column), line text)`
    fn token(&mut self, thread: &Thread, found: &lexer::Token) -> PyResult<Owned<Tuple>> {
        let extra = self.state.extra;
        let is_string = token::is_string(found.kind);
        let source = &self.state.source;
        let line_start = if is_string { self.state.string_line_start } else { source.line_start };
        let trailing = extra && (found.kind == token::ENDMARKER || found.kind == token::DEDENT && source.done == Done::Eof);
        let line = if trailing { Str::empty() } else { self.line(thread, line_start)? };

        let source = &self.state.source;
        let mut lineno = if is_string { self.state.first_lineno } else { source.lineno };
        let mut end_lineno = source.lineno;
        self.last_lineno = lineno;
        let (mut column, mut end_column) = (-1i64, -1i64);
        let mut text = None;
        if let Some((start, end)) = found.span {
            let ascii = line.is_ascii();
            let characters = |from: usize, to: usize| match ascii && from == line_start {
                true => to - from,
                false => source.text(from, to).chars().count(),
            };
            if start >= line_start {
                column = characters(line_start, start) as i64;
            }
            if end >= source.line_start {
                end_column = match lineno == end_lineno {
                    true => column.max(0) + characters(start, end) as i64,
                    false => source.text(source.line_start, end).chars().count() as i64,
                };
            }
            text = Some(source.text(start, end));
        }
        let mut kind = found.kind;
        if extra {
            if trailing {
                lineno += 1;
                end_lineno = lineno;
                (column, end_column) = (0, 0);
            }
            match kind {
                token::NEWLINE => {
                    let carriage_return = found.span.and_then(|span| source.buffer.get(span.0)) == Some(&b'\r');
                    if !source.implicit_newline {
                        text = Some(if carriage_return { "\r\n".into() } else { "\n".into() });
                    }
                    end_column += 1;
                }
                token::NL if source.implicit_newline => text = None,
                _ if kind > token::DEDENT && kind < token::OP => kind = token::OP,
                _ => {}
            }
        }
        let text = match text.as_deref() {
            None | Some("") => Str::empty(),
            Some(text) => Str::from_str(thread, text)?,
        };
        let number = |value: i64| Int::from(value).upcast();
        let pair = |line: i32, column: i64| Tuple::from_vec(thread, vec![number(i64::from(line)), number(column)]);
        let items = vec![
            number(i64::from(kind)),
            text.upcast(),
            pair(lineno, column)?.upcast(),
            pair(end_lineno, end_column)?.upcast(),
            line.upcast(),
        ];
        Tuple::from_vec(thread, items)
    }
}
