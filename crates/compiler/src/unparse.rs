//! Expressions as source text, for annotations under `from __future__ import annotations`.

use std::rc::Rc;

use crate::ast::*;
use crate::code::{BigInt, Const, Text};
use crate::error::{CompileError, ErrorKind, Result};

/// How tightly an expression binds, from loosest to tightest.
mod precedence {
    pub const NAMED_EXPR: u8 = 0;
    pub const TUPLE: u8 = 0;
    pub const TEST: u8 = 1;
    pub const OR: u8 = 2;
    pub const AND: u8 = 3;
    pub const NOT: u8 = 4;
    pub const CMP: u8 = 5;
    pub const EXPR: u8 = 6;
    pub const BOR: u8 = EXPR;
    pub const BXOR: u8 = 7;
    pub const BAND: u8 = 8;
    pub const SHIFT: u8 = 9;
    pub const ARITH: u8 = 10;
    pub const TERM: u8 = 11;
    pub const FACTOR: u8 = 12;
    pub const POWER: u8 = 13;
    pub const AWAIT: u8 = 14;
    pub const ATOM: u8 = 15;
}
use precedence::*;

/// The text of an expression.
pub fn expression(expression: &Expr) -> Result<Text> {
    let mut writer = Writer { out: Vec::new(), depth: 0 };
    writer.expression(expression, TEST)?;
    Ok(Text(Rc::from(writer.out)))
}

/// The `repr` of a constant.
pub fn constant(value: &Const) -> Result<String> {
    let mut writer = Writer { out: Vec::new(), depth: 0 };
    writer.constant(value);
    Ok(String::from_utf8_lossy(&writer.out).into_owned())
}

struct Writer {
    out: Vec<u8>,
    depth: u32,
}

impl Writer {
    fn text(&mut self, text: &str) {
        self.out.extend_from_slice(text.as_bytes());
    }

    fn text_if(&mut self, condition: bool, text: &str) {
        if condition {
            self.text(text);
        }
    }

    fn expression(&mut self, expression: &Expr, level: u8) -> Result<()> {
        self.depth += 1;
        if self.depth > crate::MAX_TREE_DEPTH {
            return Err(CompileError::recursion());
        }
        let result = self.expression_inner(expression, level);
        self.depth -= 1;
        result
    }

    fn list(&mut self, expressions: &[Expr], level: u8) -> Result<()> {
        for (index, expression) in expressions.iter().enumerate() {
            self.text_if(index > 0, ", ");
            self.expression(expression, level)?;
        }
        Ok(())
    }

    fn expression_inner(&mut self, expression: &Expr, level: u8) -> Result<()> {
        match &expression.kind {
            ExprKind::BoolOp { op, values } => {
                let (word, own) = match op {
                    BoolOp::And => (" and ", AND),
                    BoolOp::Or => (" or ", OR),
                };
                self.text_if(level > own, "(");
                for (index, value) in values.iter().enumerate() {
                    self.text_if(index > 0, word);
                    self.expression(value, own + 1)?;
                }
                self.text_if(level > own, ")");
            }
            ExprKind::NamedExpr { target, value } => {
                self.text_if(level > NAMED_EXPR, "(");
                self.expression(target, ATOM)?;
                self.text(" := ");
                self.expression(value, ATOM)?;
                self.text_if(level > NAMED_EXPR, ")");
            }
            ExprKind::BinOp { left, op, right } => {
                let (word, own, right_associative) = match op {
                    Operator::Add => (" + ", ARITH, false),
                    Operator::Sub => (" - ", ARITH, false),
                    Operator::Mult => (" * ", TERM, false),
                    Operator::MatMult => (" @ ", TERM, false),
                    Operator::Div => (" / ", TERM, false),
                    Operator::Mod => (" % ", TERM, false),
                    Operator::LShift => (" << ", SHIFT, false),
                    Operator::RShift => (" >> ", SHIFT, false),
                    Operator::BitOr => (" | ", BOR, false),
                    Operator::BitXor => (" ^ ", BXOR, false),
                    Operator::BitAnd => (" & ", BAND, false),
                    Operator::FloorDiv => (" // ", TERM, false),
                    Operator::Pow => (" ** ", POWER, true),
                };
                self.text_if(level > own, "(");
                self.expression(left, own + u8::from(right_associative))?;
                self.text(word);
                self.expression(right, own + u8::from(!right_associative))?;
                self.text_if(level > own, ")");
            }
            ExprKind::UnaryOp { op, operand } => {
                let (word, own) = match op {
                    UnaryOp::Invert => ("~", FACTOR),
                    UnaryOp::Not => ("not ", NOT),
                    UnaryOp::UAdd => ("+", FACTOR),
                    UnaryOp::USub => ("-", FACTOR),
                };
                self.text_if(level > own, "(");
                self.text(word);
                self.expression(operand, own)?;
                self.text_if(level > own, ")");
            }
            ExprKind::Lambda { args, body } => {
                self.text_if(level > TEST, "(");
                self.text("lambda");
                let empty = args.posonlyargs.is_empty()
                    && args.args.is_empty()
                    && args.vararg.is_none()
                    && args.kwonlyargs.is_empty()
                    && args.kwarg.is_none();
                self.text_if(!empty, " ");
                self.arguments(args)?;
                self.text(": ");
                self.expression(body, TEST)?;
                self.text_if(level > TEST, ")");
            }
            ExprKind::IfExp { test, body, orelse } => {
                self.text_if(level > TEST, "(");
                self.expression(body, TEST + 1)?;
                self.text(" if ");
                self.expression(test, TEST + 1)?;
                self.text(" else ");
                self.expression(orelse, TEST)?;
                self.text_if(level > TEST, ")");
            }
            ExprKind::Dict { keys, values } => {
                self.text("{");
                for (index, (key, value)) in keys.iter().zip(values).enumerate() {
                    self.text_if(index > 0, ", ");
                    match key {
                        Some(key) => {
                            self.expression(key, TEST)?;
                            self.text(": ");
                            self.expression(value, TEST)?;
                        }
                        None => {
                            self.text("**");
                            self.expression(value, EXPR)?;
                        }
                    }
                }
                self.text("}");
            }
            ExprKind::Set(elts) => {
                self.text("{");
                self.list(elts, TEST)?;
                self.text("}");
            }
            ExprKind::ListComp { elt, generators } => {
                self.comprehension("[", elt, None, generators, "]")?;
            }
            ExprKind::SetComp { elt, generators } => {
                self.comprehension("{", elt, None, generators, "}")?;
            }
            ExprKind::DictComp { key, value, generators } => {
                self.comprehension("{", key, Some(value), generators, "}")?;
            }
            ExprKind::GeneratorExp { elt, generators } => {
                self.comprehension("(", elt, None, generators, ")")?;
            }
            ExprKind::Yield(None) => self.text("(yield)"),
            ExprKind::Yield(Some(value)) => {
                self.text("(yield ");
                self.expression(value, TEST)?;
                self.text(")");
            }
            ExprKind::YieldFrom(value) => {
                self.text("(yield from ");
                self.expression(value, TEST)?;
                self.text(")");
            }
            ExprKind::Await(value) => {
                self.text_if(level > AWAIT, "(");
                self.text("await ");
                self.expression(value, ATOM)?;
                self.text_if(level > AWAIT, ")");
            }
            ExprKind::Compare { left, ops, comparators } => {
                self.text_if(level > CMP, "(");
                self.expression(left, CMP + 1)?;
                for (op, comparator) in ops.iter().zip(comparators) {
                    self.text(match op {
                        CmpOp::Eq => " == ",
                        CmpOp::NotEq => " != ",
                        CmpOp::Lt => " < ",
                        CmpOp::LtE => " <= ",
                        CmpOp::Gt => " > ",
                        CmpOp::GtE => " >= ",
                        CmpOp::Is => " is ",
                        CmpOp::IsNot => " is not ",
                        CmpOp::In => " in ",
                        CmpOp::NotIn => " not in ",
                    });
                    self.expression(comparator, CMP + 1)?;
                }
                self.text_if(level > CMP, ")");
            }
            ExprKind::Call { func, args, keywords } => self.call(func, args, keywords)?,
            ExprKind::FormattedValue { .. } | ExprKind::JoinedStr(_) => {
                let body = self.formatted_body(expression)?;
                self.text("f");
                self.string(&body);
            }
            ExprKind::Interpolation { .. } | ExprKind::TemplateStr(_) => {
                let body = self.formatted_body(expression)?;
                self.text("t");
                self.string(&body);
            }
            ExprKind::Constant { value, unicode_prefix } => {
                self.text_if(*unicode_prefix, "u");
                match value {
                    Const::Ellipsis => self.text("..."),
                    _ => self.constant(value),
                }
            }
            ExprKind::Attribute { value, attr, .. } => {
                self.expression(value, ATOM)?;
                // `1.real` would be a float.
                let integer = matches!(value.as_constant(), Some(Const::Int(_)));
                self.text(if integer { " ." } else { "." });
                self.text(attr);
            }
            ExprKind::Subscript { value, slice, .. } => {
                self.expression(value, ATOM)?;
                self.text("[");
                self.expression(slice, TUPLE)?;
                self.text("]");
            }
            ExprKind::Starred { value, .. } => {
                self.text("*");
                self.expression(value, EXPR)?;
            }
            ExprKind::Slice { lower, upper, step } => {
                if let Some(lower) = lower {
                    self.expression(lower, TEST)?;
                }
                self.text(":");
                if let Some(upper) = upper {
                    self.expression(upper, TEST)?;
                }
                if let Some(step) = step {
                    self.text(":");
                    self.expression(step, TEST)?;
                }
            }
            ExprKind::Name { id, .. } => self.text(id),
            ExprKind::List { elts, .. } => {
                self.text("[");
                self.list(elts, TEST)?;
                self.text("]");
            }
            ExprKind::Tuple { elts, .. } => {
                if elts.is_empty() {
                    self.text("()");
                } else {
                    self.text_if(level > TUPLE, "(");
                    self.list(elts, TEST)?;
                    self.text_if(elts.len() == 1, ",");
                    self.text_if(level > TUPLE, ")");
                }
            }
        }
        Ok(())
    }

    fn arguments(&mut self, args: &Arguments) -> Result<()> {
        let mut first = true;
        let mut separate = |writer: &mut Self| {
            if !std::mem::take(&mut first) {
                writer.text(", ");
            }
        };
        let positional = args.posonlyargs.len() + args.args.len();
        for (index, arg) in args.posonlyargs.iter().chain(&args.args).enumerate() {
            separate(self);
            self.text(&arg.arg);
            if let Some(default) = (index + args.defaults.len()).checked_sub(positional).and_then(|at| args.defaults.get(at)) {
                self.text("=");
                self.expression(default, TEST)?;
            }
            if index + 1 == args.posonlyargs.len() {
                self.text(", /");
            }
        }
        if args.vararg.is_some() || !args.kwonlyargs.is_empty() {
            separate(self);
            self.text("*");
            if let Some(arg) = &args.vararg {
                self.text(&arg.arg);
            }
        }
        for (arg, default) in args.kwonlyargs.iter().zip(&args.kw_defaults) {
            separate(self);
            self.text(&arg.arg);
            if let Some(default) = default {
                self.text("=");
                self.expression(default, TEST)?;
            }
        }
        if let Some(arg) = &args.kwarg {
            separate(self);
            self.text("**");
            self.text(&arg.arg);
        }
        Ok(())
    }

    fn comprehension(&mut self, open: &str, elt: &Expr, value: Option<&Expr>, generators: &[Comprehension], close: &str) -> Result<()> {
        self.text(open);
        self.expression(elt, TEST)?;
        if let Some(value) = value {
            self.text(": ");
            self.expression(value, TEST)?;
        }
        for generator in generators {
            self.text(if generator.is_async { " async for " } else { " for " });
            self.expression(&generator.target, TUPLE)?;
            self.text(" in ");
            self.expression(&generator.iter, TEST + 1)?;
            for condition in &generator.ifs {
                self.text(" if ");
                self.expression(condition, TEST + 1)?;
            }
        }
        self.text(close);
        Ok(())
    }

    fn call(&mut self, func: &Expr, args: &[Expr], keywords: &[Keyword]) -> Result<()> {
        self.expression(func, ATOM)?;
        if let ([only], []) = (args, keywords)
            && matches!(only.kind, ExprKind::GeneratorExp { .. })
        {
            return self.expression(only, TEST);
        }
        self.text("(");
        self.list(args, TEST)?;
        for (index, keyword) in keywords.iter().enumerate() {
            self.text_if(index > 0 || !args.is_empty(), ", ");
            match &keyword.arg {
                Some(name) => {
                    self.text(name);
                    self.text("=");
                }
                None => self.text("**"),
            }
            self.expression(&keyword.value, TEST)?;
        }
        self.text(")");
        Ok(())
    }

    /// The text between the quotes of a formatted string.
    fn formatted_body(&mut self, expression: &Expr) -> Result<Vec<u8>> {
        let mut body = Vec::new();
        match &expression.kind {
            ExprKind::JoinedStr(values) | ExprKind::TemplateStr(values) => {
                for value in values {
                    body.extend(self.formatted_body(value)?);
                }
            }
            ExprKind::Constant { value: Const::Str(text), .. } => {
                for &byte in text.0.iter() {
                    body.push(byte);
                    if matches!(byte, b'{' | b'}') {
                        body.push(byte);
                    }
                }
            }
            ExprKind::FormattedValue { value, conversion, format_spec }
            | ExprKind::Interpolation { value, conversion, format_spec, .. } => {
                let mut inner = Writer { out: Vec::new(), depth: self.depth };
                match &expression.kind {
                    ExprKind::Interpolation { str: Const::Str(text), .. } => {
                        inner.out.extend_from_slice(&text.0);
                    }
                    _ => inner.expression(value, TEST + 1)?,
                }
                // `{{` would be a brace.
                body.extend_from_slice(if inner.out.first() == Some(&b'{') { b"{ " } else { b"{" });
                body.extend(inner.out);
                if let Ok(conversion) = u8::try_from(*conversion) {
                    body.push(b'!');
                    body.push(conversion);
                }
                if let Some(spec) = format_spec {
                    body.push(b':');
                    body.extend(self.formatted_body(spec)?);
                }
                body.push(b'}');
            }
            _ => {
                let message = "unknown expression kind inside f-string";
                return Err(CompileError::new(ErrorKind::SystemError, message));
            }
        }
        Ok(body)
    }

    fn constant(&mut self, value: &Const) {
        match value {
            Const::None => self.text("None"),
            Const::True => self.text("True"),
            Const::False => self.text("False"),
            Const::Ellipsis => self.text("Ellipsis"),
            Const::Int(value) => self.text(&decimal(value)),
            Const::Float(bits) => self.text(&float(f64::from_bits(*bits), true)),
            Const::Complex(real, imaginary) => {
                let (real, imaginary) = (f64::from_bits(*real), f64::from_bits(*imaginary));
                if real == 0.0 && real.is_sign_positive() {
                    self.text(&float(imaginary, false));
                    self.text("j");
                } else {
                    let imaginary = float(imaginary, false);
                    self.text("(");
                    self.text(&float(real, false));
                    self.text_if(!imaginary.starts_with('-'), "+");
                    self.text(&imaginary);
                    self.text("j)");
                }
            }
            Const::Str(text) => self.string(&text.0),
            Const::Bytes(bytes) => self.bytes(bytes),
            Const::Tuple(items) => {
                self.text("(");
                for (index, item) in items.iter().enumerate() {
                    self.text_if(index > 0, ", ");
                    self.constant(item);
                }
                self.text(if items.len() == 1 { ",)" } else { ")" });
            }
            Const::FrozenSet(items) => {
                self.text("frozenset({");
                for (index, item) in items.iter().enumerate() {
                    self.text_if(index > 0, ", ");
                    self.constant(item);
                }
                self.text("})");
            }
            Const::Slice(parts) => {
                self.text("slice(");
                for (index, part) in parts.iter().enumerate() {
                    self.text_if(index > 0, ", ");
                    self.constant(part);
                }
                self.text(")");
            }
            Const::Code(_) => self.text("<code>"),
        }
    }

    fn string(&mut self, text: &[u8]) {
        let quote = if text.contains(&b'\'') && !text.contains(&b'"') { b'"' } else { b'\'' };
        self.out.push(quote);
        let mut rest = text;
        while !rest.is_empty() {
            let (code, length) = next_code_point(rest);
            let bytes = rest.get(..length).unwrap_or_default();
            rest = rest.get(length..).unwrap_or_default();
            match code {
                0x5c => self.text("\\\\"),
                code if code == u32::from(quote) => {
                    self.out.push(b'\\');
                    self.out.push(quote);
                }
                0x0a => self.text("\\n"),
                0x0d => self.text("\\r"),
                0x09 => self.text("\\t"),
                0x20..=0x7e => self.out.extend_from_slice(bytes),
                _ => match char::from_u32(code) {
                    Some(_) if pyrox_unicode::ctype::is_printable(code) => self.out.extend_from_slice(bytes),
                    _ if code < 0x100 => self.text(&format!("\\x{code:02x}")),
                    _ if code < 0x10000 => self.text(&format!("\\u{code:04x}")),
                    _ => self.text(&format!("\\U{code:08x}")),
                },
            }
        }
        self.out.push(quote);
    }

    fn bytes(&mut self, bytes: &[u8]) {
        let quote = if bytes.contains(&b'\'') && !bytes.contains(&b'"') { b'"' } else { b'\'' };
        self.out.push(b'b');
        self.out.push(quote);
        for &byte in bytes {
            match byte {
                b'\\' => self.text("\\\\"),
                b'\n' => self.text("\\n"),
                b'\r' => self.text("\\r"),
                b'\t' => self.text("\\t"),
                _ if byte == quote => {
                    self.out.push(b'\\');
                    self.out.push(quote);
                }
                0x20..=0x7e => self.out.push(byte),
                _ => self.text(&format!("\\x{byte:02x}")),
            }
        }
        self.out.push(quote);
    }
}

/// The code point at the start of text that may hold surrogates, and its length.
fn next_code_point(text: &[u8]) -> (u32, usize) {
    let byte = |at: usize| u32::from(text.get(at).copied().unwrap_or(0));
    let continuation = |at: usize| byte(at) & 0x3f;
    let (code, length) = match byte(0) {
        first @ 0..=0x7f => (first, 1),
        first @ 0..=0xdf => ((first & 0x1f) << 6 | continuation(1), 2),
        first @ 0..=0xef => ((first & 0x0f) << 12 | continuation(1) << 6 | continuation(2), 3),
        first => ((first & 0x07) << 18 | continuation(1) << 12 | continuation(2) << 6 | continuation(3), 4),
    };
    (code, length.min(text.len()))
}

/// Decimal digits of an integer.
pub fn decimal(value: &BigInt) -> String {
    if value.digits.is_empty() {
        return "0".to_owned();
    }
    let mut digits = value.digits.clone();
    let mut groups = Vec::new();
    while !digits.is_empty() {
        let mut remainder = 0u64;
        for digit in digits.iter_mut().rev() {
            let current = remainder << 30 | u64::from(*digit);
            *digit = (current / 1_000_000_000) as u32;
            remainder = current % 1_000_000_000;
        }
        while digits.last() == Some(&0) {
            digits.pop();
        }
        groups.push(remainder);
    }
    let mut out = String::new();
    if value.negative {
        out.push('-');
    }
    for (index, group) in groups.iter().rev().enumerate() {
        out.push_str(&if index == 0 { group.to_string() } else { format!("{group:09}") });
    }
    out
}

/// The shortest text that reads back as the same float. Infinity is a literal too large.
fn float(value: f64, point: bool) -> String {
    if value.is_nan() {
        return "nan".to_owned();
    }
    if value.is_infinite() {
        return if value > 0.0 { "1e309".to_owned() } else { "-1e309".to_owned() };
    }
    let scientific = format!("{value:e}");
    let Some((mantissa, exponent)) = scientific.split_once('e') else { return scientific };
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-4..16).contains(&exponent) {
        let plain = format!("{value}");
        return if point && !plain.contains('.') { format!("{plain}.0") } else { plain };
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{mantissa}e{sign}{:02}", exponent.abs())
}
