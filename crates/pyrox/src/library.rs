//! The standard library inside the binary, handed to the interpreter.

use pyrox_interpreter::import::library::{Library, LibraryModule, install as install_library};

fn module(name: &str) -> Option<LibraryModule> {
    pyrox_library::module(name).map(|module| LibraryModule {
        name: module.name,
        file: module.file,
        is_package: module.is_package,
        is_frozen: module.is_frozen,
        code: module.code(),
    })
}

/// Say where the library is.
pub fn install() {
    install_library(Library {
        module,
        file: |path| pyrox_library::file(path)?.content(),
        files: || pyrox_library::files().iter().map(|file| (file.path, file.size)).collect(),
        frozen: || pyrox_library::modules().iter().filter(|m| m.is_frozen).map(|m| m.name).collect(),
    });
}
