//! Native modules about text: json, re, codecs, unicodedata, string.

mod codecs;
mod sre;
mod string;

use pyrox_objects::native::NativeModule;

/// The modules of this crate, for the import system.
pub static MODULES: [&NativeModule; 3] = [&codecs::MODULE, &sre::MODULE, &string::MODULE];
