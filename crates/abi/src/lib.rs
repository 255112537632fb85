//! CPython 3.14's memory layouts, constants and inline operations.
