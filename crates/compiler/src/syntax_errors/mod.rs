//! CPython's words for programs that do not parse.
//!
//! The parser library finds that and where a program is wrong; its wording is its own. This pass
//! runs only then: it looks at the tokens ([`tokens`]), at the structure of lines, and at what
//! stands where the parser stopped, and says what CPython says.

mod targets;
mod tokens;

use ruff_python_parser::{InterpolatedStringErrorType, LexicalErrorType, ParseError, ParseErrorType, UnsupportedSyntaxError};
use ruff_text_size::Ranged;

use crate::Mode;
use crate::error::{CompileError, ErrorKind};
use crate::lower::{LineIndex, located_error};
use targets::{describe, is_simple_target};
use tokens::{Kind, Token, TokenError, Tokens, tokenize};

struct Reporter<'s> {
    source: &'s str,
    lines: &'s LineIndex,
    tokens: Tokens,
    /// Where the parser stopped, and the end of what it points at.
    start: usize,
    end: usize,
    mode: Mode,
}

/// The error that CPython raises where the parser library reports `error`.
pub fn translate(source: &str, lines: &LineIndex, error: &ParseError, mode: Mode) -> CompileError {
    let range = error.range();
    let reporter = Reporter {
        source,
        lines,
        tokens: tokenize(source),
        start: range.start().to_usize(),
        end: range.end().to_usize(),
        mode,
    };
    reporter.report(&error.error)
}

/// The same for syntax that only other versions of Python have.
pub fn unsupported(source: &str, lines: &LineIndex, error: &UnsupportedSyntaxError) -> CompileError {
    let range = error.range();
    let reporter = Reporter {
        source,
        lines,
        tokens: tokenize(source),
        start: range.start().to_usize(),
        end: range.end().to_usize(),
        mode: Mode::Exec,
    };
    reporter.at_token(reporter.start).map_or_else(
        || reporter.error("invalid syntax", reporter.start, reporter.end),
        |token| reporter.error("invalid syntax", token.start, token.end),
    )
}

impl<'s> Reporter<'s> {
    fn error(&self, message: impl Into<String>, start: usize, end: usize) -> CompileError {
        let kind = ErrorKind::SyntaxError;
        located_error(self.source, self.lines, kind, message.into(), start as u32, end as u32)
    }

    fn token_error(&self, error: &TokenError) -> CompileError {
        let at = error.start as u32;
        let message = error.message.clone();
        let mut result =
            located_error(self.source, self.lines, error.kind, message, at, at);
        if let Some(end) = error.end_offset {
            result.end_offset = end;
        }
        result
    }

    fn text(&self, token: &Token) -> &'s str {
        self.source.get(token.start..token.end).unwrap_or("")
    }

    /// The token at or behind an offset.
    fn at_token(&self, offset: usize) -> Option<&Token> {
        let index = self.index_at(offset)?;
        self.tokens.tokens.get(index)
    }

    fn index_at(&self, offset: usize) -> Option<usize> {
        self.tokens
            .tokens
            .iter()
            .position(|token| token.end > offset || token.start >= offset)
    }

    fn report(&self, error: &ParseErrorType) -> CompileError {
        if let Some(problem) = &self.tokens.error
            && problem.noticed <= self.start.max(self.end)
        {
            return self.token_error(problem);
        }
        if let Some(error) = self.block_error() {
            return error;
        }
        if let Some(error) = self.specific(error) {
            return error;
        }
        // Before it says no more than "invalid syntax", CPython reads on for a better reason.
        if let Some(problem) = &self.tokens.error {
            return self.token_error(problem);
        }
        if let Some(&opened) = self.tokens.open.last() {
            let bracket = self.source.get(opened..opened + 1).unwrap_or("(");
            let mut error = self.error(format!("'{bracket}' was never closed"), opened, opened);
            error.end_offset = 0;
            return error;
        }
        self.generic()
    }

    fn generic(&self) -> CompileError {
        match self.at_token(self.start) {
            Some(token) => {
                let end = if token.end > token.start { token.end } else { token.start + 1 };
                let mut error = self.error("invalid syntax", token.start, token.end);
                if end != token.end {
                    error.end_offset = error.offset + 1;
                }
                error
            }
            None => self.error("invalid syntax", self.start, self.end),
        }
    }

    /// Indentation where none may be, or none where it must be.
    fn block_error(&self) -> Option<CompileError> {
        let tokens = &self.tokens.tokens;
        let mut line: &[Token] = &[];
        let mut begin = 0;
        for (index, token) in tokens.iter().enumerate() {
            match token.kind {
                Kind::Indent => {
                    let header = header_name(self.source, line);
                    if header.is_none() && token.start <= self.end {
                        let at = token.end as u32;
                        let kind = ErrorKind::IndentationError;
                        let message = "unexpected indent".to_owned();
                        let mut error =
                            located_error(self.source, self.lines, kind, message, at, at);
                        error.offset = error.offset.saturating_sub(1).max(1);
                        error.end_offset = -1;
                        return Some(error);
                    }
                    begin = index + 1;
                    line = &[];
                }
                Kind::Dedent => begin = index + 1,
                Kind::Newline | Kind::End => {
                    line = tokens.get(begin..index).unwrap_or(&[]);
                    begin = index + 1;
                    let next = tokens.get(index + 1);
                    let indented = next.is_some_and(|next| next.kind == Kind::Indent);
                    let Some(name) = header_name(self.source, line) else { continue };
                    let place = tokens.get(index + 1..).and_then(|rest| {
                        rest.iter().find(|token| token.kind != Kind::Dedent)
                    });
                    if indented || token.kind == Kind::End {
                        continue;
                    }
                    let place = place.copied().unwrap_or(*token);
                    if place.start > self.end.max(self.start) + 1 && place.kind != Kind::End {
                        return None;
                    }
                    let first = line.first()?;
                    let (header_line, _) = self.lines.position(first.start as u32);
                    let message =
                        format!("expected an indented block after {name} on line {header_line}");
                    let kind = ErrorKind::IndentationError;
                    let (start, end) = match place.kind {
                        Kind::End => (token.start, token.start),
                        _ => (place.start, place.end),
                    };
                    let mut error = located_error(
                        self.source,
                        self.lines,
                        kind,
                        message,
                        start as u32,
                        end as u32,
                    );
                    if place.kind == Kind::End {
                        error.end_offset = -1;
                    }
                    return Some(error);
                }
                _ => {}
            }
        }
        None
    }

    fn specific(&self, error: &ParseErrorType) -> Option<CompileError> {
        use ParseErrorType as E;
        let (start, end) = (self.start, self.end);
        let here = |message: &str| Some(self.error(message, start, end));
        match error {
            E::InvalidAssignmentTarget => self.invalid_target(),
            E::InvalidNamedAssignmentTarget => {
                let what = self.described(start, end);
                here(&format!("cannot use assignment expressions with {what}"))
            }
            E::InvalidAnnotatedAssignmentTarget => match self.described(start, end).as_str() {
                what @ ("list" | "tuple") => {
                    let end = match what {
                        "tuple" => self.at_token(start).map_or(end, |token| token.end),
                        _ => end,
                    };
                    let message = format!("only single target (not {what}) can be annotated");
                    Some(self.error(message, start, end))
                }
                _ => here("illegal target for annotation"),
            },
            E::InvalidAugmentedAssignmentTarget => {
                let what = self.described(start, end);
                here(&format!("'{what}' is an illegal expression for augmented assignment"))
            }
            E::InvalidDeleteTarget => {
                let (what, start, end) = self.culprit(start, end);
                Some(self.error(format!("cannot delete {what}"), start, end))
            }
            E::PositionalAfterKeywordArgument => {
                self.at_closing("positional argument follows keyword argument")
            }
            E::PositionalAfterKeywordUnpacking => {
                self.at_closing("positional argument follows keyword argument unpacking")
            }
            E::InvalidArgumentUnpackingOrder => {
                here("iterable argument unpacking follows keyword argument unpacking")
            }
            E::UnparenthesizedGeneratorExpression => {
                here("Generator expression must be parenthesized")
            }
            E::NonDefaultParamAfterDefaultParam => {
                here("parameter without a default follows parameter with a default")
            }
            E::ParamAfterVarKeywordParam => here("arguments cannot follow var-keyword argument"),
            E::ExpectedKeywordParam => {
                let star = self
                    .tokens
                    .tokens
                    .iter()
                    .rev()
                    .find(|token| token.start <= start && self.text(token) == "*")?;
                Some(self.error("named arguments must follow bare *", star.start, star.end))
            }
            E::VarParameterWithDefault => {
                let double = self.source.get(..start).is_some_and(|text| {
                    text.trim_end_matches(|c: char| c.is_alphanumeric() || c == '_')
                        .trim_end()
                        .ends_with("**")
                });
                let kind = if double { "keyword" } else { "positional" };
                let token = self.at_token(start)?;
                let message = format!("var-{kind} argument cannot have default value");
                Some(self.error(message, token.start, token.end))
            }
            E::EmptyImportNames => {
                let token = self.at_token(start)?;
                Some(self.error("Expected one or more names after 'import'", token.start, token.start))
            }
            E::EmptyTypeParams => {
                let token = self.at_token(start)?;
                Some(self.error("Type parameter list cannot be empty", token.start, token.end))
            }
            E::IterableUnpackingInComprehension => {
                here("iterable unpacking cannot be used in comprehension")
            }
            E::InvalidMatchPatternTarget => here("cannot use '_' as a target"),
            E::ExpectedRealNumber => here("real number required in complex literal"),
            E::ExpectedImaginaryNumber => here("imaginary number required in complex literal"),
            E::FStringError(problem) => self.interpolated("f-string", problem),
            E::TStringError(problem) => self.interpolated("t-string", problem),
            E::Lexical(LexicalErrorType::FStringError(problem)) => {
                self.interpolated("f-string", problem)
            }
            E::Lexical(LexicalErrorType::TStringError(problem)) => {
                self.interpolated("t-string", problem)
            }
            E::OtherError(message) => self.other(message),
            _ => self.by_tokens(),
        }
    }

    fn other(&self, message: &str) -> Option<CompileError> {
        let here = |text: &str| Some(self.error(text, self.start, self.end));
        let lower = message.to_ascii_lowercase();
        if lower.contains("`except` or `finally`") {
            let token = self.at_token(self.start)?;
            let text = "expected 'except' or 'finally' block";
            let mut error = self.error(text, token.start, token.end);
            if token.kind == Kind::End || token.start == token.end {
                error.end_offset = -1;
            }
            return Some(error);
        }
        if lower.contains("trailing comma not allowed") {
            let newline = self
                .tokens
                .tokens
                .iter()
                .find(|token| token.kind == Kind::Newline && token.start >= self.start)?;
            let text = "trailing comma not allowed without surrounding parentheses";
            let mut error = self.error(text, newline.start, newline.end);
            error.end_offset = error.offset + 1;
            return Some(error);
        }
        if lower.contains("bytes literal") && lower.contains("mixed") {
            return here("cannot mix bytes and nonbytes literals");
        }
        if lower.contains("t-string") && (lower.contains("mix") || lower.contains("concat")) {
            return here("cannot mix t-string literals with string or bytes literals");
        }
        if lower.contains("only one '*'") || lower.contains("only one `*`") {
            return here("* argument may appear only once");
        }
        if lower.contains("except*") && lower.contains("except") && lower.contains("mix") {
            let text = "cannot have both 'except' and 'except*' on the same 'try'";
            return here(text);
        }
        if lower.contains("default `except:`") || lower.contains("default 'except:'") {
            return here("default 'except:' must be last");
        }
        if lower.contains("multiple exception types") {
            return here("multiple exception types must be parenthesized when using 'as'");
        }
        if lower.contains("one or more exception types") {
            let token = self.at_token(self.start)?;
            return Some(self.error("expected one or more exception types", token.start, token.end));
        }
        self.by_tokens()
    }

    fn interpolated(
        &self,
        kind: &str,
        problem: &InterpolatedStringErrorType,
    ) -> Option<CompileError> {
        use InterpolatedStringErrorType as P;
        let (start, end) = (self.start, self.end);
        let message = match problem {
            P::UnclosedLbrace => format!("{kind}: expecting '}}'"),
            P::InvalidConversionFlag => {
                let text = self.source.get(start..end).unwrap_or("").trim_start_matches('!');
                if text.is_empty() || !text.starts_with(|c: char| c.is_alphabetic() || c == '_') {
                    format!("{kind}: missing conversion character")
                } else {
                    format!(
                        "{kind}: invalid conversion character '{text}': expected 's', 'r', or 'a'"
                    )
                }
            }
            P::SingleRbrace => format!("{kind}: single '}}' is not allowed"),
            P::UnterminatedString => {
                let (line, _) = self.lines.position(start as u32);
                format!("unterminated {kind} literal (detected at line {line})")
            }
            P::UnterminatedTripleQuotedString => {
                let (line, _) = self.lines.position(self.source.len() as u32);
                format!("unterminated triple-quoted {kind} literal (detected at line {line})")
            }
            P::LambdaWithoutParentheses => {
                format!("{kind}: lambda expressions are not allowed without parentheses")
            }
            P::ConversionFlagNotImmediatelyAfterExclamation => format!(
                "{kind}: conversion type must come right after the exclamation mark"
            ),
            P::NewlineInFormatSpec => format!(
                "{kind}: newlines are not allowed in format specifiers for single quoted {kind}s"
            ),
        };
        Some(self.error(message, start, end))
    }

    /// What an expression in the source is, in CPython's words.
    fn described(&self, start: usize, end: usize) -> String {
        describe(self.source.get(start..end).unwrap_or(""))
            .map_or_else(|| "expression".to_owned(), |(what, _, _)| what.to_owned())
    }

    /// The part of a target that cannot be one.
    fn culprit(&self, start: usize, end: usize) -> (String, usize, usize) {
        match describe(self.source.get(start..end).unwrap_or("")) {
            Some((what, from, to)) => (what.to_owned(), start + from, start + to),
            None => ("expression".to_owned(), start, end),
        }
    }

    fn invalid_target(&self) -> Option<CompileError> {
        let (what, start, end) = self.culprit(self.start, self.end);
        if what == "yield expression" {
            let message = "assignment to yield expression not possible";
            return Some(self.error(message, start, end));
        }
        let mut message = format!("cannot assign to {what}");
        // A lone target of a kind that could be compared gets advice.
        if start == self.start && self.could_mean_comparison(&what) {
            message.push_str(" here. Maybe you meant '==' instead of '='?");
        }
        Some(self.error(message, start, end))
    }

    fn could_mean_comparison(&self, what: &str) -> bool {
        if matches!(
            what,
            "None" | "True" | "False" | "lambda" | "comparison" | "conditional expression"
                | "list" | "tuple" | "generator expression"
        ) {
            return false;
        }
        let Some(index) = self.index_at(self.start) else { return false };
        let tokens = &self.tokens.tokens;
        let statement_start = index == 0
            || tokens.get(index - 1).is_some_and(|previous| {
                matches!(previous.kind, Kind::Newline | Kind::Indent | Kind::Dedent)
                    || matches!(self.text(previous), ";" | ":" | "(")
            });
        let equals = tokens
            .iter()
            .skip(index)
            .take_while(|token| token.kind != Kind::Newline)
            .filter(|token| self.text(token) == "=" && token.level == 0)
            .count();
        statement_start && equals == 1
    }

    /// At the bracket that closes the call in which the parser stopped.
    fn at_closing(&self, message: &str) -> Option<CompileError> {
        let index = self.index_at(self.start)?;
        let level = self.tokens.tokens.get(index)?.level;
        let closing = self
            .tokens
            .tokens
            .iter()
            .skip(index)
            .find(|token| token.level < level && matches!(self.text(token), ")" | "]" | "}"))?;
        Some(self.error(message, closing.start, closing.end))
    }

    /// Reasons that the tokens around the place give.
    fn by_tokens(&self) -> Option<CompileError> {
        let index = self.index_at(self.start)?;
        let tokens = &self.tokens.tokens;
        let token = tokens.get(index)?;
        let text = self.text(token);
        let begin = tokens
            .get(..index)?
            .iter()
            .rposition(|token| {
                matches!(token.kind, Kind::Newline | Kind::Indent | Kind::Dedent)
            })
            .map_or(0, |at| at + 1);
        let line = tokens.get(begin..index)?;
        let first = line.first().map_or("", |token| self.text(token));
        let previous = line.last();

        if text == "<>" {
            let message = "invalid syntax.  Maybe you meant '!=' instead of '<>'?";
            return Some(self.error(message, token.start, token.end));
        }
        if let Some(error) = self.old_statement(begin, index) {
            return Some(error);
        }
        if text == "=" && token.level == 0 && self.mode != Mode::Eval {
            if let Some(error) = self.assignment_in_condition(line, index, first) {
                return Some(error);
            }
        }
        if text == "=" && token.level > 0 {
            let start = self.primary_start(index.checked_sub(1)?)?;
            let message =
                "expression cannot contain assignment, perhaps you meant \"==\"?";
            let opened_call = self.in_call(index);
            if opened_call {
                return Some(self.error(message, start, token.end));
            }
        }
        let starts_expression = starts_expression(token, text);
        if let Some(previous) = previous
            && token.level > 0
            && starts_expression
            && ends_expression(previous, self.text(previous))
        {
            let start = self.primary_start(index - 1)?;
            let end = self.primary_end(index)?;
            let message = "invalid syntax. Perhaps you forgot a comma?";
            return Some(self.error(message, start, end));
        }
        if let Some(error) = self.missing_else(line, token) {
            return Some(error);
        }
        let compound = is_compound(first, line.get(1).map_or("", |token| self.text(token)));
        if compound && token.level == 0 && previous.is_some_and(|token| self.text(token) != ":") {
            let colon = line.iter().any(|token| token.level == 0 && self.text(token) == ":");
            let at_end = matches!(token.kind, Kind::Newline | Kind::End);
            let forced = matches!(first, "def" | "else" | "try" | "finally");
            let complete =
                previous.is_some_and(|token| ends_expression(token, self.text(token)))
                    || matches!(first, "else" | "try" | "finally");
            if !colon && complete && (at_end || forced) {
                let mut error = self.error("expected ':'", token.start, token.end);
                if token.start == token.end {
                    error.end_offset = error.offset + 1;
                }
                return Some(error);
            }
        }
        if text == "}" && previous.is_some_and(|token| self.text(token) == ":") {
            let previous = previous?;
            let message = "expression expected after dictionary key and ':'";
            return Some(self.error(message, previous.start, previous.end));
        }
        None
    }

    /// `print x` and `exec x`.
    fn old_statement(&self, begin: usize, index: usize) -> Option<CompileError> {
        let tokens = &self.tokens.tokens;
        let first = tokens.get(begin)?;
        let name = self.text(first);
        let second = tokens.get(begin + 1)?;
        if index != begin + 1
            || !matches!(name, "print" | "exec")
            || !starts_expression(second, self.text(second))
        {
            return None;
        }
        let last = tokens
            .iter()
            .skip(begin + 1)
            .take_while(|token| {
                token.kind != Kind::Newline
                    && token.kind != Kind::End
                    && !(token.level == 0 && self.text(token) == ";")
            })
            .last()?;
        let message =
            format!("Missing parentheses in call to '{name}'. Did you mean {name}(...)?");
        Some(self.error(message, first.start, last.end))
    }

    /// `if x = 1:`
    fn assignment_in_condition(
        &self,
        line: &[Token],
        index: usize,
        first: &str,
    ) -> Option<CompileError> {
        if !matches!(first, "if" | "elif" | "while" | "assert" | "return" | "not") {
            return None;
        }
        let start = self.primary_start(index.checked_sub(1)?)?;
        let end = self.primary_end(index + 1)?;
        let target = self.source.get(start..line.last()?.end)?;
        if is_simple_target(target) {
            let message = "invalid syntax. Maybe you meant '==' or ':=' instead of '='?";
            return Some(self.error(message, start, end));
        }
        let (what, _, _) = describe(target)?;
        let message =
            format!("cannot assign to {what} here. Maybe you meant '==' instead of '='?");
        Some(self.error(message, start, line.last()?.end))
    }

    /// `a if b` without `else`.
    fn missing_else(&self, line: &[Token], token: &Token) -> Option<CompileError> {
        let at = line.iter().rposition(|other| {
            other.level == token.level.max(other.level.min(token.level + 1))
                && self.text(other) == "if"
        })?;
        if at == 0 || line.iter().skip(at).any(|token| self.text(token) == "else") {
            return None;
        }
        let after = line.get(at + 1..)?;
        let (condition, before) = (line.get(at)?, line.get(at - 1)?);
        if after.is_empty()
            || !ends_expression(before, self.text(before))
            || line.iter().any(|token| {
                token.level == condition.level && matches!(self.text(token), "for" | "case")
            })
        {
            return None;
        }
        let last = line.last()?;
        if !ends_expression(last, self.text(last)) {
            return None;
        }
        let index = self.index_at(before.start)?;
        let start = self.primary_start(index)?;
        Some(self.error("expected 'else' after 'if' expression", start, last.end))
    }

    fn in_call(&self, index: usize) -> bool {
        let tokens = &self.tokens.tokens;
        let Some(level) = tokens.get(index).map(|token| token.level) else { return false };
        let Some(open) = tokens
            .get(..index)
            .and_then(|before| before.iter().rposition(|token| token.level + 1 == level))
        else {
            return false;
        };
        let is_paren = tokens.get(open).is_some_and(|token| self.text(token) == "(");
        let callee = open.checked_sub(1).and_then(|at| tokens.get(at));
        is_paren && callee.is_some_and(|token| ends_expression(token, self.text(token)))
    }

    /// Start of the primary (names, attributes, calls, subscripts) that ends at a token.
    fn primary_start(&self, index: usize) -> Option<usize> {
        let tokens = &self.tokens.tokens;
        let mut at = index;
        loop {
            let token = tokens.get(at)?;
            match self.text(token) {
                ")" | "]" | "}" => {
                    let level = token.level;
                    at = tokens.get(..at)?.iter().rposition(|other| {
                        other.level == level && matches!(self.text(other), "(" | "[" | "{")
                    })?;
                    let callee = at.checked_sub(1).and_then(|before| tokens.get(before));
                    if callee.is_some_and(|token| ends_expression(token, self.text(token))) {
                        at -= 1;
                        continue;
                    }
                    return Some(tokens.get(at)?.start);
                }
                _ => {
                    let dot = at.checked_sub(1).and_then(|before| tokens.get(before));
                    if at >= 2 && dot.is_some_and(|token| self.text(token) == ".") {
                        at -= 2;
                        continue;
                    }
                    return Some(token.start);
                }
            }
        }
    }

    /// End of the primary that starts at a token.
    fn primary_end(&self, index: usize) -> Option<usize> {
        let tokens = &self.tokens.tokens;
        let mut at = index;
        let mut end = tokens.get(at)?.end;
        loop {
            let token = tokens.get(at)?;
            if matches!(self.text(token), "(" | "[" | "{") {
                let level = token.level;
                let offset = tokens.get(at + 1..)?.iter().position(|other| {
                    other.level == level && matches!(self.text(other), ")" | "]" | "}")
                });
                let Some(offset) = offset else { return Some(end) };
                at += 1 + offset;
                end = tokens.get(at)?.end;
            }
            let next = tokens.get(at + 1)?;
            match self.text(next) {
                "." => {
                    at += 2;
                    end = tokens.get(at)?.end;
                }
                "(" | "[" => at += 1,
                _ => return Some(end),
            }
        }
    }
}

fn is_keyword(text: &str) -> bool {
    matches!(
        text,
        "and" | "as" | "assert" | "async" | "await" | "break" | "class" | "continue" | "def"
            | "del" | "elif" | "else" | "except" | "finally" | "for" | "from" | "global" | "if"
            | "import" | "in" | "is" | "lambda" | "nonlocal" | "not" | "or" | "pass" | "raise"
            | "return" | "try" | "while" | "with" | "yield"
    )
}

fn starts_expression(token: &Token, text: &str) -> bool {
    match token.kind {
        Kind::Name => !is_keyword(text) || matches!(text, "lambda" | "await"),
        Kind::Number | Kind::String => true,
        Kind::Operator => matches!(text, "(" | "[" | "{" | "~" | "..."),
        _ => false,
    }
}

fn ends_expression(token: &Token, text: &str) -> bool {
    match token.kind {
        Kind::Name => !is_keyword(text),
        Kind::Number | Kind::String => true,
        Kind::Operator => matches!(text, ")" | "]" | "}" | "..."),
        _ => false,
    }
}

fn is_compound(first: &str, second: &str) -> bool {
    matches!(
        first,
        "if" | "elif" | "else" | "for" | "while" | "try" | "except" | "finally" | "with" | "def"
            | "class"
    ) || (first == "async" && matches!(second, "for" | "with" | "def"))
        || (matches!(first, "match" | "case") && !matches!(second, "=" | "." | "(" | "" | ","))
}

/// What opens a block with the line `line`, if it does.
fn header_name(source: &str, line: &[Token]) -> Option<&'static str> {
    let text = |token: &Token| source.get(token.start..token.end).unwrap_or("");
    let last = line.last()?;
    if text(last) != ":" || last.level > 0 {
        return None;
    }
    let mut words = line.iter().map(text);
    let mut first = words.next()?;
    if first == "async" {
        first = words.next()?;
    }
    Some(match first {
        "if" => "'if' statement",
        "elif" => "'elif' statement",
        "else" => "'else' statement",
        "for" => "'for' statement",
        "while" => "'while' statement",
        "try" => "'try' statement",
        "except" if words.next() == Some("*") => "'except*' statement",
        "except" => "'except' statement",
        "finally" => "'finally' statement",
        "with" => "'with' statement",
        "def" => "function definition",
        "class" => "class definition",
        "match" => "'match' statement",
        "case" => "'case' statement",
        _ => return None,
    })
}
