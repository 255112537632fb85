//! Every class of tree nodes, described once.
//!
//! A field reads `type name`; `?` behind the type means that it may be missing, `*` that it is a list.
//! [`Kind`] and the tables that make the classes and check their instances are derived from it.

/// A sum type with its constructors, or a product type.
pub struct Sum {
    pub name: &'static str,
    /// Its nodes have a place in the source.
    pub located: bool,
    /// Kinds of its constructors; for a product type its own kind only.
    pub kinds: &'static [Kind],
    pub product: bool,
}

macro_rules! schema {
    ($($sum:ident (located: $located:literal, product: $product:literal) { $($class:ident: $fields:literal,)* })*) => {
        /// A class that nodes are instances of.
        #[allow(non_camel_case_types)]
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Kind { $($($class,)*)* }

        impl Kind {
            /// All kinds, in the order of their numbers.
            pub const ALL: &'static [Kind] = &[$($(Kind::$class,)*)*];

            /// Name of the class.
            pub fn name(self) -> &'static str {
                match self { $($(Kind::$class => stringify!($class),)*)* }
            }

            /// Its fields, as described above.
            pub fn fields(self) -> &'static str {
                match self { $($(Kind::$class => $fields,)*)* }
            }
        }

        /// The classes right below `AST`.
        pub static SUMS: &[Sum] =
            &[$(Sum { name: stringify!($sum), located: $located, kinds: &[$(Kind::$class),*], product: $product },)*];
    };
}

schema! {
    mod (located: false, product: false) {
        Module: "stmt* body, type_ignore* type_ignores",
        Interactive: "stmt* body",
        Expression: "expr body",
        FunctionType: "expr* argtypes, expr returns",
    }
    stmt (located: true, product: false) {
        FunctionDef: "identifier name, arguments args, stmt* body, expr* decorator_list, expr? returns, string? type_comment, type_param* type_params",
        AsyncFunctionDef: "identifier name, arguments args, stmt* body, expr* decorator_list, expr? returns, string? type_comment, type_param* type_params",
        ClassDef: "identifier name, expr* bases, keyword* keywords, stmt* body, expr* decorator_list, type_param* type_params",
        Return: "expr? value",
        Delete: "expr* targets",
        Assign: "expr* targets, expr value, string? type_comment",
        TypeAlias: "expr name, type_param* type_params, expr value",
        AugAssign: "expr target, operator op, expr value",
        AnnAssign: "expr target, expr annotation, expr? value, int simple",
        For: "expr target, expr iter, stmt* body, stmt* orelse, string? type_comment",
        AsyncFor: "expr target, expr iter, stmt* body, stmt* orelse, string? type_comment",
        While: "expr test, stmt* body, stmt* orelse",
        If: "expr test, stmt* body, stmt* orelse",
        With: "withitem* items, stmt* body, string? type_comment",
        AsyncWith: "withitem* items, stmt* body, string? type_comment",
        Match: "expr subject, match_case* cases",
        Raise: "expr? exc, expr? cause",
        Try: "stmt* body, excepthandler* handlers, stmt* orelse, stmt* finalbody",
        TryStar: "stmt* body, excepthandler* handlers, stmt* orelse, stmt* finalbody",
        Assert: "expr test, expr? msg",
        Import: "alias* names",
        ImportFrom: "identifier? module, alias* names, int? level",
        Global: "identifier* names",
        Nonlocal: "identifier* names",
        Expr: "expr value",
        Pass: "",
        Break: "",
        Continue: "",
    }
    expr (located: true, product: false) {
        BoolOp: "boolop op, expr* values",
        NamedExpr: "expr target, expr value",
        BinOp: "expr left, operator op, expr right",
        UnaryOp: "unaryop op, expr operand",
        Lambda: "arguments args, expr body",
        IfExp: "expr test, expr body, expr orelse",
        Dict: "expr?* keys, expr* values",
        Set: "expr* elts",
        ListComp: "expr elt, comprehension* generators",
        SetComp: "expr elt, comprehension* generators",
        DictComp: "expr key, expr value, comprehension* generators",
        GeneratorExp: "expr elt, comprehension* generators",
        Await: "expr value",
        Yield: "expr? value",
        YieldFrom: "expr value",
        Compare: "expr left, cmpop* ops, expr* comparators",
        Call: "expr func, expr* args, keyword* keywords",
        FormattedValue: "expr value, int conversion, expr? format_spec",
        Interpolation: "expr value, constant str, int conversion, expr? format_spec",
        JoinedStr: "expr* values",
        TemplateStr: "expr* values",
        Constant: "constant value, string? kind",
        Attribute: "expr value, identifier attr, expr_context ctx",
        Subscript: "expr value, expr slice, expr_context ctx",
        Starred: "expr value, expr_context ctx",
        Name: "identifier id, expr_context ctx",
        List: "expr* elts, expr_context ctx",
        Tuple: "expr* elts, expr_context ctx",
        Slice: "expr? lower, expr? upper, expr? step",
    }
    expr_context (located: false, product: false) {
        Load: "",
        Store: "",
        Del: "",
    }
    boolop (located: false, product: false) {
        And: "",
        Or: "",
    }
    operator (located: false, product: false) {
        Add: "",
        Sub: "",
        Mult: "",
        MatMult: "",
        Div: "",
        Mod: "",
        Pow: "",
        LShift: "",
        RShift: "",
        BitOr: "",
        BitXor: "",
        BitAnd: "",
        FloorDiv: "",
    }
    unaryop (located: false, product: false) {
        Invert: "",
        Not: "",
        UAdd: "",
        USub: "",
    }
    cmpop (located: false, product: false) {
        Eq: "",
        NotEq: "",
        Lt: "",
        LtE: "",
        Gt: "",
        GtE: "",
        Is: "",
        IsNot: "",
        In: "",
        NotIn: "",
    }
    comprehension (located: false, product: true) { comprehension: "expr target, expr iter, expr* ifs, int is_async", }
    excepthandler (located: true, product: false) {
        ExceptHandler: "expr? type, identifier? name, stmt* body",
    }
    arguments (located: false, product: true) { arguments: "arg* posonlyargs, arg* args, arg? vararg, arg* kwonlyargs, expr?* kw_defaults, arg? kwarg, expr* defaults", }
    arg (located: true, product: true) { arg: "identifier arg, expr? annotation, string? type_comment", }
    keyword (located: true, product: true) { keyword: "identifier? arg, expr value", }
    alias (located: true, product: true) { alias: "identifier name, identifier? asname", }
    withitem (located: false, product: true) { withitem: "expr context_expr, expr? optional_vars", }
    match_case (located: false, product: true) { match_case: "pattern pattern, expr? guard, stmt* body", }
    pattern (located: true, product: false) {
        MatchValue: "expr value",
        MatchSingleton: "constant value",
        MatchSequence: "pattern* patterns",
        MatchMapping: "expr* keys, pattern* patterns, identifier? rest",
        MatchClass: "expr cls, pattern* patterns, identifier* kwd_attrs, pattern* kwd_patterns",
        MatchStar: "identifier? name",
        MatchAs: "pattern? pattern, identifier? name",
        MatchOr: "pattern* patterns",
    }
    type_ignore (located: false, product: false) {
        TypeIgnore: "int lineno, string tag",
    }
    type_param (located: true, product: false) {
        TypeVar: "identifier name, expr? bound, expr? default_value",
        ParamSpec: "identifier name, expr? default_value",
        TypeVarTuple: "identifier name, expr? default_value",
    }
}

/// How many values a field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Count {
    One,
    Optional,
    Many,
}

/// A field of a class.
pub struct Field {
    pub type_name: &'static str,
    pub count: Count,
    pub name: &'static str,
}

/// The fields of a description.
pub fn fields(description: &'static str) -> impl Iterator<Item = Field> {
    description.split(", ").filter_map(|field| {
        let (kind, name) = field.split_once(' ')?;
        let type_name = kind.trim_end_matches(['?', '*']);
        let count = if kind.ends_with('*') {
            Count::Many
        } else if kind.ends_with('?') {
            Count::Optional
        } else {
            Count::One
        };
        Some(Field { type_name, count, name })
    })
}
