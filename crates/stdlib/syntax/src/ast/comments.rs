//! Type comments: `# type: ...` and `# type: ignore...`.

use pyrox_compiler::code::Text;

/// One type comment: where it starts and what it says.
struct Comment {
    place: (i32, i32),
    /// Where what stands before it ends.
    after: (i32, i32),
    text: String,
    /// It stands between brackets.
    nested: bool,
}

/// The type comments of a program, in order.
#[derive(Default)]
pub struct Comments {
    types: Vec<Comment>,
    ignores: Vec<(i32, String)>,
}

/// What follows `# type: `, in which blanks do not matter.
fn type_text(comment: &str) -> Option<&str> {
    let blank = [' ', '\t'];
    let text = comment.strip_prefix('#')?.trim_start_matches(blank).strip_prefix("type:")?;
    Some(text.trim_start_matches(blank))
}

/// What follows `ignore` as a word.
fn ignore_tag(text: &str) -> Option<&str> {
    let tag = text.strip_prefix("ignore")?;
    match tag.bytes().next() {
        Some(byte) if byte >= 128 || byte.is_ascii_alphanumeric() => None,
        _ => Some(tag),
    }
}

impl Comments {
    /// Those of a source text.
    pub fn of(source: &str) -> Comments {
        let mut found = Comments::default();
        for comment in pyrox_compiler::parse::comments(source) {
            let Some(text) = type_text(&comment.text) else { continue };
            match ignore_tag(text) {
                // One that is alone takes its line's end with it.
                Some(tag) => found.ignores.push((comment.line, if comment.alone { format!("{tag}\n") } else { tag.to_string() })),
                None => found.types.push(Comment {
                    place: (comment.line, comment.column),
                    after: comment.after,
                    text: text.to_string(),
                    nested: comment.depth > 0,
                }),
            }
        }
        found
    }

    /// The last type comment from one place to another, between brackets or outside.
    pub fn between(&self, from: (i32, i32), to: (i32, i32), nested: bool) -> Option<Text> {
        let first = self.types.partition_point(|comment| comment.place < from);
        let candidates = self.types.get(first..)?.iter().take_while(|comment| comment.place < to);
        candidates.filter(|comment| comment.nested == nested).last().map(|comment| comment.text.as_str().into())
    }

    /// The type comment right behind a place.
    pub fn behind(&self, place: (i32, i32)) -> Option<Text> {
        self.types.iter().find(|comment| comment.after == place).map(|comment| comment.text.as_str().into())
    }

    /// Lines and tags of `# type: ignore`.
    pub fn ignores(&self) -> Vec<(i32, Text)> {
        self.ignores.iter().map(|(line, tag)| (*line, tag.as_str().into())).collect()
    }
}
