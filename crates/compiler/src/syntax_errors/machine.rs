//! Reads the tokens of a program by the [`grammar`], twice: first as it should be, then looking for
//! known mistakes. Every result is remembered, so that the time is linear.

use crate::tables::HashMap;

use super::grammar::{Action, Alternative, Grammar, Item, grammar};
use super::tokens::{Kind, Token, Tokens};

/// What a rule has read: an expression with its name, or parts.
#[derive(Clone, Debug, Default)]
pub struct Node {
    /// What messages call it; empty for mere parts and for signs.
    pub tag: &'static str,
    /// The first token and the one behind the last.
    pub first: usize,
    pub end: usize,
    pub children: Vec<usize>,
}

/// Why reading stops at once.
pub enum Stop {
    /// An error that the grammar describes.
    Mistake(Mistake),
    /// The tokenizer cannot go on.
    Tokens,
    /// A token is missing that must be there; why is to be found out.
    Forced,
    /// The program nests too deeply to be read here.
    TooDeep,
}

/// An error of the grammar, by tokens.
#[derive(Debug)]
pub struct Mistake {
    pub indentation: bool,
    pub message: String,
    pub place: Place,
}

/// Where a mistake is.
#[derive(Clone, Copy, Debug)]
pub enum Place {
    /// From the start of a token to the end of another.
    Range(usize, usize),
    /// At a token, which may be one without a width.
    Token(usize),
    /// From a token to where the tokenizer is.
    From(usize),
    /// The last character of a token, with no end.
    Last(usize),
}

pub type Outcome<T> = Result<T, Stop>;
type Read = Outcome<Option<(usize, usize)>>;

/// How deeply rules may call each other.
const MAX_DEPTH: usize = 30_000;
/// The node of what reads nothing.
const NOTHING: usize = 0;

pub struct Machine<'s> {
    pub source: &'s str,
    pub tokens: &'s Tokens,
    pub nodes: Vec<Node>,
    grammar: &'static Grammar,
    memo: HashMap<(usize, usize, bool), Option<(usize, usize)>>,
    /// How many tokens have been looked at.
    pub fill: usize,
    /// Whether mistakes are looked for.
    pub searching: bool,
    depth: usize,
}

impl<'s> Machine<'s> {
    pub fn new(source: &'s str, tokens: &'s Tokens) -> Self {
        let nodes = vec![Node::default()];
        Machine { source, tokens, nodes, grammar: grammar(), memo: HashMap::default(), fill: 0, searching: false, depth: 0 }
    }

    /// Read from the start. True if the program is right.
    pub fn read(&mut self, rule: &str, searching: bool) -> Outcome<bool> {
        self.memo.clear();
        self.depth = 0;
        self.searching = searching;
        match self.grammar.rule(rule) {
            Some(rule) => Ok(self.rule(rule, 0)?.is_some()),
            None => Ok(false),
        }
    }

    pub fn text(&self, token: usize) -> &'s str {
        self.tokens.tokens.get(token).and_then(|token| self.source.get(token.start..token.end)).unwrap_or("")
    }

    pub fn node(&self, node: usize) -> &Node {
        static EMPTY: Node = Node { tag: "", first: 0, end: 0, children: Vec::new() };
        self.nodes.get(node).unwrap_or(&EMPTY)
    }

    /// First and last token of a node.
    pub fn range(&self, node: usize) -> (usize, usize) {
        let mut first = self.node(node);
        let mut last = first;
        while let (true, Some(&child)) = (first.tag.is_empty(), first.children.first()) {
            first = self.node(child);
        }
        while let (true, Some(&child)) = (last.tag.is_empty(), last.children.last()) {
            last = self.node(child);
        }
        (first.first, last.end.saturating_sub(1))
    }

    /// The named parts of a node, through those without a name.
    pub fn named_parts(&self, node: usize) -> Vec<usize> {
        let mut found = Vec::new();
        let mut left = vec![node];
        while let Some(next) = left.pop() {
            let here = self.node(next);
            match here.tag {
                "" | "call" => left.extend(here.children.iter().rev()),
                _ => found.push(next),
            }
        }
        found
    }

    fn push(&mut self, node: Node) -> usize {
        self.nodes.push(node);
        self.nodes.len() - 1
    }

    fn token(&mut self, at: usize) -> Outcome<Token> {
        let token = self.tokens.tokens.get(at).copied();
        match token {
            Some(token) => {
                self.fill = self.fill.max(at + 1);
                Ok(token)
            }
            None => Err(Stop::Tokens),
        }
    }

    fn rule(&mut self, rule: usize, at: usize) -> Read {
        let Some(definition) = self.grammar.rules.get(rule) else { return Ok(None) };
        if definition.invalid && !self.searching {
            return Ok(None);
        }
        let key = (rule, at, self.searching && !definition.shared);
        if let Some(known) = self.memo.get(&key) {
            return Ok(*known);
        }
        if self.depth > MAX_DEPTH {
            return Err(Stop::TooDeep);
        }
        self.depth += 1;
        let mut result = None;
        if definition.left_recursive {
            // The rule is read again and again, each time with its last result as its own first part.
            self.memo.insert(key, None);
            loop {
                let next = self.alternatives(&definition.alternatives, at)?;
                match (next, result) {
                    (Some((_, end)), Some((_, before))) if end <= before => break,
                    (None, _) => break,
                    _ => result = next,
                }
                self.memo.insert(key, result);
            }
        } else if definition.name == "expression_without_invalid" {
            let searching = std::mem::replace(&mut self.searching, false);
            result = self.alternatives(&definition.alternatives, at)?;
            self.searching = searching;
        } else {
            result = self.alternatives(&definition.alternatives, at)?;
        }
        self.depth -= 1;
        self.memo.insert(key, result);
        Ok(result)
    }

    fn alternatives(&mut self, alternatives: &'static [Alternative], at: usize) -> Read {
        for alternative in alternatives {
            let mut cut = false;
            match self.alternative(alternative, at, &mut cut)? {
                Tried::Read(node, end) => return Ok(Some((node, end))),
                // An error that does not apply ends the rule.
                Tried::Refused => return Ok(None),
                Tried::No if cut => return Ok(None),
                Tried::No => {}
            }
        }
        Ok(None)
    }

    fn alternative(&mut self, alternative: &'static Alternative, at: usize, cut: &mut bool) -> Outcome<Tried> {
        let mut children: Vec<usize> = Vec::new();
        let mut captures: Vec<(&'static str, usize)> = Vec::new();
        let mut position = at;
        for (name, item) in &alternative.items {
            if matches!(item, Item::Cut) {
                *cut = true;
                continue;
            }
            let Some((node, end)) = self.item(item, position)? else { return Ok(Tried::No) };
            position = end;
            if node != NOTHING {
                children.push(node);
            }
            if !name.is_empty() {
                captures.push((name, node));
            }
        }
        let capture = |name: &str| captures.iter().find(|(other, _)| *other == name).map_or(NOTHING, |(_, node)| *node);
        let node = match &alternative.action {
            Action::Parts => match children.as_slice() {
                [] => NOTHING,
                [only] => *only,
                _ => self.push(Node { tag: "", first: at, end: position, children }),
            },
            Action::Tag(tag) => self.push(Node { tag, first: at, end: position, children }),
            Action::Capture(name) => capture(name),
            Action::Error(kind, names, message) => {
                let part = |at: usize| names.get(at).map_or(NOTHING, |name| capture(name));
                return Ok(match self.mistake(kind, part(0), part(1), message, position)? {
                    Some(node) => Tried::Read(node, position),
                    None => Tried::Refused,
                });
            }
        };
        Ok(Tried::Read(node, position))
    }

    fn leaf(&mut self, at: usize, tag: &'static str) -> Read {
        let node = self.push(Node { tag, first: at, end: at + 1, children: Vec::new() });
        Ok(Some((node, at + 1)))
    }

    fn item(&mut self, item: &'static Item, at: usize) -> Read {
        match item {
            Item::Text(text) => {
                let token = self.token(at)?;
                let fits = matches!(token.kind, Kind::Name | Kind::Operator) && self.text(at) == *text;
                if fits { self.leaf(at, "") } else { Ok(None) }
            }
            Item::Kind(kind) => {
                let token = self.token(at)?;
                if token.kind != *kind || (token.kind == Kind::Name && is_keyword(self.text(at))) {
                    return Ok(None);
                }
                let tag = match kind {
                    Kind::Name => "name",
                    Kind::Number | Kind::String => "literal",
                    _ => "",
                };
                self.leaf(at, tag)
            }
            Item::Rule(rule) => self.rule(*rule, at),
            Item::Optional(inner) => Ok(Some(self.item(inner, at)?.unwrap_or((NOTHING, at)))),
            Item::Repeat(inner, need) => {
                let mut children = Vec::new();
                let mut position = at;
                while let Some((node, end)) = self.item(inner, position)? {
                    children.push(node);
                    if end == position {
                        break;
                    }
                    position = end;
                }
                self.collected(children, at, position, *need)
            }
            Item::List(inner) => {
                let mut children = Vec::new();
                let mut position = at;
                while let Some((node, end)) = self.item(inner, if children.is_empty() { at } else { position + 1 })? {
                    children.push(node);
                    position = end;
                    let token = self.token(position)?;
                    if token.kind != Kind::Operator || self.text(position) != "," {
                        break;
                    }
                }
                self.collected(children, at, position, true)
            }
            Item::Group(group) => self.alternatives(group, at),
            Item::Ahead(inner, wanted) => {
                let found = self.item(inner, at)?.is_some();
                Ok((found == *wanted).then_some((NOTHING, at)))
            }
            Item::Force(text) => {
                let token = self.token(at)?;
                if token.kind == Kind::Operator && self.text(at) == *text {
                    return self.leaf(at, "");
                }
                if !self.searching {
                    return Err(Stop::Forced);
                }
                Err(Stop::Mistake(Mistake { indentation: false, message: format!("expected '{text}'"), place: Place::Range(at, at) }))
            }
            Item::Cut => Ok(Some((NOTHING, at))),
        }
    }

    fn collected(&mut self, children: Vec<usize>, at: usize, end: usize, need: bool) -> Read {
        if children.is_empty() {
            return Ok((!need).then_some((NOTHING, at)));
        }
        let node = self.push(Node { tag: "", first: at, end, children });
        Ok(Some((node, end)))
    }
}

enum Tried {
    Read(usize, usize),
    No,
    Refused,
}

/// Words that are never names.
fn is_keyword(text: &str) -> bool {
    matches!(
        text,
        "False" | "None" | "True" | "and" | "as" | "assert" | "async" | "await" | "break" | "class" | "continue" | "def" | "del" | "elif"
    ) || matches!(
        text,
        "else" | "except" | "finally" | "for" | "from" | "global" | "if" | "import" | "in" | "is" | "lambda" | "nonlocal" | "not" | "or"
    ) || matches!(text, "pass" | "raise" | "return" | "try" | "while" | "with" | "yield")
}
