//! Text signatures such as `(iterable, /, *, key=None)`.

use syn::{Error, Result};

/// One parameter of a signature.
#[derive(Clone, Debug)]
pub struct Parameter {
    pub name: String,
    /// The text after `=`.
    pub default: Option<String>,
}

/// A parsed text signature.
#[derive(Clone, Debug, Default)]
pub struct Signature {
    pub parameters: Vec<Parameter>,
    pub positional_only: usize,
    /// Parameters that may be given by position (positional-only ones included).
    pub positional: usize,
    pub varargs: Option<String>,
    pub varkeywords: Option<String>,
}

impl Signature {
    /// How many of the positional parameters have no default.
    pub fn required_positional(&self) -> usize {
        self.parameters[..self.positional].iter().take_while(|p| p.default.is_none()).count()
    }

    /// No keyword can be given.
    pub fn only_positional(&self) -> bool {
        self.positional_only == self.parameters.len() && self.varkeywords.is_none()
    }

    /// Parse `(a, b=1, /, c, *args, d=2, **kw)`; a leading `$self`, `$module` or `$type` is passed over.
    pub fn parse(text: &str, span: proc_macro2::Span) -> Result<Signature> {
        let inner = text
            .trim()
            .strip_prefix('(')
            .and_then(|t| t.strip_suffix(')'))
            .ok_or_else(|| Error::new(span, "a signature looks like \"(a, /, b=None)\""))?;
        let mut signature = Signature::default();
        let mut keyword_only = false;
        for part in split(inner) {
            let part = part.trim();
            if part.is_empty() || part.starts_with('$') {
                continue;
            }
            if part == "/" {
                signature.positional_only = signature.parameters.len();
            } else if part == "*" {
                keyword_only = true;
            } else if let Some(name) = part.strip_prefix("**") {
                signature.varkeywords = Some(name.to_string());
            } else if let Some(name) = part.strip_prefix('*') {
                signature.varargs = Some(name.to_string());
                keyword_only = true;
            } else {
                let (name, default) = match part.split_once('=') {
                    Some((n, d)) => (n.trim(), Some(d.trim().to_string())),
                    None => (part, None),
                };
                signature.parameters.push(Parameter { name: name.to_string(), default });
                if !keyword_only {
                    signature.positional += 1;
                }
            }
        }
        Ok(signature)
    }
}

/// Split at commas that are outside quotes and brackets.
fn split(text: &str) -> Vec<String> {
    let (mut parts, mut current, mut quote, mut depth) = (Vec::new(), String::new(), None, 0);
    for c in text.chars() {
        match (quote, c) {
            (Some(q), _) if c == q => quote = None,
            (None, '\'' | '"') => quote = Some(c),
            (None, '(' | '[' | '{') => depth += 1,
            (None, ')' | ']' | '}') => depth -= 1,
            (None, ',') if depth == 0 => {
                parts.push(std::mem::take(&mut current));
                continue;
            }
            _ => {}
        }
        current.push(c);
    }
    parts.push(current);
    parts
}
