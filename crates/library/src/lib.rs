//! The Python half of the standard library: code that was compiled at build time, and its sources.

include!(concat!(env!("OUT_DIR"), "/index.rs"));

static ARCHIVE: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/library.bin"));

/// A module of the library.
pub struct Module {
    /// Its full name, with dots.
    pub name: &'static str,
    /// Its source's path within the library.
    pub file: &'static str,
    pub is_package: bool,
    /// One of those that CPython has frozen into its executable.
    pub is_frozen: bool,
    code: (usize, usize),
}

impl Module {
    /// Its code, as `marshal` writes it.
    pub fn code(&self) -> &'static [u8] {
        ARCHIVE.get(self.code.0..self.code.0 + self.code.1).unwrap_or(&[])
    }

    /// Its source text.
    pub fn source(&self) -> Option<Vec<u8>> {
        file(self.file)?.content()
    }
}

/// A file of the library.
pub struct File {
    /// Its path within the library, with `/`.
    pub path: &'static str,
    packed: (usize, usize),
    /// Its size in bytes.
    pub size: usize,
}

impl File {
    /// Its bytes.
    pub fn content(&self) -> Option<Vec<u8>> {
        let packed = ARCHIVE.get(self.packed.0..self.packed.0 + self.packed.1)?;
        miniz_oxide::inflate::decompress_to_vec(packed).ok()
    }
}

/// The module of that full name.
pub fn module(name: &str) -> Option<&'static Module> {
    MODULES.binary_search_by(|m| m.name.cmp(name)).ok().map(|at| &MODULES[at])
}

/// All modules, by name.
pub fn modules() -> &'static [Module] {
    MODULES
}

/// The file at a path within the library.
pub fn file(path: &str) -> Option<&'static File> {
    FILES.binary_search_by(|f| f.path.cmp(path)).ok().map(|at| &FILES[at])
}

/// All files, by path.
pub fn files() -> &'static [File] {
    FILES
}

#[cfg(test)]
mod tests {
    #[test]
    fn modules_are_found_by_name() {
        let json = super::module("json").expect("json is in the library");
        assert!(json.is_package && !json.is_frozen);
        assert_eq!(json.file, "json/__init__.py");
        assert!(json.source().is_some_and(|s| s.len() > 1000));
        assert!(super::module("json.nothing").is_none());
    }
}
