//! Warnings about expressions that cannot mean what they say.

use super::CodeGen;
use crate::ast::*;
use crate::code::Const;
use crate::error::Warning;

impl<'a> CodeGen<'a> {
    /// Warn once: bodies of `finally` are generated more than once.
    pub(super) fn warn(&mut self, message: impl Into<String>, location: Location) {
        let warning = Warning::syntax(message, location);
        if !self.warnings.contains(&warning) {
            self.warnings.push(warning);
        }
    }

    pub(super) fn check_compare(&mut self, location: Location, left: &Expr, ops: &[CmpOp], comparators: &[Expr]) {
        let mut left = left;
        for (op, right) in ops.iter().zip(comparators) {
            if matches!(op, CmpOp::Is | CmpOp::IsNot) {
                let culprit = match (identity_is_sound(left), identity_is_sound(right)) {
                    (false, _) => Some(left),
                    (true, false) => Some(right),
                    (true, true) => None,
                };
                if let Some(type_name) = culprit.and_then(literal_type) {
                    let (op, instead) = if *op == CmpOp::Is { ("is", "==") } else { ("is not", "!=") };
                    let message = format!("\"{op}\" with '{type_name}' literal. Did you mean \"{instead}\"?");
                    self.warn(message, location);
                    return;
                }
            }
            left = right;
        }
    }

    pub(super) fn check_caller(&mut self, location: Location, func: &Expr) {
        let callable = !matches!(
            func.kind,
            ExprKind::Constant { .. }
                | ExprKind::Tuple { .. }
                | ExprKind::List { .. }
                | ExprKind::ListComp { .. }
                | ExprKind::Dict { .. }
                | ExprKind::DictComp { .. }
                | ExprKind::Set(_)
                | ExprKind::SetComp { .. }
                | ExprKind::GeneratorExp { .. }
                | ExprKind::JoinedStr(_)
                | ExprKind::TemplateStr(_)
                | ExprKind::FormattedValue { .. }
                | ExprKind::Interpolation { .. }
        );
        if !callable && let Some(type_name) = literal_type(func) {
            let message = format!("'{type_name}' object is not callable; perhaps you missed a comma?");
            self.warn(message, location);
        }
    }

    pub(super) fn check_subscripter(&mut self, location: Location, value: &Expr) {
        let subscriptable = match &value.kind {
            ExprKind::Constant { value, .. } => {
                matches!(value, Const::Str(_) | Const::Bytes(_) | Const::Tuple(_))
            }
            ExprKind::Set(_)
            | ExprKind::SetComp { .. }
            | ExprKind::GeneratorExp { .. }
            | ExprKind::TemplateStr(_)
            | ExprKind::Interpolation { .. }
            | ExprKind::Lambda { .. } => false,
            _ => true,
        };
        if !subscriptable && let Some(type_name) = literal_type(value) {
            let message = format!("'{type_name}' object is not subscriptable; perhaps you missed a comma?");
            self.warn(message, location);
        }
    }

    pub(super) fn check_index(&mut self, location: Location, value: &Expr, slice: &Expr) {
        let Some(index_type) = literal_type(slice) else { return };
        if matches!(index_type, "int" | "bool" | "slice") {
            return;
        }
        let sequence = matches!(
            &value.kind,
            ExprKind::Constant { value: Const::Str(_) | Const::Bytes(_) | Const::Tuple(_), .. }
                | ExprKind::Tuple { .. }
                | ExprKind::List { .. }
                | ExprKind::ListComp { .. }
                | ExprKind::JoinedStr(_)
                | ExprKind::FormattedValue { .. }
        );
        if sequence && let Some(type_name) = literal_type(value) {
            let message = format!(
                "{type_name} indices must be integers or slices, not {index_type}; perhaps you \
                 missed a comma?"
            );
            self.warn(message, location);
        }
    }
}

/// Whether comparing by identity with this makes sense: not with most literals.
fn identity_is_sound(expression: &Expr) -> bool {
    if let ExprKind::Tuple { elts, .. } = &expression.kind {
        return !elts.iter().all(|item| item.as_constant().is_some());
    }
    match expression.as_constant() {
        None => true,
        Some(value) => {
            matches!(value, Const::None | Const::True | Const::False | Const::Ellipsis)
        }
    }
}

/// Type of what an expression evaluates to, as far as its form tells.
fn literal_type(expression: &Expr) -> Option<&'static str> {
    Some(match &expression.kind {
        ExprKind::Tuple { .. } => "tuple",
        ExprKind::List { .. } | ExprKind::ListComp { .. } => "list",
        ExprKind::Dict { .. } | ExprKind::DictComp { .. } => "dict",
        ExprKind::Set(_) | ExprKind::SetComp { .. } => "set",
        ExprKind::GeneratorExp { .. } => "generator",
        ExprKind::Lambda { .. } => "function",
        ExprKind::TemplateStr(_) => "string.templatelib.Template",
        ExprKind::Interpolation { .. } => "string.templatelib.Interpolation",
        ExprKind::JoinedStr(_) | ExprKind::FormattedValue { .. } => "str",
        ExprKind::Constant { value, .. } => match value {
            Const::None => "NoneType",
            Const::True | Const::False => "bool",
            Const::Ellipsis => "ellipsis",
            Const::Int(_) => "int",
            Const::Float(_) => "float",
            Const::Complex(..) => "complex",
            Const::Str(_) => "str",
            Const::Bytes(_) => "bytes",
            Const::Tuple(_) => "tuple",
            Const::FrozenSet(_) => "frozenset",
            Const::Slice(_) => "slice",
            Const::Code(_) => "code",
        },
        _ => return None,
    })
}
