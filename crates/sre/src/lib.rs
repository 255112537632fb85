//! The matching engine of the re module, over the code that re._compiler emits.
