//! CPython's words for programs that do not parse.
//!
//! The parser library finds that and where a program is wrong; its wording is its own. This pass
//! runs only then: it looks at the tokens ([`tokens`]), at the structure of lines, and at what
//! stands where the parser stopped, and says what CPython says.

mod reasons;
mod targets;
mod tokens;

use ruff_python_parser::{InterpolatedStringErrorType, LexicalErrorType, ParseError, ParseErrorType, UnsupportedSyntaxError};
use ruff_text_size::Ranged;

use crate::Mode;
use crate::error::{CompileError, ErrorKind};
use crate::lower::{LineIndex, located_error};
use targets::describe;
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
    let reporter = Reporter { source, lines, tokens: tokenize(source), start: range.start().to_usize(), end: range.end().to_usize(), mode };
    reporter.report(&error.error)
}

/// Whether more input could make the program right: the parser stopped because it ended.
pub fn is_incomplete(source: &str, error: &ParseError) -> bool {
    let tokens = tokenize(source);
    if let Some(problem) = &tokens.error {
        return problem.message.starts_with("unterminated triple-quoted") || problem.message == "unexpected EOF while parsing";
    }
    let start = error.range().start().to_usize();
    // The header of a block as the last line.
    let mut lines = tokens
        .tokens
        .split(|token| token.kind == Kind::Newline)
        .rev()
        .filter(|line| line.iter().any(|token| !matches!(token.kind, Kind::End | Kind::Dedent | Kind::Indent)));
    if let Some(line) = lines.next() {
        let begin = line.iter().position(|token| !matches!(token.kind, Kind::Dedent | Kind::Indent)).unwrap_or(0);
        let line = line.get(begin..).unwrap_or(&[]);
        if header_name(source, line).is_some() && line.last().is_some_and(|colon| start >= colon.start) {
            return true;
        }
    }
    let ended = tokens.tokens.iter().any(|token| token.kind == Kind::End && token.start <= start.max(error.range().end().to_usize()));
    let newline = tokens.tokens.iter().any(|token| token.kind == Kind::Newline && token.start == start && token.level == 0);
    ended && (!newline || !tokens.open.is_empty())
}

/// Whether the program ends inside a block that no blank line has closed.
pub fn ends_in_block(source: &str) -> bool {
    let tokens = tokenize(source).tokens;
    let in_block = tokens.iter().rev().nth(1).is_some_and(|token| token.kind == Kind::Dedent);
    let last = tokens.iter().rev().find(|token| !matches!(token.kind, Kind::Dedent | Kind::End | Kind::Newline));
    let rest = last.and_then(|token| source.get(token.end..)).unwrap_or("");
    in_block && rest.matches('\n').count() < 2
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
        let mut result = located_error(self.source, self.lines, error.kind, message, at, at);
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
            .position(|token| !matches!(token.kind, Kind::Indent | Kind::Dedent) && (token.end > offset || token.start >= offset))
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
        if let Some(error) = self.in_field() {
            return error;
        }
        if let Some(error) = self.specific(error) {
            return error;
        }
        // Before it says no more than "invalid syntax", CPython reads on for a better reason.
        if let Some(problem) = &self.tokens.error {
            return self.token_error(problem);
        }
        let last = self.at_token(self.start).is_none_or(|token| token.kind == Kind::End);
        if let Some(&opened) = self.tokens.open.last()
            && (last || self.lines.position(self.start as u32).0 > self.lines.position(opened as u32).0)
        {
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
                    if header.is_none() && self.opens_compound(line) {
                        return None;
                    }
                    if header.is_none() && self.start >= token.start && token.start <= self.end {
                        let at = token.end as u32;
                        let kind = ErrorKind::IndentationError;
                        let message = "unexpected indent".to_owned();
                        let mut error = located_error(self.source, self.lines, kind, message, at, at);
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
                    let place = tokens.get(index + 1..).and_then(|rest| rest.iter().find(|token| token.kind != Kind::Dedent));
                    if indented || token.kind == Kind::End {
                        continue;
                    }
                    let place = place.copied().unwrap_or(*token);
                    let begins = line.first().map_or(token.start, |first| first.start);
                    if (begins..token.start).contains(&self.start) {
                        return None;
                    }
                    if place.start > self.end.max(self.start) + 1 && place.kind != Kind::End {
                        return None;
                    }
                    let first = line.first()?;
                    let (header_line, _) = self.lines.position(first.start as u32);
                    let message = format!("expected an indented block after {name} on line {header_line}");
                    let kind = ErrorKind::IndentationError;
                    let (start, end) = match place.kind {
                        Kind::End => (token.start, token.start),
                        _ => (place.start, place.end),
                    };
                    let mut error = located_error(self.source, self.lines, kind, message, start as u32, end as u32);
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

    fn opens_compound(&self, line: &[Token]) -> bool {
        let word = |at: usize| line.get(at).map_or("", |token| self.text(token));
        is_compound(word(0), word(1)) || (matches!(word(0), "match" | "case") && line.len() > 1)
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
            E::InvalidAnnotatedAssignmentTarget => match self.annotated(start, end).as_str() {
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
            E::PositionalAfterKeywordArgument => self.at_closing("positional argument follows keyword argument"),
            E::PositionalAfterKeywordUnpacking => self.at_closing("positional argument follows keyword argument unpacking"),
            E::InvalidArgumentUnpackingOrder => here("iterable argument unpacking follows keyword argument unpacking"),
            E::UnparenthesizedGeneratorExpression if self.line_word(start) == "class" => {
                let token = self.tokens.tokens.iter().find(|token| token.start >= start && self.text(token) == "for")?;
                Some(self.error("invalid syntax", token.start, token.end))
            }
            E::UnparenthesizedGeneratorExpression => here("Generator expression must be parenthesized"),
            E::NonDefaultParamAfterDefaultParam => here("parameter without a default follows parameter with a default"),
            E::ParamAfterVarKeywordParam => here("arguments cannot follow var-keyword argument"),
            E::ExpectedKeywordParam => {
                let star = self.tokens.tokens.iter().rev().find(|token| token.start <= start && self.text(token) == "*")?;
                Some(self.error("named arguments must follow bare *", star.start, star.end))
            }
            E::VarParameterWithDefault => {
                let star = self.tokens.tokens.iter().rev().find(|token| token.start <= start && matches!(self.text(token), "*" | "**"));
                let double = star.is_some_and(|token| self.text(token) == "**");
                let kind = if double { "keyword" } else { "positional" };
                let token = self.at_token(start)?;
                let message = format!("var-{kind} argument cannot have default value");
                Some(self.error(message, token.start, token.end))
            }
            E::EmptyImportNames => {
                let token = self.at_token(start)?;
                if token.kind != Kind::Newline || self.line_word(start) != "from" {
                    return None;
                }
                Some(self.error("Expected one or more names after 'import'", token.start, token.start))
            }
            E::EmptyTypeParams => {
                let token = self.at_token(start)?;
                Some(self.error("Type parameter list cannot be empty", token.start, token.end))
            }
            E::IterableUnpackingInComprehension => here("iterable unpacking cannot be used in comprehension"),
            E::InvalidMatchPatternTarget => here("cannot use '_' as a target"),
            E::ExpectedRealNumber => here("real number required in complex literal"),
            E::ExpectedImaginaryNumber => here("imaginary number required in complex literal"),
            E::FStringError(problem) => self.interpolated("f-string", problem),
            E::TStringError(problem) => self.interpolated("t-string", problem),
            E::Lexical(LexicalErrorType::FStringError(problem)) => self.interpolated("f-string", problem),
            E::Lexical(LexicalErrorType::TStringError(problem)) => self.interpolated("t-string", problem),
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
        if lower.contains("can be annotated") {
            return self.specific(&ParseErrorType::InvalidAnnotatedAssignmentTarget);
        }
        if lower.contains("trailing comma not allowed") {
            if self.line_word(self.start) != "from" {
                return None;
            }
            let newline = self.tokens.tokens.iter().find(|token| token.kind == Kind::Newline && token.start >= self.start)?;
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

    fn interpolated(&self, kind: &str, problem: &InterpolatedStringErrorType) -> Option<CompileError> {
        use InterpolatedStringErrorType as P;
        let (start, end) = (self.start, self.end);
        let message = match problem {
            P::UnclosedLbrace => format!("{kind}: expecting '}}'"),
            P::InvalidConversionFlag => {
                let text = self.source.get(start..end).unwrap_or("").trim_start_matches('!');
                if text.is_empty() || !text.starts_with(|c: char| c.is_alphabetic() || c == '_') {
                    format!("{kind}: missing conversion character")
                } else {
                    format!("{kind}: invalid conversion character '{text}': expected 's', 'r', or 'a'")
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
            P::ConversionFlagNotImmediatelyAfterExclamation => {
                format!("{kind}: conversion type must come right after the exclamation mark")
            }
            P::NewlineInFormatSpec => format!("{kind}: newlines are not allowed in format specifiers for single quoted {kind}s"),
        };
        Some(self.error(message, start, end))
    }

    /// First word of the logical line of an offset.
    fn line_word(&self, offset: usize) -> &'s str {
        let tokens = &self.tokens.tokens;
        let index = self.index_at(offset).unwrap_or(tokens.len());
        let begin = tokens
            .iter()
            .take(index)
            .rposition(|token| matches!(token.kind, Kind::Newline | Kind::Indent | Kind::Dedent))
            .map_or(0, |at| at + 1);
        tokens.get(begin).map_or("", |token| self.text(token))
    }

    /// An error in a replacement field.
    fn in_field(&self) -> Option<CompileError> {
        let token =
            self.tokens.tokens.iter().find(|token| token.kind == Kind::String && token.start <= self.start && self.start < token.end)?;
        let literal = self.text(token);
        let prefix = literal.get(..2).unwrap_or("").to_ascii_lowercase();
        let kind = match () {
            () if prefix.contains('f') => "f-string",
            () if prefix.contains('t') => "t-string",
            () => return None,
        };
        let body = self.source.get(self.start.max(token.start + 1)..token.end)?;
        // An empty field: the parser may stop before or behind it.
        let open = literal.char_indices().find(|(at, c)| {
            *c == '{'
                && literal.get(at + 1..).is_some_and(|rest| rest.trim_start().starts_with(['}', '!', ':', '=']))
                && token.start + at + 1 >= self.start.min(token.start + at + 1)
        });
        if let Some((at, _)) = open
            && !literal.get(..at).is_some_and(|before| before.ends_with('{'))
        {
            let rest = literal.get(at + 1..)?;
            let blank = rest.len() - rest.trim_start().len();
            let stop = rest.trim_start().chars().next()?;
            let place = token.start + at + 1 + blank;
            let message = format!("{kind}: valid expression required before '{stop}'");
            return Some(self.error(message, place, place + 1));
        }
        if let Some(at) = literal.find("{lambda")
            && token.start + at <= self.start
        {
            let rest = literal.get(at..)?;
            let colon = rest.find(':')?;
            let message = format!("{kind}: lambda expressions are not allowed without parentheses");
            let start = token.start + at + 1;
            return Some(self.error(message, start, token.start + at + colon + 1));
        }
        // Two expressions side by side.
        let at = self.start - token.start;
        let before = literal.get(..at)?.trim_end();
        let ends = before.ends_with(|c: char| c.is_alphanumeric() || matches!(c, '_' | ')' | ']'));
        let starts = body.starts_with(|c: char| c.is_alphanumeric() || matches!(c, '_' | '('));
        if ends && starts {
            let first = before.rfind(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '.')))?;
            let length = body.find(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '.'))).unwrap_or(body.len());
            let message = "invalid syntax. Perhaps you forgot a comma?";
            return Some(self.error(message, token.start + first + 1, self.start + length));
        }
        None
    }

    /// What an expression in the source is, in CPython's words.
    fn described(&self, start: usize, end: usize) -> String {
        describe(self.source.get(start..end).unwrap_or("")).map_or_else(|| "expression".to_owned(), |(what, _, _)| what.to_owned())
    }

    /// What an annotated target is.
    fn annotated(&self, start: usize, end: usize) -> String {
        let text = self.source.get(start..end).unwrap_or("");
        match ruff_python_parser::parse_expression(text).as_ref().map(|parsed| parsed.expr()) {
            Ok(ruff_python_ast::Expr::Tuple(_)) => "tuple".to_owned(),
            Ok(ruff_python_ast::Expr::List(_)) => "list".to_owned(),
            _ => self.described(start, end),
        }
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
        let index = self.index_at(start)?;
        let before = index.checked_sub(1).and_then(|at| self.tokens.tokens.get(at));
        if what == "comparison" && before.is_some_and(|token| self.text(token) == "for") {
            let operator = self
                .tokens
                .tokens
                .iter()
                .skip(index + 1)
                .find(|token| matches!(self.text(token), "<" | ">" | "<=" | ">=" | "==" | "!=" | "is" | "not"))?;
            return Some(self.error("invalid syntax", operator.start, operator.end));
        }
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
            "None" | "True" | "False" | "lambda" | "comparison" | "conditional expression" | "list" | "tuple" | "generator expression"
        ) {
            return false;
        }
        let Some(index) = self.index_at(self.start) else { return false };
        let tokens = &self.tokens.tokens;
        let statement_start = index == 0
            || tokens.get(index - 1).is_some_and(|previous| {
                matches!(previous.kind, Kind::Newline | Kind::Indent | Kind::Dedent) || matches!(self.text(previous), ";" | ":" | "(")
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
        let closing =
            self.tokens.tokens.iter().skip(index).find(|token| token.level < level && matches!(self.text(token), ")" | "]" | "}"))?;
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
            .rposition(|token| matches!(token.kind, Kind::Newline | Kind::Indent | Kind::Dedent))
            .map_or(0, |at| at + 1);
        let line = tokens.get(begin..index)?;
        let word = |at: usize| line.get(at).map_or("", |token| self.text(token));
        let first = if word(0) == "async" { word(1) } else { word(0) };
        let previous = line.last();

        if text == "<>" {
            let message = "invalid syntax.  Maybe you meant '!=' instead of '<>'?";
            return Some(self.error(message, token.start, token.end));
        }
        if let Some(error) = self.parameter_error(line, index, first) {
            return Some(error);
        }
        if let Some(error) = self.misplaced_clause(line, token) {
            return Some(error);
        }
        let next = tokens.get(index + 1).map_or("", |token| self.text(token));
        if matches!(text, "pass" | "break" | "continue") && next == "if" {
            let message = "expected expression before 'if', but statement is given";
            return Some(self.error(message, token.start, token.end));
        }
        if first == "def" && token.level == 0 && text != "(" && line.len() >= 2 {
            let opened = line.iter().any(|token| token.level == 0 && self.text(token) == "(");
            if !opened {
                return Some(self.error("expected '('", token.start, token.end));
            }
        }
        if text.len() >= 2
            && text.ends_with('=')
            && token.level == 0
            && !matches!(text, "==" | "!=" | "<=" | ">=" | ":=")
            && let (Some(begin), Some(end)) = (line.first(), previous)
            && let Some((what, _, _)) = describe(self.source.get(begin.start..end.end)?)
        {
            let message = format!("'{what}' is an illegal expression for augmented assignment");
            return Some(self.error(message, begin.start, end.end));
        }
        if token.kind == Kind::Name && previous.is_some_and(|token| token.kind == Kind::String) {
            let rest = tokens.get(index..)?;
            let string = rest.iter().take_while(|token| token.kind != Kind::Newline).position(|token| token.kind == Kind::String);
            if let Some(end) = string.and_then(|at| at.checked_sub(1)).and_then(|at| rest.get(at)) {
                let message = "invalid syntax. Is this intended to be part of the string?";
                return Some(self.error(message, token.start, end.end));
            }
        }
        if text == "for"
            && token.level > 0
            && let Some(error) = self.comprehension_target(index)
        {
            return Some(error);
        }
        if let Some(error) = self.old_statement(begin, index) {
            return Some(error);
        }
        if text == "=" && token.level == 0 && self.mode != Mode::Eval {
            if let Some(error) = self.assignment_in_condition(line, index, first) {
                return Some(error);
            }
        }
        if text == ":="
            && let Some(error) = self.walrus_target(index)
        {
            return Some(error);
        }
        if token.level > 0
            && first != "def"
            && self.in_call(index)
            && let Some(error) = self.keyword_target(index)
        {
            return Some(error);
        }
        if text == "*" && token.level > 0 && previous.is_some_and(|token| self.text(token) == ":") {
            let message = "cannot use a starred expression in a dictionary value";
            return Some(self.error(message, token.start, self.primary_end(index + 1)?));
        }
        if text == "(" && matches!(first, "def" | "lambda") {
            let close = tokens.iter().skip(index).find(|other| other.level == token.level && self.text(other) == ")")?;
            let what = if first == "def" { "Function" } else { "Lambda expression" };
            let message = format!("{what} parameters cannot be parenthesized");
            return Some(self.error(message, token.start, close.end));
        }
        if text == "except" || first == "except" {
            let except = if text == "except" { token } else { line.first()? };
            let star = tokens.iter().find(|other| other.start >= except.end).filter(|other| self.text(other) == "*");
            let at_star = text == "*" || text == "except";
            if at_star && self.source.get(..except.start)?.contains("except") {
                let message = "cannot have both 'except' and 'except*' on the same 'try'";
                return Some(self.error(message, except.start, star.map_or(except.end, |s| s.end)));
            }
        }
        if previous.is_some_and(|token| self.text(token) == "else") && line.iter().any(|token| self.text(token) == "if") && first != "else"
        {
            let message = "expected expression after 'else', but statement is given";
            let mut error = self.error(message, token.start, token.end);
            if token.start == token.end {
                error.end_offset = error.offset + 1;
            }
            return Some(error);
        }
        if text == "=" && token.level > 0 {
            let start = self.primary_start(index.checked_sub(1)?)?;
            let message = "expression cannot contain assignment, perhaps you meant \"==\"?";
            if self.in_call(index) {
                let star = tokens.iter().rev().find(|token| token.start < start);
                if let Some(star) = star.filter(|token| matches!(self.text(token), "*" | "**")) {
                    let what = match self.text(star) {
                        "*" => "iterable argument",
                        _ => "keyword argument",
                    };
                    let message = format!("cannot assign to {what} unpacking");
                    return Some(self.error(message, star.start, self.primary_end(index + 1)?));
                }
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
            let complete = previous.is_some_and(|token| ends_expression(token, self.text(token)))
                || matches!(first, "else" | "try" | "finally" | "except");
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
}

fn is_keyword(text: &str) -> bool {
    matches!(
        text,
        "and"
            | "as"
            | "assert"
            | "async"
            | "await"
            | "break"
            | "class"
            | "continue"
            | "def"
            | "del"
            | "elif"
            | "else"
            | "except"
            | "finally"
            | "for"
            | "from"
            | "global"
            | "if"
            | "import"
            | "in"
            | "is"
            | "lambda"
            | "nonlocal"
            | "not"
            | "or"
            | "pass"
            | "raise"
            | "return"
            | "try"
            | "while"
            | "with"
            | "yield"
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
    matches!(first, "if" | "elif" | "else" | "for" | "while" | "try" | "except" | "finally" | "with" | "def" | "class")
        || (first == "async" && matches!(second, "for" | "with" | "def"))
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
