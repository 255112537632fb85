//! The grammar that the error pass reads a program by, as a parsing expression grammar in a notation of
//! its own.
//!
//! ```text
//! rule:  alternatives, ordered          rule*: remembered across both kinds of reading
//! 'x'    the token x                    NAME, NEWLINE ...: tokens of a kind
//! [a]    perhaps     a* a+  repeated    %a  one or more, with commas between
//! &a !a  looking ahead                  &&'x'  the token, or else the error "expected 'x'"
//! ~      no later alternative           (a | b)  a group        v=a  a name for the place of a
//! => tag      what an expression is called in messages; => $v is the part named v
//! !! kind v `message`    an error: at v, range v w, from v, last, next ...; %s is what v is
//! ```
//!
//! Rules named `invalid_...` describe common mistakes; they are read only once the others have failed.

use crate::tables::HashMap;
use std::sync::OnceLock;

use super::tokens::Kind;

/// One thing that an alternative asks for.
#[derive(Debug)]
pub enum Item {
    Text(&'static str),
    Kind(Kind),
    Rule(usize),
    Optional(Box<Item>),
    Repeat(Box<Item>, bool),
    List(Box<Item>),
    Group(Vec<Alternative>),
    Ahead(Box<Item>, bool),
    Force(&'static str),
    Cut,
}

/// What an alternative gives.
#[derive(Debug)]
pub enum Action {
    /// The only part, or all parts.
    Parts,
    Tag(&'static str),
    Capture(&'static str),
    /// Kind of the error, names of parts, message.
    Error(&'static str, Vec<&'static str>, &'static str),
}

#[derive(Debug)]
pub struct Alternative {
    pub items: Vec<(&'static str, Item)>,
    pub action: Action,
}

#[derive(Debug)]
pub struct Rule {
    pub name: &'static str,
    pub alternatives: Vec<Alternative>,
    /// Its results hold whether mistakes are looked for or not.
    pub shared: bool,
    pub invalid: bool,
    pub left_recursive: bool,
}

#[derive(Debug)]
pub struct Grammar {
    pub rules: Vec<Rule>,
    names: HashMap<&'static str, usize>,
}

impl Grammar {
    pub fn rule(&self, name: &str) -> Option<usize> {
        self.names.get(name).copied()
    }
}

/// The grammar, read on first use.
pub fn grammar() -> &'static Grammar {
    static GRAMMAR: OnceLock<Grammar> = OnceLock::new();
    GRAMMAR.get_or_init(|| {
        let interpolated = |kind: &str, upper: &str| {
            let text = INTERPOLATED.replace("{kind}", kind).replace("{upper}", upper);
            &*Box::leak(text.into_boxed_str())
        };
        build(&[include_str!("grammar.txt"), interpolated("f", "F"), interpolated("t", "T")])
    })
}

/// Formatted and template strings differ in a letter.
const INTERPOLATED: &str = r#"
{kind}string: {upper}STRING_START {kind}string_middle* {upper}STRING_END => {kind}-string_expression
{kind}string_middle: {kind}string_replacement_field | {upper}STRING_MIDDLE
{kind}string_replacement_field: '{' annotated_rhs ['='] [{kind}string_conversion] [{kind}string_full_format_spec] '}'
    | invalid_{kind}string_replacement_field
{kind}string_conversion: a='!' b=NAME !! conversion a b `{kind}-string`
{kind}string_full_format_spec: ':' {kind}string_format_spec*
{kind}string_format_spec: {upper}STRING_MIDDLE | {kind}string_replacement_field
invalid_{kind}string_replacement_field:
      '{' a='=' !! at a `{kind}-string: valid expression required before '='`
    | '{' a='!' !! at a `{kind}-string: valid expression required before '!'`
    | '{' a=':' !! at a `{kind}-string: valid expression required before ':'`
    | '{' a='}' !! at a `{kind}-string: valid expression required before '}'`
    | '{' !annotated_rhs !! next `{kind}-string: expecting a valid expression after '{'`
    | '{' annotated_rhs !('=' | '!' | ':' | '}') !! next `{kind}-string: expecting '=', or '!', or ':', or '}'`
    | '{' annotated_rhs '=' !('!' | ':' | '}') !! next `{kind}-string: expecting '!', or ':', or '}'`
    | '{' annotated_rhs ['='] invalid_{kind}string_conversion_character
    | '{' annotated_rhs ['='] ['!' NAME] !(':' | '}') !! next `{kind}-string: expecting ':' or '}'`
    | '{' annotated_rhs ['='] ['!' NAME] ':' {kind}string_format_spec* !'}' !! next `{kind}-string: expecting '}', or format specs`
    | '{' annotated_rhs ['='] ['!' NAME] !'}' !! next `{kind}-string: expecting '}'`
invalid_{kind}string_conversion_character:
      '!' &(':' | '}') !! next `{kind}-string: missing conversion character`
    | '!' !NAME !! next `{kind}-string: invalid conversion character`
"#;

fn build(texts: &[&'static str]) -> Grammar {
    let mut names = HashMap::default();
    let mut bodies = Vec::new();
    for text in texts {
        let mut start = None;
        let mut at = 0;
        let mut finish = |from: usize, to: usize| {
            let Some((head, body)) = text.get(from..to).and_then(|rule| rule.split_once(':')) else { return };
            let name = head.trim_end_matches('*');
            names.insert(name, bodies.len());
            bodies.push((name, head.ends_with('*'), body));
        };
        for line in text.split_inclusive('\n') {
            if line.starts_with(|c: char| c.is_ascii_alphabetic()) {
                if let Some(from) = start.replace(at) {
                    finish(from, at);
                }
            }
            at += line.len();
        }
        if let Some(from) = start {
            finish(from, at);
        }
    }
    let rules = bodies
        .iter()
        .map(|&(name, shared, body)| {
            let mut reader = Reader { text: body, names: &names };
            let alternatives = reader.alternatives();
            let own = names.get(name).copied();
            let left_recursive = alternatives
                .iter()
                .any(|alternative| matches!(alternative.items.first(), Some((_, Item::Rule(rule))) if Some(*rule) == own));
            Rule { name, alternatives, shared, invalid: name.starts_with("invalid_"), left_recursive }
        })
        .collect();
    Grammar { rules, names }
}

struct Reader<'n> {
    text: &'static str,
    names: &'n HashMap<&'static str, usize>,
}

impl Reader<'_> {
    fn skip(&mut self) {
        self.text = self.text.trim_start();
    }

    fn eat(&mut self, sign: &str) -> bool {
        self.skip();
        match self.text.strip_prefix(sign) {
            Some(rest) => {
                self.text = rest;
                true
            }
            None => false,
        }
    }

    fn word(&mut self) -> &'static str {
        self.skip();
        let end = self.text.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '$'))).unwrap_or(self.text.len());
        self.take(end)
    }

    fn take(&mut self, end: usize) -> &'static str {
        let (word, rest) = self.text.split_at_checked(end).unwrap_or((self.text, ""));
        self.text = rest;
        word
    }

    /// Text up to a closing `quote`, which is skipped.
    fn quoted(&mut self, quote: char) -> &'static str {
        let end = self.text.find(quote).unwrap_or(self.text.len());
        let word = self.take(end);
        self.take(1);
        word
    }

    fn alternatives(&mut self) -> Vec<Alternative> {
        let mut all = vec![self.alternative()];
        while self.eat("|") {
            all.push(self.alternative());
        }
        all
    }

    fn alternative(&mut self) -> Alternative {
        let mut items = Vec::new();
        loop {
            self.skip();
            if self.text.is_empty() || self.text.starts_with(['|', ')', ']']) {
                return Alternative { items, action: Action::Parts };
            }
            if self.eat("=>") {
                let word = self.word();
                let action = word.strip_prefix('$').map_or(Action::Tag(word), Action::Capture);
                return Alternative { items, action };
            }
            if self.eat("!!") {
                let kind = self.word();
                let mut parts = Vec::new();
                loop {
                    let word = self.word();
                    if word.is_empty() {
                        break;
                    }
                    parts.push(word);
                }
                let message = if self.eat("`") { self.quoted('`') } else { "" };
                return Alternative { items, action: Action::Error(kind, parts, message) };
            }
            let mut name = "";
            let word = self.text.bytes().take_while(u8::is_ascii_lowercase).count();
            if word > 0 && self.text.get(word..).is_some_and(|rest| rest.starts_with('=') && !rest.starts_with("=>")) {
                name = self.take(word);
                self.take(1);
            }
            let item = self.item();
            items.push((name, item));
        }
    }

    fn item(&mut self) -> Item {
        if self.eat("&&'") {
            return Item::Force(self.quoted('\''));
        }
        if self.eat("&") {
            return Item::Ahead(Box::new(self.item()), true);
        }
        if self.eat("!") {
            return Item::Ahead(Box::new(self.item()), false);
        }
        if self.eat("~") {
            return Item::Cut;
        }
        if self.eat("%") {
            return Item::List(Box::new(self.item()));
        }
        let item = if self.eat("(") {
            let group = Item::Group(self.alternatives());
            self.eat(")");
            group
        } else if self.eat("[") {
            let group = Item::Group(self.alternatives());
            self.eat("]");
            return Item::Optional(Box::new(group));
        } else if self.eat("'") {
            Item::Text(self.quoted('\''))
        } else {
            let word = self.word();
            match self.names.get(word) {
                Some(&rule) => Item::Rule(rule),
                None => Item::Kind(kind(word)),
            }
        };
        match () {
            () if self.text.starts_with('*') => {
                self.take(1);
                Item::Repeat(Box::new(item), false)
            }
            () if self.text.starts_with('+') => {
                self.take(1);
                Item::Repeat(Box::new(item), true)
            }
            () => item,
        }
    }
}

fn kind(word: &str) -> Kind {
    match word {
        "NAME" => Kind::Name,
        "NUMBER" => Kind::Number,
        "STRING" => Kind::String,
        "NEWLINE" => Kind::Newline,
        "INDENT" => Kind::Indent,
        "DEDENT" => Kind::Dedent,
        "ENDMARKER" => Kind::End,
        "FSTRING_START" => Kind::FStart,
        "FSTRING_MIDDLE" => Kind::FMiddle,
        "FSTRING_END" => Kind::FEnd,
        "TSTRING_START" => Kind::TStart,
        "TSTRING_MIDDLE" => Kind::TMiddle,
        "TSTRING_END" => Kind::TEnd,
        "TYPE_COMMENT" => Kind::TypeComment,
        _ => Kind::Operator,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unknown(item: &Item) -> bool {
        match item {
            Item::Kind(kind) => *kind == Kind::Operator,
            Item::Optional(item) | Item::Repeat(item, _) | Item::List(item) | Item::Ahead(item, _) => unknown(item),
            Item::Group(group) => group.iter().any(|alternative| alternative.items.iter().any(|(_, item)| unknown(item))),
            _ => false,
        }
    }

    /// Every word of the grammar is a rule or a kind of token.
    #[test]
    fn names_are_known() {
        for rule in &grammar().rules {
            for alternative in &rule.alternatives {
                assert!(!alternative.items.is_empty(), "{}", rule.name);
                assert!(!alternative.items.iter().any(|(_, item)| unknown(item)), "{}", rule.name);
            }
        }
    }
}
