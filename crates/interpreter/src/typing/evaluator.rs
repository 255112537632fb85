//! `_typing._ConstEvaluator`: the evaluate function of a value that is known already.

use pyrox_macros::pyclass;
use pyrox_objects::generic_alias::push_type_repr;
use pyrox_objects::text_writer::TextWriter;
use pyrox_objects::{Dict, Head, Obj, ObjCell, PyResult, PyType, Thread, Tuple};

/// A callable that gives one value in any format.
#[repr(C)]
pub struct ConstEvaluator {
    head: Head,
    value: ObjCell,
}

impl ConstEvaluator {
    /// The evaluate function of `value`.
    pub fn new(thread: &Thread, value: Obj) -> PyResult<Obj> {
        let made = ConstEvaluator { head: Head::unset(), value: ObjCell::new(Some(value)) };
        Ok(ConstEvaluator::ty().instantiate(thread, made)?.upcast())
    }
}

#[pyclass(name = "_ConstEvaluator", module = "_typing", traverse = [value], dealloc = drop)]
impl ConstEvaluator {
    #[slot]
    fn tp_repr(&self, thread: &Thread) -> PyResult<String> {
        let value = self.value.get().unwrap_or_else(pyrox_objects::none);
        Ok(format!("<constevaluator {}>", value.repr(thread)?))
    }
    #[slot]
    fn tp_call(&self, thread: &Thread, args: &Tuple, kwargs: Option<&Dict>) -> PyResult<Obj> {
        if kwargs.is_some_and(|k| k.len() > 0) {
            return Err(thread.type_error("constevaluator.__call__() takes no keyword arguments"));
        }
        if args.len() != 1 {
            return Err(thread.type_error(&format!("constevaluator.__call__() takes exactly 1 argument ({} given)", args.len())));
        }
        let format = args.get(0).as_isize(thread)?;
        let value = self.value.get().unwrap_or_else(pyrox_objects::none);
        // 4 is STRING.
        if format != 4 {
            return Ok(value);
        }
        let mut out = TextWriter::new();
        match value.cast::<Tuple>() {
            Some(items) => {
                out.push_str("(");
                for (at, item) in items.items().iter().enumerate() {
                    if at > 0 {
                        out.push_str(", ");
                    }
                    push_type_repr(thread, &mut out, item)?;
                }
                out.push_str(")");
            }
            None => push_type_repr(thread, &mut out, &value)?,
        }
        Ok(out.finish(thread)?.upcast())
    }
}
