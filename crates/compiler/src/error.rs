//! What goes wrong while compiling, and what is only warned of.

use crate::code::Text;
use crate::instruction::Location;

/// The exception that Python code sees for a [`CompileError`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    SyntaxError,
    IndentationError,
    TabError,
    /// The interactive compiler's `_IncompleteInputError`: more input could complete the program.
    IncompleteInput,
    ValueError,
    OverflowError,
    RecursionError,
    MemoryError,
    SystemError,
    /// Source in an encoding that this crate does not decode (`LookupError` made a `SyntaxError`).
    UnicodeDecodeError,
    NotImplementedError,
}

impl ErrorKind {
    /// Name of the Python exception type.
    pub fn type_name(self) -> &'static str {
        match self {
            ErrorKind::SyntaxError => "SyntaxError",
            ErrorKind::IndentationError => "IndentationError",
            ErrorKind::TabError => "TabError",
            ErrorKind::IncompleteInput => "_IncompleteInputError",
            ErrorKind::ValueError => "ValueError",
            ErrorKind::OverflowError => "OverflowError",
            ErrorKind::RecursionError => "RecursionError",
            ErrorKind::MemoryError => "MemoryError",
            ErrorKind::SystemError => "SystemError",
            ErrorKind::UnicodeDecodeError => "UnicodeDecodeError",
            ErrorKind::NotImplementedError => "NotImplementedError",
        }
    }

    /// Whether the exception carries a place in the source (`lineno`, `offset`, ...).
    pub fn has_location(self) -> bool {
        matches!(self, ErrorKind::SyntaxError | ErrorKind::IndentationError | ErrorKind::TabError | ErrorKind::IncompleteInput)
    }
}

/// A failed compilation. The place is given as `SyntaxError`'s attributes give it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CompileError {
    pub kind: ErrorKind,
    pub message: String,
    /// Starts at 1; 0 when the error has no place.
    pub lineno: i32,
    /// Starts at 1; characters for errors of the parser, bytes for those of later passes.
    pub offset: i32,
    pub end_lineno: i32,
    pub end_offset: i32,
    /// The source line. Where it is missing, CPython reads it from the file named `filename`.
    pub text: Option<Text>,
    /// For the parser's errors: the place of the last whole compound statement before, or zeros.
    pub last_statement: Option<(i32, i32)>,
}

impl CompileError {
    /// An error without a place.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        CompileError { kind, message: message.into(), lineno: 0, offset: 0, end_lineno: 0, end_offset: 0, text: None, last_statement: None }
    }

    /// A `SyntaxError` found after parsing.
    pub fn syntax(message: impl Into<String>, location: Location) -> Self {
        CompileError {
            kind: ErrorKind::SyntaxError,
            message: message.into(),
            lineno: location.line,
            offset: location.column.saturating_add(1),
            end_lineno: location.end_line,
            end_offset: location.end_column.saturating_add(1),
            text: None,
            last_statement: None,
        }
    }

    /// The error for programs nested too deeply to be compiled.
    pub fn recursion() -> Self {
        CompileError::new(ErrorKind::RecursionError, "maximum recursion depth exceeded during compilation")
    }
}

impl std::fmt::Display for CompileError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.kind.type_name(), self.message)?;
        if self.lineno > 0 {
            write!(f, " (line {}, offset {})", self.lineno, self.offset)?;
        }
        Ok(())
    }
}

impl std::error::Error for CompileError {}

/// Category of a [`Warning`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WarningCategory {
    SyntaxWarning,
    DeprecationWarning,
}

/// A warning of the compiler. Whoever compiles decides, by the warning filters, whether it is
/// shown or becomes a `SyntaxError` at the same place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    pub category: WarningCategory,
    pub message: String,
    pub lineno: i32,
    pub offset: i32,
    pub end_lineno: i32,
    pub end_offset: i32,
}

impl Warning {
    /// A `SyntaxWarning` at `location`.
    pub fn syntax(message: impl Into<String>, location: Location) -> Self {
        Warning {
            category: WarningCategory::SyntaxWarning,
            message: message.into(),
            lineno: location.line,
            offset: location.column.saturating_add(1),
            end_lineno: location.end_line,
            end_offset: location.end_column.saturating_add(1),
        }
    }
}

impl From<&Warning> for CompileError {
    /// The `SyntaxError` that a warning becomes where the filters make it an error.
    fn from(warning: &Warning) -> Self {
        CompileError {
            kind: ErrorKind::SyntaxError,
            // An error tells of no future.
            message: warning.message.replacen(" Such sequences will not work in the future.", "", 1),
            lineno: warning.lineno,
            offset: warning.offset,
            end_lineno: warning.end_lineno,
            end_offset: warning.end_offset,
            text: None,
            last_statement: None,
        }
    }
}

/// Result of the compiler's passes.
pub type Result<T> = std::result::Result<T, CompileError>;
