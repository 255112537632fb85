//! `unicodedata`, over the tables of `pyrox_unicode`.
//!
//! Each function exists twice: in the module, asking Unicode 16.0, and as a method of `UCD`, whose only
//! instance `ucd_3_2_0` asks Unicode 3.2. [`query`] holds what both do.

mod query;

use pyrox_macros::{pyclass, pyfunction, pymodule};
use pyrox_objects::native::NO_MEMBER;
use pyrox_objects::{Head, Module, Obj, ObjCell, Object, PyResult, PyType, Str, Thread, abi};
use pyrox_unicode::database::Version;

pymodule!(
    name = "unicodedata",
    doc = "This module provides access to the Unicode Character Database which\ndefines character properties for all Unicode characters. The data is that of\nUnicode version 16.0.0, and names and symbols are those of the UnicodeData File\nFormat 16.0.0.",
    functions = [
        decimal,
        digit,
        numeric,
        category,
        bidirectional,
        combining,
        mirrored,
        east_asian_width,
        decomposition,
        name,
        lookup,
        is_normalized,
        normalize,
    ],
    exec = exec
);

fn exec(thread: &Thread, module: &Module) -> PyResult<()> {
    module.add_type::<Database>(thread)?;
    module.add_str(thread, "unidata_version", Version::Current.as_str())?;
    let version = Str::from_str(thread, Version::V3_2.as_str())?;
    let old = Database::ty().instantiate(thread, Database { head: Head::unset(), version: ObjCell::new(Some(version.upcast())) })?;
    module.add(thread, "ucd_3_2_0", &old)
}

/// The type of `ucd_3_2_0`.
#[repr(C)]
struct Database {
    head: Head,
    version: ObjCell,
}

/// A function of the module and the method of the same name.
macro_rules! functions {
    ($( $(#[$($doc:tt)*])* fn $name:ident($($parameter:ident: ($($ty:tt)*)),*) -> $result:ty, $sig:tt, $text:tt; )*) => {
        $(
            $(#[$($doc)*])*
            #[pyfunction(sig = $sig, text = $text)]
            fn $name(thread: &Thread, $($parameter: $($ty)*),*) -> PyResult<$result> {
                query::$name(thread, Version::Current, $($parameter),*)
            }
        )*
        #[pyclass(name = "UCD", module = "unicodedata", traverse = [version], dealloc = drop,
            members = &[abi::PyMemberDef { name: c"unidata_version".as_ptr(), r#type: abi::_Py_T_OBJECT, offset: 16,
                flags: abi::Py_READONLY, doc: std::ptr::null() }, NO_MEMBER])]
        impl Database {
            $(
                $(#[$($doc)*])*
                #[method(sig = $sig, text = $text)]
                fn $name(&self, thread: &Thread, $($parameter: $($ty)*),*) -> PyResult<$result> {
                    query::$name(thread, Version::V3_2, $($parameter),*)
                }
            )*
        }
    };
}

functions! {
    /// Converts a Unicode character into its equivalent decimal value.
    ///
    /// Returns the decimal value assigned to the character chr as integer.
    /// If no such value is defined, default is returned, or, if not given,
    /// ValueError is raised.
    fn decimal(chr: (&Object), default: (Option<&Object>)) -> Obj, "(chr, default=None, /)", "($self, chr, default=<unrepresentable>, /)";
    /// Converts a Unicode character into its equivalent digit value.
    ///
    /// Returns the digit value assigned to the character chr as integer.
    /// If no such value is defined, default is returned, or, if not given,
    /// ValueError is raised.
    fn digit(chr: (&Object), default: (Option<&Object>)) -> Obj, "(chr, default=None, /)", "($self, chr, default=<unrepresentable>, /)";
    /// Converts a Unicode character into its equivalent numeric value.
    ///
    /// Returns the numeric value assigned to the character chr as float.
    /// If no such value is defined, default is returned, or, if not given,
    /// ValueError is raised.
    fn numeric(chr: (&Object), default: (Option<&Object>)) -> Obj, "(chr, default=None, /)", "($self, chr, default=<unrepresentable>, /)";
    /// Returns the general category assigned to the character chr as string.
    fn category(chr: (&Object)) -> &'static str, "(chr, /)", "($self, chr, /)";
    /// Returns the bidirectional class assigned to the character chr as string.
    ///
    /// If no such value is defined, an empty string is returned.
    fn bidirectional(chr: (&Object)) -> &'static str, "(chr, /)", "($self, chr, /)";
    /// Returns the canonical combining class assigned to the character chr as integer.
    ///
    /// Returns 0 if no combining class is defined.
    fn combining(chr: (&Object)) -> i32, "(chr, /)", "($self, chr, /)";
    /// Returns the mirrored property assigned to the character chr as integer.
    ///
    /// Returns 1 if the character has been identified as a "mirrored"
    /// character in bidirectional text, 0 otherwise.
    fn mirrored(chr: (&Object)) -> i32, "(chr, /)", "($self, chr, /)";
    /// Returns the east asian width assigned to the character chr as string.
    fn east_asian_width(chr: (&Object)) -> &'static str, "(chr, /)", "($self, chr, /)";
    /// Returns the character decomposition mapping assigned to the character chr as string.
    ///
    /// An empty string is returned in case no such mapping is defined.
    fn decomposition(chr: (&Object)) -> String, "(chr, /)", "($self, chr, /)";
    /// Returns the name assigned to the character chr as a string.
    ///
    /// If no name is defined, default is returned, or, if not given,
    /// ValueError is raised.
    fn name(chr: (&Object), default: (Option<&Object>)) -> Obj, "(chr, default=None, /)", "($self, chr, default=<unrepresentable>, /)";
    /// Look up character by name.
    ///
    /// If a character with the given name is found, return the
    /// corresponding character.  If not found, KeyError is raised.
    fn lookup(name: (&Object)) -> Obj, "(name, /)", "($self, name, /)";
    /// Return whether the Unicode string unistr is in the normal form 'form'.
    ///
    /// Valid values for form are 'NFC', 'NFKC', 'NFD', and 'NFKD'.
    fn is_normalized(form: (&Str), unistr: (&Str)) -> bool, "(form, unistr, /)", "($self, form, unistr, /)";
    /// Return the normal form 'form' for the Unicode string unistr.
    ///
    /// Valid values for form are 'NFC', 'NFKC', 'NFD', and 'NFKD'.
    fn normalize(form: (&Str), unistr: (&Str)) -> Obj, "(form, unistr, /)", "($self, form, unistr, /)";
}
