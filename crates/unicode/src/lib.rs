//! Unicode 16.0 character properties as CPython 3.14 defines them.
