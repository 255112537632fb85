//! From source text to the tree.

use ruff_python_ast as ruff;
use ruff_python_ast::PythonVersion;
use ruff_python_ast::token::TokenKind;
use ruff_python_parser::{LexicalErrorType, ParseErrorType, ParseOptions};
use ruff_text_size::Ranged;

use crate::ast::*;
use crate::error::{CompileError, ErrorKind, Result, Warning};
use crate::lower::{LineIndex, Lowering};
use crate::{Mode, compiler_flags};

/// Parse `source`, which has `\n` for newlines, to a tree of at most `max_depth` levels. `flags`
/// are [`compiler_flags`].
pub fn parse(source: &str, mode: Mode, flags: u32, max_depth: u32, warnings: &mut Vec<Warning>) -> Result<Mod> {
    if u32::try_from(source.len()).is_err() {
        return Err(CompileError::new(ErrorKind::OverflowError, "source code is too large"));
    }
    let barry = flags & crate::code::flags::FUTURE_BARRY_AS_BDFL != 0;
    if (barry || source.contains("barry_as_FLUFL"))
        && let Some(source) = crate::syntax_errors::without_diamonds(source, barry)?
    {
        return parse_plain(&source, mode, flags, max_depth, warnings);
    }
    parse_plain(source, mode, flags, max_depth, warnings)
}

fn parse_plain(source: &str, mode: Mode, flags: u32, max_depth: u32, warnings: &mut Vec<Warning>) -> Result<Mod> {
    let lines = LineIndex::new(source);
    if source.starts_with('\u{feff}') {
        return Err(crate::syntax_errors::byte_order_mark(source, &lines, mode));
    }
    match mode {
        Mode::Exec | Mode::Single => parse_module(source, &lines, mode, flags, max_depth, warnings),
        Mode::Eval => parse_eval(source, &lines, flags, max_depth, warnings),
        Mode::FuncType => parse_function_type(source, max_depth, warnings),
    }
}

fn options(mode: ruff_python_parser::Mode) -> ParseOptions {
    ParseOptions::from(mode).with_target_version(PythonVersion::PY314)
}

fn parse_module(source: &str, lines: &LineIndex, mode: Mode, flags: u32, max_depth: u32, warnings: &mut Vec<Warning>) -> Result<Mod> {
    let parsed = ruff_python_parser::parse_unchecked(source, options(ruff_python_parser::Mode::Module));
    if mode == Mode::Single
        && let Some(error) = more_than_one(source, lines, &parsed)
    {
        return Err(error);
    }
    if let Err(error) = check(source, lines, &parsed, mode, flags) {
        if source.contains('\\') {
            let strings = crate::syntax_errors::strings_before_error(source, mode);
            Lowering::new(source, lines, max_depth, warnings).warn_of_escapes(&strings);
        }
        return Err(with_statement(error, lines, &parsed));
    }
    if flags & compiler_flags::TYPE_COMMENTS != 0 {
        crate::syntax_errors::check_type_comments(source, mode)?;
    }
    let ruff::Mod::Module(module) = parsed.syntax() else {
        return Err(CompileError::new(ErrorKind::SystemError, "not a module"));
    };
    let mut lowering = Lowering::new(source, lines, max_depth, warnings);
    let result = lowering.module(&module.body);
    let body = match result {
        Ok(body) => body,
        Err(error) => {
            // A tree too deep to convert is too deep to be dropped.
            if error.kind == ErrorKind::RecursionError {
                std::mem::forget(parsed);
            }
            return Err(error);
        }
    };
    if mode == Mode::Single {
        // A person at the prompt may want to go on with the block.
        if flags & compiler_flags::DONT_IMPLY_DEDENT != 0 && crate::syntax_errors::ends_in_block(source) {
            return Err(incomplete(source, lines));
        }
        return single_statement(source, lines, &parsed, body);
    }
    Ok(Mod::Module { body, type_ignores: Vec::new() })
}

/// Whether the token is more than a space between statements.
fn is_solid(kind: TokenKind) -> bool {
    !kind.is_trivia() && !matches!(kind, TokenKind::Newline | TokenKind::Indent | TokenKind::Dedent | TokenKind::EndOfFile)
}

/// The interactive compiler takes one statement, or simple ones on one line.
fn single_statement(source: &str, lines: &LineIndex, parsed: &ruff_python_parser::Parsed<ruff::Mod>, body: Vec<Stmt>) -> Result<Mod> {
    let Some(first) = body.first() else {
        let end = source.len() as u32;
        let message = "invalid syntax".to_owned();
        let kind = ErrorKind::SyntaxError;
        return Err(crate::lower::located_error(source, lines, kind, message, end, end));
    };
    let error = |message: &str, start: u32, end: u32| {
        crate::lower::located_error(source, lines, ErrorKind::SyntaxError, message.to_owned(), start, end)
    };
    let ruff::Mod::Module(module) = parsed.syntax() else { return Ok(Mod::Interactive { body }) };
    if module.body.first().is_some_and(is_compound) {
        // The statement ends with a line of its own.
        let end = first.location.end_line;
        if body.len() > 1 {
            let behind = lines.line_start(end).unwrap_or(0) + u32::try_from(first.location.end_column).unwrap_or(0);
            let mut rest = parsed.tokens().iter().filter(|token| token.start().to_u32() >= behind);
            if let Some(token) = rest.find(|token| is_solid(token.kind())) {
                return Err(error("invalid syntax", token.start().to_u32(), token.end().to_u32()));
            }
        }
        let last = source.rsplit('\n').next().unwrap_or_default();
        if last.starts_with(|c: char| !matches!(c, ' ' | '\t' | '\x0c' | '#')) {
            let mut error = CompileError::new(ErrorKind::SyntaxError, "invalid syntax");
            (error.lineno, error.end_lineno) = (end, end);
            error.text = Some(crate::lower::line_text(source, lines, end));
            return Err(error);
        }
        return Ok(Mod::Interactive { body });
    }
    Ok(Mod::Interactive { body })
}

/// The error of a line of simple statements that more than blanks and comments follow; what follows is not read.
fn more_than_one(source: &str, lines: &LineIndex, parsed: &ruff_python_parser::Parsed<ruff::Mod>) -> Option<CompileError> {
    let ruff::Mod::Module(module) = parsed.syntax() else { return None };
    if is_compound(module.body.first()?) {
        return None;
    }
    let (end, next) = crate::syntax_errors::first_line_end(source)?;
    let rest = source.get(next..)?;
    if rest.lines().all(|line| line.trim_start().is_empty() || line.trim_start().starts_with('#')) {
        return None;
    }
    if first_error(parsed).is_some_and(|error| error.range().start().to_usize() < next) {
        return None;
    }
    let message = "multiple statements found while compiling a single statement".to_owned();
    let mut error = crate::lower::located_error(source, lines, ErrorKind::SyntaxError, message, end as u32, next as u32 - 1);
    (error.end_offset, error.last_statement) = (error.end_offset + 1, None);
    Some(error)
}

fn is_compound(statement: &ruff::Stmt) -> bool {
    use ruff::Stmt;
    matches!(
        statement,
        Stmt::FunctionDef(_)
            | Stmt::ClassDef(_)
            | Stmt::For(_)
            | Stmt::While(_)
            | Stmt::If(_)
            | Stmt::With(_)
            | Stmt::Match(_)
            | Stmt::Try(_)
    )
}

/// The error with the place of the compound statement before it, which may be the one that was meant otherwise.
fn with_statement(mut error: CompileError, lines: &LineIndex, parsed: &ruff_python_parser::Parsed<ruff::Mod>) -> CompileError {
    let ruff::Mod::Module(module) = parsed.syntax() else { return error };
    if !error.message.starts_with("invalid syntax") {
        return error;
    }
    let before = |statement: &&ruff::Stmt| lines.position(statement.range().end().to_u32()).0 < error.lineno;
    if let Some(last) = module.body.iter().take_while(before).last().filter(|last| is_compound(last)) {
        error.last_statement = Some(lines.position(last.range().start().to_u32()));
    }
    error
}

fn parse_eval(source: &str, lines: &LineIndex, flags: u32, max_depth: u32, warnings: &mut Vec<Warning>) -> Result<Mod> {
    let parsed = ruff_python_parser::parse_unchecked(source, options(ruff_python_parser::Mode::Expression));
    check(source, lines, &parsed, Mode::Eval, flags)?;
    let ruff::Mod::Expression(module) = parsed.syntax() else {
        return Err(CompileError::new(ErrorKind::SystemError, "not an expression"));
    };
    let mut lowering = Lowering::new(source, lines, max_depth, warnings);
    match lowering.expression(&module.body) {
        Ok(body) => Ok(Mod::Expression { body: Box::new(body) }),
        Err(error) => {
            if error.kind == ErrorKind::RecursionError {
                std::mem::forget(parsed);
            }
            Err(error)
        }
    }
}

/// `(int, *str) -> bool`, of type comments.
fn parse_function_type(source: &str, max_depth: u32, warnings: &mut Vec<Warning>) -> Result<Mod> {
    let invalid = || {
        let end = source.len() as u32;
        let message = "invalid syntax".to_owned();
        let lines = LineIndex::new(source);
        crate::lower::located_error(source, &lines, ErrorKind::SyntaxError, message, 0, end)
    };
    crate::syntax_errors::check_function_type(source)?;
    let arrow = source.rfind("->").ok_or_else(invalid)?;
    let (arguments, returns) = source.split_at_checked(arrow).ok_or_else(invalid)?;
    let open = arguments.find('(').ok_or_else(invalid)?;
    // As a call it has the same grammar; one letter in front makes it one.
    let call = format!("f{}", arguments.get(open..).unwrap_or(""));
    let returns = returns.get(2..).unwrap_or("").trim();
    let Mod::Expression { body } = parse_eval(call.trim_end(), &LineIndex::new(&call), 0, max_depth, warnings)? else {
        return Err(invalid());
    };
    let ExprKind::Call { args, keywords, .. } = body.kind else { return Err(invalid()) };
    let mut argtypes: Vec<Expr> = args
        .into_iter()
        .map(|arg| match arg.kind {
            ExprKind::Starred { value, .. } => *value,
            _ => arg,
        })
        .collect();
    for keyword in keywords {
        if keyword.arg.is_some() {
            return Err(invalid());
        }
        argtypes.push(keyword.value);
    }
    let Mod::Expression { body: returns } = parse_eval(returns, &LineIndex::new(returns), 0, max_depth, warnings)? else {
        return Err(invalid());
    };
    Ok(Mod::FunctionType { argtypes, returns })
}

/// A comment and where it starts.
pub struct Comment {
    /// From the `#` to the end of the line.
    pub text: String,
    /// From 1.
    pub line: i32,
    /// In bytes, from 0.
    pub column: i32,
    /// How many brackets are open around it.
    pub depth: u32,
    /// Where what stands before it ends: line and column.
    pub after: (i32, i32),
    /// Whether nothing else is on its line.
    pub alone: bool,
}

/// The comments of `source`, which has `\n` for newlines.
pub fn comments(source: &str) -> Vec<Comment> {
    let lines = LineIndex::new(source);
    let parsed = ruff_python_parser::parse_unchecked(source, options(ruff_python_parser::Mode::Module));
    let mut found = Vec::new();
    let mut depth = 0u32;
    let mut after = (1, 0);
    for token in parsed.tokens() {
        let (kind, range) = token.as_tuple();
        match kind {
            TokenKind::Lpar | TokenKind::Lsqb | TokenKind::Lbrace => depth += 1,
            TokenKind::Rpar | TokenKind::Rsqb | TokenKind::Rbrace => depth = depth.saturating_sub(1),
            TokenKind::Comment => {
                let (start, end) = (range.start().to_u32(), range.end().to_u32());
                let (line, column) = lines.position(start);
                let text = source.get(start as usize..end as usize).unwrap_or("").to_owned();
                let before = lines.line_start(line).and_then(|from| source.get(from as usize..start as usize)).unwrap_or("");
                found.push(Comment { text, line, column, depth, after, alone: before.trim().is_empty() });
            }
            _ => {}
        }
        if !matches!(kind, TokenKind::Comment | TokenKind::Newline | TokenKind::NonLogicalNewline | TokenKind::Indent | TokenKind::Dedent) {
            after = lines.position(range.end().to_u32());
        }
    }
    found
}

fn incomplete(source: &str, lines: &LineIndex) -> CompileError {
    let end = source.len() as u32;
    let message = "incomplete input".to_owned();
    crate::lower::located_error(source, lines, ErrorKind::IncompleteInput, message, end, end)
}

/// The parser's first error. What it has to say about the contents of literals does not count: they are
/// read again.
fn first_error(parsed: &ruff_python_parser::Parsed<ruff::Mod>) -> Option<&ruff_python_parser::ParseError> {
    let about_contents = |error: &ParseErrorType| {
        matches!(
            error,
            ParseErrorType::Lexical(
                LexicalErrorType::StringError
                    | LexicalErrorType::UnicodeError
                    | LexicalErrorType::MissingUnicodeLbrace
                    | LexicalErrorType::MissingUnicodeRbrace
                    | LexicalErrorType::InvalidByteLiteral
            )
        )
    };
    parsed.errors().iter().find(|error| !about_contents(&error.error))
}

/// Raise the parser's first error.
fn check(source: &str, lines: &LineIndex, parsed: &ruff_python_parser::Parsed<ruff::Mod>, mode: Mode, flags: u32) -> Result<()> {
    if let Some(error) = first_error(parsed) {
        if flags & compiler_flags::ALLOW_INCOMPLETE_INPUT != 0 && crate::syntax_errors::is_incomplete(source, mode) {
            return Err(incomplete(source, lines));
        }
        return Err(crate::syntax_errors::translate(source, lines, error, mode));
    }
    if let Some(error) = parsed.unsupported_syntax_errors().first() {
        return Err(crate::syntax_errors::unsupported(source, lines, error));
    }
    Ok(())
}
