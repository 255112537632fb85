//! All exception classes, by their CPython names; those that add nothing but a name are made here.

use pyrox_abi as abi;
use pyrox_abi::{PyTypeObject, Static};

use super::base::BaseException;
use crate::Type;
use crate::native::EMPTY_TYPE;
use crate::object::PyType;
use std::cell::Cell;

/// One plain class: its function, the constant of its address, its name, base and size.
macro_rules! classes {
    ($($function:ident $constant:ident $name:literal $symbol:literal $base:expr, $size:literal $doc:literal;)*) => { $(
        pub(super) const $constant: *mut PyTypeObject = {
            #[unsafe(export_name = $symbol)]
            static TYPE: Static<PyTypeObject> = Static::new(PyTypeObject {
                tp_name: Cell::new(concat!($name, "\0").as_ptr() as *const _),
                tp_basicsize: Cell::new($size),
                tp_base: Cell::new($base),
                tp_flags: Cell::new(
                    abi::Py_TPFLAGS_IMMUTABLETYPE | abi::_Py_TPFLAGS_STATIC_BUILTIN | abi::Py_TPFLAGS_BASETYPE),
                tp_dictoffset: Cell::new(16),
                tp_doc: Cell::new(concat!($doc, "\0").as_ptr() as *const _),
                ..EMPTY_TYPE
            });
            &raw const TYPE as *mut PyTypeObject
        };

        #[doc = concat!("The class `", $name, "`.")]
        pub fn $function() -> &'static Type {
            // SAFETY: a static type.
            unsafe { Type::from_ptr($constant) }
        }
    )* };
}

/// A class that is a native struct of its own.
macro_rules! native_classes {
    ($($function:ident $constant:ident $ty:ty;)*) => { $(
        #[allow(dead_code)]
        pub(super) const $constant: *mut PyTypeObject = <$ty as PyType>::TYPE;

        #[doc = concat!("The class `", stringify!($ty), "`.")]
        pub fn $function() -> &'static Type {
            <$ty as PyType>::ty()
        }
    )* };
}

native_classes! {
    base_exception BASE_EXCEPTION BaseException;
    attribute_error ATTRIBUTE_ERROR super::fields::AttributeError;
    key_error KEY_ERROR super::fields::KeyError;
    name_error NAME_ERROR super::fields::NameError;
    stop_iteration STOP_ITERATION super::fields::StopIteration;
    system_exit SYSTEM_EXIT super::fields::SystemExit;
    base_exception_group BASE_EXCEPTION_GROUP super::group::BaseExceptionGroup;
    exception_group EXCEPTION_GROUP super::group::ExceptionGroup;
    import_error IMPORT_ERROR super::import_error::ImportError;
    os_error OS_ERROR super::os_error::OsError;
    syntax_error SYNTAX_ERROR super::syntax_error::SyntaxError;
    unicode_decode_error UNICODE_DECODE_ERROR super::unicode::UnicodeDecodeError;
    unicode_encode_error_type UNICODE_ENCODE_ERROR super::unicode::UnicodeEncodeError;
    unicode_translate_error UNICODE_TRANSLATE_ERROR super::unicode::UnicodeTranslateError;
}

classes! {
    exception EXCEPTION "Exception" "_PyExc_Exception" BASE_EXCEPTION, 72 "Common base class for all non-exit exceptions.";
    arithmetic_error ARITHMETIC_ERROR "ArithmeticError" "_PyExc_ArithmeticError" EXCEPTION, 72 "Base class for arithmetic errors.";
    floating_point_error FLOATING_POINT_ERROR "FloatingPointError" "_PyExc_FloatingPointError" ARITHMETIC_ERROR, 72 "Floating-point operation failed.";
    overflow_error OVERFLOW_ERROR "OverflowError" "_PyExc_OverflowError" ARITHMETIC_ERROR, 72 "Result too large to be represented.";
    zero_division_error ZERO_DIVISION_ERROR "ZeroDivisionError" "_PyExc_ZeroDivisionError" ARITHMETIC_ERROR, 72 "Second argument to a division or modulo operation was zero.";
    assertion_error ASSERTION_ERROR "AssertionError" "_PyExc_AssertionError" EXCEPTION, 72 "Assertion failed.";
    buffer_error BUFFER_ERROR "BufferError" "_PyExc_BufferError" EXCEPTION, 72 "Buffer error.";
    eof_error EOF_ERROR "EOFError" "_PyExc_EOFError" EXCEPTION, 72 "Read beyond end of file.";
    module_not_found_error MODULE_NOT_FOUND_ERROR "ModuleNotFoundError" "_PyExc_ModuleNotFoundError" IMPORT_ERROR, 104 "Module not found.";
    lookup_error LOOKUP_ERROR "LookupError" "_PyExc_LookupError" EXCEPTION, 72 "Base class for lookup errors.";
    index_error INDEX_ERROR "IndexError" "_PyExc_IndexError" LOOKUP_ERROR, 72 "Sequence index out of range.";
    memory_error MEMORY_ERROR "MemoryError" "_PyExc_MemoryError" EXCEPTION, 72 "Out of memory.";
    unbound_local_error UNBOUND_LOCAL_ERROR "UnboundLocalError" "_PyExc_UnboundLocalError" NAME_ERROR, 80 "Local name referenced but not bound to a value.";
    blocking_io_error BLOCKING_IO_ERROR "BlockingIOError" "_PyExc_BlockingIOError" OS_ERROR, 112 "I/O operation would block.";
    child_process_error CHILD_PROCESS_ERROR "ChildProcessError" "_PyExc_ChildProcessError" OS_ERROR, 112 "Child process error.";
    connection_error CONNECTION_ERROR "ConnectionError" "_PyExc_ConnectionError" OS_ERROR, 112 "Connection error.";
    broken_pipe_error BROKEN_PIPE_ERROR "BrokenPipeError" "_PyExc_BrokenPipeError" CONNECTION_ERROR, 112 "Broken pipe.";
    connection_aborted_error CONNECTION_ABORTED_ERROR "ConnectionAbortedError" "_PyExc_ConnectionAbortedError" CONNECTION_ERROR, 112 "Connection aborted.";
    connection_refused_error CONNECTION_REFUSED_ERROR "ConnectionRefusedError" "_PyExc_ConnectionRefusedError" CONNECTION_ERROR, 112 "Connection refused.";
    connection_reset_error CONNECTION_RESET_ERROR "ConnectionResetError" "_PyExc_ConnectionResetError" CONNECTION_ERROR, 112 "Connection reset.";
    file_exists_error FILE_EXISTS_ERROR "FileExistsError" "_PyExc_FileExistsError" OS_ERROR, 112 "File already exists.";
    file_not_found_error FILE_NOT_FOUND_ERROR "FileNotFoundError" "_PyExc_FileNotFoundError" OS_ERROR, 112 "File not found.";
    interrupted_error INTERRUPTED_ERROR "InterruptedError" "_PyExc_InterruptedError" OS_ERROR, 112 "Interrupted by signal.";
    is_a_directory_error IS_A_DIRECTORY_ERROR "IsADirectoryError" "_PyExc_IsADirectoryError" OS_ERROR, 112 "Operation doesn't work on directories.";
    not_a_directory_error NOT_A_DIRECTORY_ERROR "NotADirectoryError" "_PyExc_NotADirectoryError" OS_ERROR, 112 "Operation only works on directories.";
    permission_error PERMISSION_ERROR "PermissionError" "_PyExc_PermissionError" OS_ERROR, 112 "Not enough permissions.";
    process_lookup_error PROCESS_LOOKUP_ERROR "ProcessLookupError" "_PyExc_ProcessLookupError" OS_ERROR, 112 "Process not found.";
    timeout_error TIMEOUT_ERROR "TimeoutError" "_PyExc_TimeoutError" OS_ERROR, 112 "Timeout expired.";
    reference_error REFERENCE_ERROR "ReferenceError" "_PyExc_ReferenceError" EXCEPTION, 72 "Weak ref proxy used after referent went away.";
    runtime_error RUNTIME_ERROR "RuntimeError" "_PyExc_RuntimeError" EXCEPTION, 72 "Unspecified run-time error.";
    not_implemented_error NOT_IMPLEMENTED_ERROR "NotImplementedError" "_PyExc_NotImplementedError" RUNTIME_ERROR, 72 "Method or function hasn't been implemented yet.";
    python_finalization_error PYTHON_FINALIZATION_ERROR "PythonFinalizationError" "_PyExc_PythonFinalizationError" RUNTIME_ERROR, 72 "Operation blocked during Python finalization.";
    recursion_error RECURSION_ERROR "RecursionError" "_PyExc_RecursionError" RUNTIME_ERROR, 72 "Recursion limit exceeded.";
    stop_async_iteration STOP_ASYNC_ITERATION "StopAsyncIteration" "_PyExc_StopAsyncIteration" EXCEPTION, 72 "Signal the end from iterator.__anext__().";
    indentation_error INDENTATION_ERROR "IndentationError" "_PyExc_IndentationError" SYNTAX_ERROR, 144 "Improper indentation.";
    tab_error TAB_ERROR "TabError" "_PyExc_TabError" INDENTATION_ERROR, 144 "Improper mixture of spaces and tabs.";
    incomplete_input_error INCOMPLETE_INPUT_ERROR "_IncompleteInputError" "_PyExc_IncompleteInputError" SYNTAX_ERROR, 144 "incomplete input.";
    system_error SYSTEM_ERROR "SystemError" "_PyExc_SystemError" EXCEPTION, 72 "Internal error in the Python interpreter.";
    type_error TYPE_ERROR "TypeError" "_PyExc_TypeError" EXCEPTION, 72 "Inappropriate argument type.";
    value_error VALUE_ERROR "ValueError" "_PyExc_ValueError" EXCEPTION, 72 "Inappropriate argument value (of correct type).";
    unicode_error UNICODE_ERROR "UnicodeError" "_PyExc_UnicodeError" VALUE_ERROR, 72 "Unicode related error.";
    warning WARNING "Warning" "_PyExc_Warning" EXCEPTION, 72 "Base class for warning categories.";
    bytes_warning BYTES_WARNING "BytesWarning" "_PyExc_BytesWarning" WARNING, 72 "Base class for warnings about bytes and buffer related problems, mostly";
    deprecation_warning DEPRECATION_WARNING "DeprecationWarning" "_PyExc_DeprecationWarning" WARNING, 72 "Base class for warnings about deprecated features.";
    encoding_warning ENCODING_WARNING "EncodingWarning" "_PyExc_EncodingWarning" WARNING, 72 "Base class for warnings about encodings.";
    future_warning FUTURE_WARNING "FutureWarning" "_PyExc_FutureWarning" WARNING, 72 "Base class for warnings about constructs that will change semantically";
    import_warning IMPORT_WARNING "ImportWarning" "_PyExc_ImportWarning" WARNING, 72 "Base class for warnings about probable mistakes in module imports";
    pending_deprecation_warning PENDING_DEPRECATION_WARNING "PendingDeprecationWarning" "_PyExc_PendingDeprecationWarning" WARNING, 72 "Base class for warnings about features which will be deprecated";
    resource_warning RESOURCE_WARNING "ResourceWarning" "_PyExc_ResourceWarning" WARNING, 72 "Base class for warnings about resource usage.";
    runtime_warning RUNTIME_WARNING "RuntimeWarning" "_PyExc_RuntimeWarning" WARNING, 72 "Base class for warnings about dubious runtime behavior.";
    syntax_warning SYNTAX_WARNING "SyntaxWarning" "_PyExc_SyntaxWarning" WARNING, 72 "Base class for warnings about dubious syntax.";
    unicode_warning UNICODE_WARNING "UnicodeWarning" "_PyExc_UnicodeWarning" WARNING, 72 "Base class for warnings about Unicode related problems, mostly";
    user_warning USER_WARNING "UserWarning" "_PyExc_UserWarning" WARNING, 72 "Base class for warnings generated by user code.";
    generator_exit GENERATOR_EXIT "GeneratorExit" "_PyExc_GeneratorExit" BASE_EXCEPTION, 72 "Request that a generator exit.";
    keyboard_interrupt KEYBOARD_INTERRUPT "KeyboardInterrupt" "_PyExc_KeyboardInterrupt" BASE_EXCEPTION, 72 "Program interrupted by user.";
}

classes! {
    interpreter_error INTERPRETER_ERROR "concurrent.interpreters.InterpreterError" "_PyExc_InterpreterError" EXCEPTION, 72 "A cross-interpreter operation failed";
    interpreter_not_found_error INTERPRETER_NOT_FOUND_ERROR "concurrent.interpreters.InterpreterNotFoundError" "_PyExc_InterpreterNotFoundError" INTERPRETER_ERROR, 72 "An interpreter was not found";
}

/// Classes that are no builtins.
pub fn other_types() -> Vec<&'static Type> {
    vec![interpreter_error(), interpreter_not_found_error()]
}

/// All exception classes of the builtins, bases first.
pub fn all_types() -> Vec<&'static Type> {
    super::group::set_bases();
    vec![
        base_exception(),
        base_exception_group(),
        exception(),
        arithmetic_error(),
        floating_point_error(),
        overflow_error(),
        zero_division_error(),
        assertion_error(),
        attribute_error(),
        buffer_error(),
        eof_error(),
        exception_group(),
        import_error(),
        module_not_found_error(),
        lookup_error(),
        index_error(),
        key_error(),
        memory_error(),
        name_error(),
        unbound_local_error(),
        os_error(),
        blocking_io_error(),
        child_process_error(),
        connection_error(),
        broken_pipe_error(),
        connection_aborted_error(),
        connection_refused_error(),
        connection_reset_error(),
        file_exists_error(),
        file_not_found_error(),
        interrupted_error(),
        is_a_directory_error(),
        not_a_directory_error(),
        permission_error(),
        process_lookup_error(),
        timeout_error(),
        reference_error(),
        runtime_error(),
        not_implemented_error(),
        python_finalization_error(),
        recursion_error(),
        stop_async_iteration(),
        stop_iteration(),
        syntax_error(),
        indentation_error(),
        tab_error(),
        incomplete_input_error(),
        system_error(),
        type_error(),
        value_error(),
        unicode_error(),
        unicode_decode_error(),
        unicode_encode_error_type(),
        unicode_translate_error(),
        warning(),
        bytes_warning(),
        deprecation_warning(),
        encoding_warning(),
        future_warning(),
        import_warning(),
        pending_deprecation_warning(),
        resource_warning(),
        runtime_warning(),
        syntax_warning(),
        unicode_warning(),
        user_warning(),
        generator_exit(),
        keyboard_interrupt(),
        system_exit(),
    ]
}
