//! `from __future__ import ...`

use crate::ast::*;
use crate::code::flags;
use crate::error::{CompileError, Result};

/// Features that once were optional and now are always on; importing them changes nothing.
const MANDATORY: [&str; 8] = [
    "nested_scopes",
    "generators",
    "division",
    "absolute_import",
    "with_statement",
    "print_function",
    "unicode_literals",
    "generator_stop",
];

/// Code flags of the features that `module` imports.
pub fn future_features(module: &Mod) -> Result<u32> {
    let body = match module {
        Mod::Module { body, .. } | Mod::Interactive { body } => body,
        _ => return Ok(0),
    };
    let mut features = 0;
    let mut allowed = true;
    for (index, statement) in body.iter().enumerate() {
        match &statement.kind {
            StmtKind::ImportFrom { module: Some(module), names, level: 0 } if &**module == "__future__" => {
                if !allowed {
                    let message = "from __future__ imports must occur at the beginning of the file";
                    return Err(CompileError::syntax(message, statement.location));
                }
                for alias in names {
                    features |= feature(alias)?;
                }
            }
            StmtKind::Expr(_) if index == 0 && docstring(body).is_some() => {}
            _ => allowed = false,
        }
    }
    // Inside other statements they are always too late.
    Ok(features)
}

fn feature(alias: &Alias) -> Result<u32> {
    let name = &*alias.name;
    match name {
        "annotations" => Ok(flags::FUTURE_ANNOTATIONS),
        "barry_as_FLUFL" => Ok(flags::FUTURE_BARRY_AS_BDFL),
        "braces" => Err(CompileError::syntax("not a chance", alias.location)),
        _ if MANDATORY.contains(&name) => Ok(0),
        _ => {
            let message = format!("future feature {name} is not defined");
            Err(CompileError::syntax(message, alias.location))
        }
    }
}
