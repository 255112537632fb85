//! Native modules about text: json, re, codecs, unicodedata, string.

mod codecs;
mod csv;
mod json;
mod sre;
mod string;
mod unicodedata;

use pyrox_objects::native::NativeModule;

/// The modules of this crate, for the import system.
pub static MODULES: [&NativeModule; 6] =
    [&codecs::MODULE, &csv::MODULE, &json::MODULE, &sre::MODULE, &string::MODULE, &unicodedata::MODULE];
