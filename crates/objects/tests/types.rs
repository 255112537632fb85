//! Compares our built-in types with CPython's: sizes, flags, offsets and bases, which extensions see.
//!
//! `types.tsv` holds CPython 3.14's figures. A difference that we know of stands in `KNOWN` with its reason; one that
//! has gone must be struck out there.

use pyrox_abi::PyTypeObject;
use pyrox_objects::{Thread, builtin_types, exceptions, initialize};
use std::collections::BTreeMap;
use std::ffi::CStr;

/// Says that the type has a version tag: comes and goes with use.
const VALID_VERSION_TAG: u64 = 1 << 19;

/// Types and columns that differ, and why.
const KNOWN: &[(&str, &str, &str)] = &[];

/// A type's name and figures, by column.
type Row = (String, BTreeMap<&'static str, String>);

const COLUMNS: [&str; 7] = ["basicsize", "itemsize", "flags", "dictoffset", "weaklistoffset", "vectorcall_offset", "base"];

fn recorded() -> BTreeMap<String, Row> {
    let text = include_str!("types.tsv");
    let rows = text.lines().filter(|line| !line.starts_with('#') && !line.starts_with("symbol\t"));
    rows.map(|line| {
        let fields: Vec<&str> = line.split('\t').collect();
        let figures = COLUMNS.iter().zip(&fields[2..]).map(|(column, value)| (*column, value.to_string())).collect();
        (fields[1].to_owned(), (fields[0].to_owned(), figures))
    })
    .collect()
}

/// A type's name as `tp_name` has it.
///
/// # Safety
/// `ty` is a type that is ready.
unsafe fn name(ty: *mut PyTypeObject) -> String {
    // SAFETY: `tp_name` is a C string.
    unsafe { CStr::from_ptr((*ty).tp_name.get()) }.to_string_lossy().into_owned()
}

/// Our figures in the form of the table.
///
/// # Safety
/// `ty` is a type that is ready.
unsafe fn ours(ty: *mut PyTypeObject) -> BTreeMap<&'static str, String> {
    // SAFETY: by contract; `tp_base` is a type or null.
    unsafe {
        let base = (*ty).tp_base.get();
        let flags = (*ty).tp_flags.get() & !VALID_VERSION_TAG;
        let values = [
            (*ty).tp_basicsize.get().to_string(),
            (*ty).tp_itemsize.get().to_string(),
            format!("{flags:#x}"),
            (*ty).tp_dictoffset.get().to_string(),
            (*ty).tp_weaklistoffset.get().to_string(),
            (*ty).tp_vectorcall_offset.get().to_string(),
            if base.is_null() { "-".to_owned() } else { name(base) },
        ];
        COLUMNS.into_iter().zip(values).collect()
    }
}

#[test]
fn types_are_as_cpython_has_them() {
    let thread = Thread::attach();
    assert!(initialize(thread).is_ok(), "the built-in types become ready");
    let recorded = recorded();
    let mut differences = Vec::new();
    let mut known: Vec<_> = KNOWN.iter().map(|(ty, column, _)| (*ty, *column)).collect();
    let mut compared = 0;
    for ty in builtin_types().into_iter().chain(exceptions::all_types()) {
        let pointer = ty.as_ptr() as *mut PyTypeObject;
        // SAFETY: `initialize` made the built-in types ready.
        let (name, ours) = unsafe { (name(pointer), ours(pointer)) };
        let Some((_, theirs)) = recorded.get(&name) else { continue };
        compared += 1;
        for column in COLUMNS {
            if ours[column] == theirs[column] {
                continue;
            }
            if let Some(at) = known.iter().position(|known| *known == (name.as_str(), column)) {
                known.swap_remove(at);
                continue;
            }
            differences.push(format!("{name}: {column} is {}, should be {}", ours[column], theirs[column]));
        }
    }
    for (ty, column) in known {
        differences.push(format!("{ty}: {column} differs no more: strike it out of KNOWN"));
    }
    assert!(compared > 60, "only {compared} types were found in the table");
    assert!(differences.is_empty(), "{} of {compared} types' figures differ:\n{}", differences.len(), differences.join("\n"));
}
