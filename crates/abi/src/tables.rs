//! Structs of CPython's headers that hold settings and tables: what extensions and embedding programs fill or read,
//! beside the layouts of objects in `structs.rs`.
#![allow(non_camel_case_types, non_snake_case)]

use std::ffi::{c_char, c_int, c_uchar, c_uint, c_ulong, c_void};

use crate::structs::{PyObject, PyTypeObject};

/// A wide character.
pub type wchar_t = i32;

#[repr(C)]
pub struct PyLongLayout {
    pub bits_per_digit: u8,
    pub digit_size: u8,
    pub digits_order: i8,
    pub digit_endianness: i8,
}

#[repr(C)]
pub struct PyLongExport {
    pub value: i64,
    pub negative: u8,
    pub ndigits: isize,
    pub digits: *const c_void,
    pub _reserved: usize,
}

#[repr(C)]
pub struct PyFrameConstructor {
    pub fc_globals: *mut PyObject,
    pub fc_builtins: *mut PyObject,
    pub fc_name: *mut PyObject,
    pub fc_qualname: *mut PyObject,
    pub fc_code: *mut PyObject,
    pub fc_defaults: *mut PyObject,
    pub fc_kwdefaults: *mut PyObject,
    pub fc_closure: *mut PyObject,
}

#[repr(C)]
pub struct _PyExecutorArray {
    pub size: c_int,
    pub capacity: c_int,
    pub executors: [*mut c_void; 1],
}

#[repr(C)]
pub struct _opaque {
    pub computed_line: c_int,
    pub lo_next: *const u8,
    pub limit: *const u8,
}

#[repr(C)]
pub struct PyCodeAddressRange {
    pub ar_start: c_int,
    pub ar_end: c_int,
    pub ar_line: c_int,
    pub opaque: _opaque,
}

#[repr(C)]
pub struct PyInterpreterConfig {
    pub use_main_obmalloc: c_int,
    pub allow_fork: c_int,
    pub allow_exec: c_int,
    pub allow_threads: c_int,
    pub allow_daemon_threads: c_int,
    pub check_multi_interp_extensions: c_int,
    pub gil: c_int,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct PyWideStringList {
    pub length: isize,
    pub items: *mut *mut wchar_t,
}

#[repr(C)]
pub struct PyConfig {
    pub _config_init: c_int,
    pub isolated: c_int,
    pub use_environment: c_int,
    pub dev_mode: c_int,
    pub install_signal_handlers: c_int,
    pub use_hash_seed: c_int,
    pub hash_seed: c_ulong,
    pub faulthandler: c_int,
    pub tracemalloc: c_int,
    pub perf_profiling: c_int,
    pub remote_debug: c_int,
    pub import_time: c_int,
    pub code_debug_ranges: c_int,
    pub show_ref_count: c_int,
    pub dump_refs: c_int,
    pub dump_refs_file: *mut wchar_t,
    pub malloc_stats: c_int,
    pub filesystem_encoding: *mut wchar_t,
    pub filesystem_errors: *mut wchar_t,
    pub pycache_prefix: *mut wchar_t,
    pub parse_argv: c_int,
    pub orig_argv: PyWideStringList,
    pub argv: PyWideStringList,
    pub xoptions: PyWideStringList,
    pub warnoptions: PyWideStringList,
    pub site_import: c_int,
    pub bytes_warning: c_int,
    pub warn_default_encoding: c_int,
    pub inspect: c_int,
    pub interactive: c_int,
    pub optimization_level: c_int,
    pub parser_debug: c_int,
    pub write_bytecode: c_int,
    pub verbose: c_int,
    pub quiet: c_int,
    pub user_site_directory: c_int,
    pub configure_c_stdio: c_int,
    pub buffered_stdio: c_int,
    pub stdio_encoding: *mut wchar_t,
    pub stdio_errors: *mut wchar_t,
    pub check_hash_pycs_mode: *mut wchar_t,
    pub use_frozen_modules: c_int,
    pub safe_path: c_int,
    pub int_max_str_digits: c_int,
    pub thread_inherit_context: c_int,
    pub context_aware_warnings: c_int,
    pub cpu_count: c_int,
    pub pathconfig_warnings: c_int,
    pub program_name: *mut wchar_t,
    pub pythonpath_env: *mut wchar_t,
    pub home: *mut wchar_t,
    pub platlibdir: *mut wchar_t,
    pub module_search_paths_set: c_int,
    pub module_search_paths: PyWideStringList,
    pub stdlib_dir: *mut wchar_t,
    pub executable: *mut wchar_t,
    pub base_executable: *mut wchar_t,
    pub prefix: *mut wchar_t,
    pub base_prefix: *mut wchar_t,
    pub exec_prefix: *mut wchar_t,
    pub base_exec_prefix: *mut wchar_t,
    pub skip_source_first_line: c_int,
    pub run_command: *mut wchar_t,
    pub run_module: *mut wchar_t,
    pub run_filename: *mut wchar_t,
    pub sys_path_0: *mut wchar_t,
    pub _install_importlib: c_int,
    pub _init_main: c_int,
    pub _is_python_build: c_int,
}

#[repr(C)]
pub struct PyPreConfig {
    pub _config_init: c_int,
    pub parse_argv: c_int,
    pub isolated: c_int,
    pub use_environment: c_int,
    pub configure_locale: c_int,
    pub coerce_c_locale: c_int,
    pub coerce_c_locale_warn: c_int,
    pub utf8_mode: c_int,
    pub dev_mode: c_int,
    pub allocator: c_int,
}

#[repr(C)]
pub struct PyStatus {
    pub _type: c_int,
    pub func: *const c_char,
    pub err_msg: *const c_char,
    pub exitcode: c_int,
}

#[repr(C)]
pub struct PyCompilerFlags {
    pub cf_flags: c_int,
    pub cf_feature_version: c_int,
}

#[repr(C)]
pub struct _inittab {
    pub name: *const c_char,
    pub initfunc: Option<unsafe extern "C-unwind" fn() -> *mut PyObject>,
}

#[repr(C)]
pub struct _frozen {
    pub name: *const c_char,
    pub code: *const c_uchar,
    pub size: c_int,
    pub is_package: c_int,
}

#[repr(C)]
pub struct PyDateTime_CAPI {
    pub DateType: *mut PyTypeObject,
    pub DateTimeType: *mut PyTypeObject,
    pub TimeType: *mut PyTypeObject,
    pub DeltaType: *mut PyTypeObject,
    pub TZInfoType: *mut PyTypeObject,
    pub TimeZone_UTC: *mut PyObject,
    pub Date_FromDate: Option<unsafe extern "C-unwind" fn(c_int, c_int, c_int, *mut PyTypeObject) -> *mut PyObject>,
    pub DateTime_FromDateAndTime: Option<
        unsafe extern "C-unwind" fn(c_int, c_int, c_int, c_int, c_int, c_int, c_int, *mut PyObject, *mut PyTypeObject) -> *mut PyObject,
    >,
    pub Time_FromTime: Option<unsafe extern "C-unwind" fn(c_int, c_int, c_int, c_int, *mut PyObject, *mut PyTypeObject) -> *mut PyObject>,
    pub Delta_FromDelta: Option<unsafe extern "C-unwind" fn(c_int, c_int, c_int, c_int, *mut PyTypeObject) -> *mut PyObject>,
    pub TimeZone_FromTimeZone: Option<unsafe extern "C-unwind" fn(*mut PyObject, *mut PyObject) -> *mut PyObject>,
    pub DateTime_FromTimestamp: Option<unsafe extern "C-unwind" fn(*mut PyObject, *mut PyObject, *mut PyObject) -> *mut PyObject>,
    pub Date_FromTimestamp: Option<unsafe extern "C-unwind" fn(*mut PyObject, *mut PyObject) -> *mut PyObject>,
    pub DateTime_FromDateAndTimeAndFold: Option<
        unsafe extern "C-unwind" fn(
            c_int,
            c_int,
            c_int,
            c_int,
            c_int,
            c_int,
            c_int,
            *mut PyObject,
            c_int,
            *mut PyTypeObject,
        ) -> *mut PyObject,
    >,
    pub Time_FromTimeAndFold:
        Option<unsafe extern "C-unwind" fn(c_int, c_int, c_int, c_int, *mut PyObject, c_int, *mut PyTypeObject) -> *mut PyObject>,
}

#[repr(C)]
pub struct Py_tss_t {
    pub _is_initialized: c_int,
    pub _key: c_uint,
}

#[repr(C)]
pub struct PyMutex {
    pub _bits: u8,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct _PyOnceFlag {
    pub v: u8,
}

#[repr(C)]
pub struct PyMonitoringState {
    pub active: u8,
    pub opaque: u8,
}

#[repr(C)]
pub struct _PyArg_Parser {
    pub format: *const c_char,
    pub keywords: *const *const c_char,
    pub fname: *const c_char,
    pub custom_msg: *const c_char,
    pub once: _PyOnceFlag,
    pub is_kwtuple_owned: c_int,
    pub pos: c_int,
    pub min: c_int,
    pub max: c_int,
    pub kwtuple: *mut PyObject,
    pub next: *mut _PyArg_Parser,
}

#[repr(C)]
pub struct _Py_Identifier {
    pub string: *const c_char,
    pub index: isize,
    pub mutex: u8,
}

#[repr(C)]
pub struct _PyUnicodeWriter {
    pub buffer: *mut PyObject,
    pub data: *mut c_void,
    pub kind: c_int,
    pub maxchar: u32,
    pub size: isize,
    pub pos: isize,
    pub min_length: isize,
    pub min_char: u32,
    pub overallocate: c_uchar,
    pub readonly: c_uchar,
}

#[repr(C)]
pub struct PyMemAllocatorEx {
    pub ctx: *mut c_void,
    pub malloc: Option<unsafe extern "C-unwind" fn(*mut c_void, usize) -> *mut c_void>,
    pub calloc: Option<unsafe extern "C-unwind" fn(*mut c_void, usize, usize) -> *mut c_void>,
    pub realloc: Option<unsafe extern "C-unwind" fn(*mut c_void, *mut c_void, usize) -> *mut c_void>,
    pub free: Option<unsafe extern "C-unwind" fn(*mut c_void, *mut c_void)>,
}

#[repr(C)]
pub struct PyObjectArenaAllocator {
    pub ctx: *mut c_void,
    pub alloc: Option<unsafe extern "C-unwind" fn(*mut c_void, usize) -> *mut c_void>,
    pub free: Option<unsafe extern "C-unwind" fn(*mut c_void, *mut c_void, usize)>,
}

#[repr(C)]
pub struct PyHash_FuncDef {
    pub hash: Option<unsafe extern "C-unwind" fn(*const c_void, isize) -> isize>,
    pub name: *const c_char,
    pub hash_bits: c_int,
    pub seed_bits: c_int,
}

#[repr(C)]
pub struct _PyRemoteDebuggerSupport {
    pub debugger_pending_call: i32,
    pub debugger_script_path: [c_char; 512],
}
