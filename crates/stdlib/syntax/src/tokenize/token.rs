//! Kinds of tokens and the operators' spelling. The numbers are those of the module `token`.

pub type Kind = u8;

pub const ENDMARKER: Kind = 0;
pub const NAME: Kind = 1;
pub const NUMBER: Kind = 2;
pub const STRING: Kind = 3;
pub const NEWLINE: Kind = 4;
pub const INDENT: Kind = 5;
pub const DEDENT: Kind = 6;
pub const COLON: Kind = 11;
pub const DOT: Kind = 23;
pub const ELLIPSIS: Kind = 52;
pub const OP: Kind = 55;
pub const FSTRING_START: Kind = 59;
pub const FSTRING_MIDDLE: Kind = 60;
pub const FSTRING_END: Kind = 61;
pub const TSTRING_START: Kind = 62;
pub const TSTRING_END: Kind = 64;
pub const COMMENT: Kind = 65;
pub const NL: Kind = 66;

/// Part of a string, whose line and column are those of the string's beginning.
pub fn is_string(kind: Kind) -> bool {
    kind == STRING || (FSTRING_START..=TSTRING_END).contains(&kind)
}

/// Every operator and delimiter with its number.
const OPERATORS: &[(&[u8], Kind)] = &[
    (b"(", 7),
    (b")", 8),
    (b"[", 9),
    (b"]", 10),
    (b":", COLON),
    (b",", 12),
    (b";", 13),
    (b"+", 14),
    (b"-", 15),
    (b"*", 16),
    (b"/", 17),
    (b"|", 18),
    (b"&", 19),
    (b"<", 20),
    (b">", 21),
    (b"=", 22),
    (b".", DOT),
    (b"%", 24),
    (b"{", 25),
    (b"}", 26),
    (b"==", 27),
    (b"!=", 28),
    (b"<=", 29),
    (b">=", 30),
    (b"~", 31),
    (b"^", 32),
    (b"<<", 33),
    (b">>", 34),
    (b"**", 35),
    (b"+=", 36),
    (b"-=", 37),
    (b"*=", 38),
    (b"/=", 39),
    (b"%=", 40),
    (b"&=", 41),
    (b"|=", 42),
    (b"^=", 43),
    (b"<<=", 44),
    (b">>=", 45),
    (b"**=", 46),
    (b"//", 47),
    (b"//=", 48),
    (b"@", 49),
    (b"@=", 50),
    (b"->", 51),
    (b"...", ELLIPSIS),
    (b":=", 53),
    (b"!", 54),
];

/// The operator of exactly these characters.
pub fn operator(text: &[u8]) -> Option<Kind> {
    OPERATORS.iter().find(|(spelling, _)| *spelling == text).map(|(_, kind)| *kind)
}
