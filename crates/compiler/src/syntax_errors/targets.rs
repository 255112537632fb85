//! What an expression is called in messages about assignment to it.

use ruff_python_ast::Expr;
use ruff_text_size::Ranged;

/// Whether `text` is a name.
pub fn is_simple_target(text: &str) -> bool {
    matches!(ruff_python_parser::parse_expression(text).as_ref().map(|parsed| parsed.expr()), Ok(Expr::Name(_)))
}

/// What in `text` cannot be assigned to, and its place: the innermost culprit of a tuple or list.
pub fn describe(text: &str) -> Option<(&'static str, usize, usize)> {
    // In parentheses every kind of expression parses.
    let text = format!("({text}\n)");
    let parsed = ruff_python_parser::parse_expression(&text).ok()?;
    let (name, range) = culprit(parsed.expr());
    Some((name, range.start().to_usize().checked_sub(1)?, range.end().to_usize().checked_sub(1)?))
}

fn culprit(expression: &Expr) -> (&'static str, ruff_text_size::TextRange) {
    let elements = match expression {
        Expr::Tuple(tuple) => &tuple.elts,
        Expr::List(list) => &list.elts,
        Expr::Starred(starred) if !is_target(&starred.value) => return culprit(&starred.value),
        _ => return (name(expression), expression.range()),
    };
    match elements.iter().find(|element| !is_target(element)) {
        Some(element) => culprit(element),
        None => (name(expression), expression.range()),
    }
}

fn is_target(expression: &Expr) -> bool {
    match expression {
        Expr::Name(_) | Expr::Attribute(_) | Expr::Subscript(_) => true,
        Expr::Starred(starred) => is_target(&starred.value),
        Expr::Tuple(tuple) => tuple.elts.iter().all(is_target),
        Expr::List(list) => list.elts.iter().all(is_target),
        _ => false,
    }
}

fn name(expression: &Expr) -> &'static str {
    match expression {
        Expr::Attribute(_) => "attribute",
        Expr::Subscript(_) => "subscript",
        Expr::Starred(_) => "starred",
        Expr::Name(_) => "name",
        Expr::List(_) => "list",
        Expr::Tuple(_) => "tuple",
        Expr::Lambda(_) => "lambda",
        Expr::Call(_) => "function call",
        Expr::BoolOp(_) | Expr::BinOp(_) | Expr::UnaryOp(_) => "expression",
        Expr::Generator(_) => "generator expression",
        Expr::Yield(_) | Expr::YieldFrom(_) => "yield expression",
        Expr::Await(_) => "await expression",
        Expr::ListComp(_) => "list comprehension",
        Expr::SetComp(_) => "set comprehension",
        Expr::DictComp(_) => "dict comprehension",
        Expr::Dict(_) => "dict literal",
        Expr::Set(_) => "set display",
        Expr::FString(_) => "f-string expression",
        Expr::TString(_) => "t-string expression",
        Expr::NoneLiteral(_) => "None",
        Expr::BooleanLiteral(literal) if literal.value => "True",
        Expr::BooleanLiteral(_) => "False",
        Expr::EllipsisLiteral(_) => "ellipsis",
        Expr::Compare(_) => "comparison",
        Expr::If(_) => "conditional expression",
        Expr::Named(_) => "named expression",
        _ => "literal",
    }
}
