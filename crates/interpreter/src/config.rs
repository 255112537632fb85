//! What the command line and the environment say about an interpreter.

/// The settings that an interpreter starts with; the fields of `sys.flags` by their names.
#[derive(Clone, Debug, Default)]
pub struct Config {
    /// `sys.executable`.
    pub executable: String,
    /// `sys.prefix`: where the standard library and packages would be installed.
    pub prefix: String,
    /// `sys._stdlib_dir`.
    pub stdlib_dir: String,
    /// `sys.orig_argv`.
    pub orig_argv: Vec<Vec<u8>>,
    /// `sys.argv`.
    pub argv: Vec<Vec<u8>>,
    /// Folders before the standard library on `sys.path` (from `PYTHONPATH`).
    pub path: Vec<Vec<u8>>,
    /// `-X`.
    pub xoptions: Vec<String>,
    /// `-W` and `PYTHONWARNINGS`, in order of increasing weight.
    pub warnoptions: Vec<String>,
    pub pycache_prefix: Option<String>,
    /// `--check-hash-based-pycs`, where it was given.
    pub check_hash_pycs: Option<String>,
    /// The streams' encoding errors and buffering.
    pub io_encoding: Option<(String, String)>,
    pub unbuffered: bool,
    /// `-x`: leave out the first line of the script.
    pub skip_first_line: bool,
    pub debug: i32,
    pub inspect: i32,
    pub interactive: i32,
    pub optimize: i32,
    pub dont_write_bytecode: bool,
    pub no_user_site: bool,
    pub no_site: bool,
    pub ignore_environment: bool,
    pub verbose: i32,
    pub bytes_warning: i32,
    pub quiet: bool,
    pub hash_randomization: bool,
    pub isolated: bool,
    pub dev_mode: bool,
    pub utf8_mode: bool,
    pub warn_default_encoding: bool,
    pub safe_path: bool,
    /// None: the default of 4300.
    pub int_max_str_digits: Option<usize>,
    /// `-X no_debug_ranges`: code objects know lines only.
    pub no_debug_ranges: bool,
}
