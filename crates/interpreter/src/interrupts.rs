//! What happens between instructions: signals and, later, pending calls.

use pyrox_objects::{PyResult, Thread, exceptions};

/// `KeyboardInterrupt` is asked for.
pub const KEYBOARD: u32 = 1;

/// Act on what `thread.interrupts` says.
///
/// # Errors
/// `KeyboardInterrupt`.
#[cold]
pub fn handle(thread: &Thread) -> PyResult<()> {
    let what = thread.interrupts.replace(0);
    if what & KEYBOARD != 0 {
        let exception = exceptions::keyboard_interrupt().call(thread, &[])?;
        return Err(thread.raise(exception));
    }
    Ok(())
}
