//! The variables in which extensions find the exception classes.

use pyrox_abi::{PyObject, PyTypeObject};

/// A class's address as C reads it.
#[repr(transparent)]
pub struct Class(*mut PyObject);

// SAFETY: the address of a static.
unsafe impl Sync for Class {}

macro_rules! variables {
    ($($variable:ident $class:ident;)*) => { $(
        /// The exception class of this name.
        #[unsafe(no_mangle)]
        pub static $variable: Class = {
            unsafe extern "C" {
                static $class: PyTypeObject;
            }
            Class(&raw const $class as *mut PyObject)
        };
    )* };
}
variables! {
    PyExc_ArithmeticError _PyExc_ArithmeticError;
    PyExc_AssertionError _PyExc_AssertionError;
    PyExc_AttributeError _PyExc_AttributeError;
    PyExc_BaseException _PyExc_BaseException;
    PyExc_BaseExceptionGroup _PyExc_BaseExceptionGroup;
    PyExc_BlockingIOError _PyExc_BlockingIOError;
    PyExc_BrokenPipeError _PyExc_BrokenPipeError;
    PyExc_BufferError _PyExc_BufferError;
    PyExc_BytesWarning _PyExc_BytesWarning;
    PyExc_ChildProcessError _PyExc_ChildProcessError;
    PyExc_ConnectionAbortedError _PyExc_ConnectionAbortedError;
    PyExc_ConnectionError _PyExc_ConnectionError;
    PyExc_ConnectionRefusedError _PyExc_ConnectionRefusedError;
    PyExc_ConnectionResetError _PyExc_ConnectionResetError;
    PyExc_DeprecationWarning _PyExc_DeprecationWarning;
    PyExc_EOFError _PyExc_EOFError;
    PyExc_EncodingWarning _PyExc_EncodingWarning;
    PyExc_EnvironmentError _PyExc_OSError;
    PyExc_Exception _PyExc_Exception;
    PyExc_FileExistsError _PyExc_FileExistsError;
    PyExc_FileNotFoundError _PyExc_FileNotFoundError;
    PyExc_FloatingPointError _PyExc_FloatingPointError;
    PyExc_FutureWarning _PyExc_FutureWarning;
    PyExc_GeneratorExit _PyExc_GeneratorExit;
    PyExc_IOError _PyExc_OSError;
    PyExc_ImportError _PyExc_ImportError;
    PyExc_ImportWarning _PyExc_ImportWarning;
    PyExc_IndentationError _PyExc_IndentationError;
    PyExc_IndexError _PyExc_IndexError;
    PyExc_InterpreterError _PyExc_InterpreterError;
    PyExc_InterpreterNotFoundError _PyExc_InterpreterNotFoundError;
    PyExc_InterruptedError _PyExc_InterruptedError;
    PyExc_IsADirectoryError _PyExc_IsADirectoryError;
    PyExc_KeyError _PyExc_KeyError;
    PyExc_KeyboardInterrupt _PyExc_KeyboardInterrupt;
    PyExc_LookupError _PyExc_LookupError;
    PyExc_MemoryError _PyExc_MemoryError;
    PyExc_ModuleNotFoundError _PyExc_ModuleNotFoundError;
    PyExc_NameError _PyExc_NameError;
    PyExc_NotADirectoryError _PyExc_NotADirectoryError;
    PyExc_NotImplementedError _PyExc_NotImplementedError;
    PyExc_OSError _PyExc_OSError;
    PyExc_OverflowError _PyExc_OverflowError;
    PyExc_PendingDeprecationWarning _PyExc_PendingDeprecationWarning;
    PyExc_PermissionError _PyExc_PermissionError;
    PyExc_ProcessLookupError _PyExc_ProcessLookupError;
    PyExc_PythonFinalizationError _PyExc_PythonFinalizationError;
    PyExc_RecursionError _PyExc_RecursionError;
    PyExc_ReferenceError _PyExc_ReferenceError;
    PyExc_ResourceWarning _PyExc_ResourceWarning;
    PyExc_RuntimeError _PyExc_RuntimeError;
    PyExc_RuntimeWarning _PyExc_RuntimeWarning;
    PyExc_StopAsyncIteration _PyExc_StopAsyncIteration;
    PyExc_StopIteration _PyExc_StopIteration;
    PyExc_SyntaxError _PyExc_SyntaxError;
    PyExc_SyntaxWarning _PyExc_SyntaxWarning;
    PyExc_SystemError _PyExc_SystemError;
    PyExc_SystemExit _PyExc_SystemExit;
    PyExc_TabError _PyExc_TabError;
    PyExc_TimeoutError _PyExc_TimeoutError;
    PyExc_TypeError _PyExc_TypeError;
    PyExc_UnboundLocalError _PyExc_UnboundLocalError;
    PyExc_UnicodeDecodeError _PyExc_UnicodeDecodeError;
    PyExc_UnicodeEncodeError _PyExc_UnicodeEncodeError;
    PyExc_UnicodeError _PyExc_UnicodeError;
    PyExc_UnicodeTranslateError _PyExc_UnicodeTranslateError;
    PyExc_UnicodeWarning _PyExc_UnicodeWarning;
    PyExc_UserWarning _PyExc_UserWarning;
    PyExc_ValueError _PyExc_ValueError;
    PyExc_Warning _PyExc_Warning;
    PyExc_ZeroDivisionError _PyExc_ZeroDivisionError;
}
