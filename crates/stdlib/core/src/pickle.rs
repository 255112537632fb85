//! `_pickle`: the buffers that pickling passes on out of band. The pickler itself is the one in Python.

use pyrox_macros::pymodule;
use pyrox_objects::pickle_buffer::PickleBuffer;
use pyrox_objects::{Module, PyResult, Thread};

pymodule!(name = "_pickle", doc = "Optimized C implementation for the Python pickle module.", functions = [], exec = exec);

fn exec(thread: &Thread, module: &Module) -> PyResult<()> {
    module.add_type::<PickleBuffer>(thread)
}
