//! Patterns of `match`.

use ruff_python_ast as ruff;
use ruff_text_size::Ranged;

use super::Lowering;
use crate::ast::*;
use crate::code::Const;
use crate::error::Result;

impl Lowering<'_> {
    pub(super) fn pattern(&mut self, pattern: &ruff::Pattern) -> Result<Pattern> {
        self.descend(|lowering| lowering.pattern_inner(pattern))
    }

    fn patterns(&mut self, patterns: &[ruff::Pattern]) -> Result<Vec<Pattern>> {
        patterns.iter().map(|pattern| self.pattern(pattern)).collect()
    }

    fn pattern_inner(&mut self, pattern: &ruff::Pattern) -> Result<Pattern> {
        let location = self.range_location(pattern.range());
        let kind = match pattern {
            ruff::Pattern::MatchValue(node) => PatternKind::MatchValue(self.boxed(&node.value)?),
            ruff::Pattern::MatchSingleton(node) => PatternKind::MatchSingleton(match node.value {
                ruff::Singleton::None => Const::None,
                ruff::Singleton::True => Const::True,
                ruff::Singleton::False => Const::False,
            }),
            ruff::Pattern::MatchSequence(node) => PatternKind::MatchSequence(self.patterns(&node.patterns)?),
            ruff::Pattern::MatchMapping(node) => PatternKind::MatchMapping {
                keys: self.expressions(&node.keys)?,
                patterns: self.patterns(&node.patterns)?,
                rest: node.rest.as_ref().map(|name| self.name(name)),
            },
            ruff::Pattern::MatchClass(node) => {
                let mut kwd_attrs = Vec::new();
                let mut kwd_patterns = Vec::new();
                for keyword in &node.arguments.keywords {
                    kwd_attrs.push(self.name(&keyword.attr));
                    kwd_patterns.push(self.pattern(&keyword.pattern)?);
                }
                PatternKind::MatchClass {
                    cls: self.boxed(&node.cls)?,
                    patterns: self.patterns(&node.arguments.patterns)?,
                    kwd_attrs,
                    kwd_patterns,
                }
            }
            ruff::Pattern::MatchStar(node) => PatternKind::MatchStar(node.name.as_ref().map(|name| self.name(name))),
            ruff::Pattern::MatchAs(node) => PatternKind::MatchAs {
                pattern: match &node.pattern {
                    Some(pattern) => Some(Box::new(self.pattern(pattern)?)),
                    None => None,
                },
                name: node.name.as_ref().map(|name| self.name(name)),
            },
            ruff::Pattern::MatchOr(node) => PatternKind::MatchOr(self.patterns(&node.patterns)?),
        };
        Ok(Pattern { location, kind })
    }
}
