//! The attributes of `sys` that tell what the interpreter is and how it was started.

use pyrox_objects::namespace::Namespace;
use pyrox_objects::struct_sequence::{StructSequence, plain_field as field};
use pyrox_objects::{Dict, Float, Int, List, Module, Obj, Object, PyResult, Str, Thread, Tuple, bool_obj, none};

use crate::config::Config;
use crate::printer::Printer;

static VERSION_INFO: StructSequence = StructSequence::new(
    c"sys.version_info",
    c"sys.version_info\n\nVersion information as a named tuple.",
    &[field(c"major"), field(c"minor"), field(c"micro"), field(c"releaselevel"), field(c"serial")],
    5,
)
.sealed();

static FLAGS: StructSequence = StructSequence::new(
    c"sys.flags",
    c"sys.flags\n\nFlags provided through command line arguments or environment vars.",
    &[
        field(c"debug"),
        field(c"inspect"),
        field(c"interactive"),
        field(c"optimize"),
        field(c"dont_write_bytecode"),
        field(c"no_user_site"),
        field(c"no_site"),
        field(c"ignore_environment"),
        field(c"verbose"),
        field(c"bytes_warning"),
        field(c"quiet"),
        field(c"hash_randomization"),
        field(c"isolated"),
        field(c"dev_mode"),
        field(c"utf8_mode"),
        field(c"warn_default_encoding"),
        field(c"safe_path"),
        field(c"int_max_str_digits"),
        field(c"gil"),
        field(c"thread_inherit_context"),
        field(c"context_aware_warnings"),
    ],
    18,
)
.sealed();

static FLOAT_INFO: StructSequence = StructSequence::new(
    c"sys.float_info",
    c"sys.float_info\n\nA named tuple holding information about the float type.",
    &[
        field(c"max"),
        field(c"max_exp"),
        field(c"max_10_exp"),
        field(c"min"),
        field(c"min_exp"),
        field(c"min_10_exp"),
        field(c"dig"),
        field(c"mant_dig"),
        field(c"epsilon"),
        field(c"radix"),
        field(c"rounds"),
    ],
    11,
);

static INT_INFO: StructSequence = StructSequence::new(
    c"sys.int_info",
    c"sys.int_info\n\nA named tuple that holds information about Python's internal representation of integers.",
    &[field(c"bits_per_digit"), field(c"sizeof_digit"), field(c"default_max_str_digits"), field(c"str_digits_check_threshold")],
    4,
);

static HASH_INFO: StructSequence = StructSequence::new(
    c"sys.hash_info",
    c"hash_info\n\nA named tuple providing parameters used for computing hashes.",
    &[
        field(c"width"),
        field(c"modulus"),
        field(c"inf"),
        field(c"nan"),
        field(c"imag"),
        field(c"algorithm"),
        field(c"hash_bits"),
        field(c"seed_bits"),
        field(c"cutoff"),
    ],
    9,
);

static THREAD_INFO: StructSequence = StructSequence::new(
    c"sys.thread_info",
    c"sys.thread_info\n\nA named tuple holding information about the thread implementation.",
    &[field(c"name"), field(c"lock"), field(c"version")],
    3,
);

const HEX_VERSION: i64 = 0x030e_0af0;
const MULTIARCH: &str = if cfg!(target_arch = "aarch64") { "aarch64-linux-gnu" } else { "x86_64-linux-gnu" };

fn int(value: i64) -> Obj {
    Int::from(value).upcast()
}

fn text(thread: &Thread, value: &str) -> PyResult<Obj> {
    Ok(Str::from_str(thread, value)?.upcast())
}

/// Text of the system: UTF-8 with surrogates for other bytes.
fn system_text(thread: &Thread, bytes: &[u8]) -> PyResult<Obj> {
    use pyrox_objects::codecs::{Policy, decode_utf8};
    Ok(decode_utf8(thread, bytes, &Policy::SurrogateEscape, true)?.0.upcast())
}

fn list(thread: &Thread, items: impl Iterator<Item = PyResult<Obj>>) -> PyResult<Obj> {
    Ok(List::from_vec(thread, items.collect::<PyResult<Vec<Obj>>>()?)?.upcast())
}

fn version_info(thread: &Thread) -> PyResult<Obj> {
    VERSION_INFO.make(thread, [int(3), int(14), int(10), text(thread, "final")?, int(0)])
}

/// What does not depend on how the interpreter was started.
pub(super) fn exec(thread: &Thread, module: &Module) -> PyResult<()> {
    let version = concat!("3.14.10 (Pyrox ", env!("CARGO_PKG_VERSION"), ") [Rust]");
    module.add_str(thread, "version", version)?;
    module.add_str(
        thread,
        "copyright",
        "Copyright (c) 2001 Python Software Foundation.\nAll Rights Reserved.\n\nCopyright (c) the Pyrox authors.\nAll Rights Reserved.",
    )?;
    module.add(thread, "_jit", &*super::jit::MODULE.create(thread)?)?;
    let monitoring = super::monitoring::make(thread)?;
    crate::modules(thread)?.set_text(thread, "sys.monitoring", &monitoring)?;
    module.add(thread, "monitoring", &monitoring)?;
    module.add_int(thread, "hexversion", HEX_VERSION)?;
    module.add_int(thread, "api_version", 1013)?;
    module.add_int(thread, "maxsize", i64::MAX)?;
    module.add_int(thread, "maxunicode", 0x10ffff)?;
    module.add_str(thread, "byteorder", if cfg!(target_endian = "little") { "little" } else { "big" })?;
    module.add_str(thread, "platform", if cfg!(target_os = "macos") { "darwin" } else { "linux" })?;
    module.add_str(thread, "float_repr_style", "short")?;
    module.add_str(thread, "abiflags", "")?;
    module.add_str(thread, "platlibdir", "lib")?;
    module.add_str(thread, "_framework", "")?;
    module.add(thread, "_home", pyrox_objects::none_ref())?;
    let git = [text(thread, "CPython")?, text(thread, "")?, text(thread, "")?];
    module.add(thread, "_git", &*Tuple::from_vec(thread, git.to_vec())?)?;
    module.add(thread, "modules", &*crate::modules(thread)?)?;
    module.add(thread, "builtin_module_names", &*crate::import::native_names(thread)?)?;
    let names: PyResult<Vec<Obj>> =
        super::names::STDLIB_MODULE_NAMES.iter().map(|name| Ok(Str::intern_str(thread, name)?.upcast())).collect();
    module.add(thread, "stdlib_module_names", &*pyrox_objects::Set::frozen(thread, &names?)?)?;
    module.add(thread, "version_info", &*version_info(thread)?)?;
    module.add(thread, "implementation", &*implementation(thread)?)?;
    let float = |value: f64| Float::new(value).upcast();
    let float_info = [
        float(f64::MAX),
        int(f64::MAX_EXP as i64),
        int(f64::MAX_10_EXP as i64),
        float(f64::MIN_POSITIVE),
        int(f64::MIN_EXP as i64),
        int(f64::MIN_10_EXP as i64),
        int(f64::DIGITS as i64),
        int(f64::MANTISSA_DIGITS as i64),
        float(f64::EPSILON),
        int(2),
        int(1),
    ];
    module.add(thread, "float_info", &*FLOAT_INFO.make(thread, float_info)?)?;
    module.add(thread, "int_info", &*INT_INFO.make(thread, [int(30), int(4), int(4300), int(640)])?)?;
    let hash_info =
        [int(64), int((1 << 61) - 1), int(314_159), int(0), int(1_000_003), text(thread, "siphash13")?, int(64), int(128), int(0)];
    module.add(thread, "hash_info", &*HASH_INFO.make(thread, hash_info)?)?;
    module.add(thread, "thread_info", &*THREAD_INFO.make(thread, [text(thread, "pthread")?, text(thread, "semaphore")?, none()])?)?;
    for (name, value) in [("meta_path", List::new(thread)?), ("path_hooks", List::new(thread)?), ("path", List::new(thread)?)] {
        module.add(thread, name, &value)?;
    }
    module.add(thread, "path_importer_cache", &*Dict::new(thread)?)?;
    for (hook, name) in [("__displayhook__", "displayhook"), ("__excepthook__", "excepthook"), ("__breakpointhook__", "breakpointhook")]
        .into_iter()
        .chain([("__unraisablehook__", "unraisablehook")])
    {
        if let Some(function) = module.get(thread, name)? {
            module.add(thread, hook, &function)?;
        }
    }
    pyrox_objects::type_object::ready(thread, <Printer as pyrox_objects::PyType>::ty())?;
    for (name, descriptor) in [("stdout", 1), ("stderr", 2)] {
        let stream = Printer::new(thread, descriptor)?;
        module.add(thread, name, &stream)?;
        module.add(thread, &format!("__{name}__"), &stream)?;
    }
    Ok(())
}

fn implementation(thread: &Thread) -> PyResult<Obj> {
    let about = Dict::new(thread)?;
    about.set_text(thread, "name", &*text(thread, "cpython")?)?;
    about.set_text(thread, "cache_tag", &*text(thread, "pyrox-314")?)?;
    about.set_text(thread, "version", &*version_info(thread)?)?;
    about.set_text(thread, "hexversion", &int(HEX_VERSION))?;
    about.set_text(thread, "_multiarch", &*text(thread, MULTIARCH)?)?;
    about.set_text(thread, "supports_isolated_interpreters", &bool_obj(false))?;
    about.set_text(thread, "pyrox", &*text(thread, env!("CARGO_PKG_VERSION"))?)?;
    Ok(Namespace::new(thread, Some(&about))?.upcast())
}

fn flags(thread: &Thread, config: &Config) -> PyResult<Obj> {
    let flag = |value: bool| int(value as i64);
    FLAGS.make(
        thread,
        [
            int(config.debug as i64),
            int(config.inspect as i64),
            int(config.interactive as i64),
            int(config.optimize as i64),
            flag(config.dont_write_bytecode),
            flag(config.no_user_site),
            flag(config.no_site),
            flag(config.ignore_environment),
            int(config.verbose as i64),
            int(config.bytes_warning as i64),
            flag(config.quiet),
            flag(config.hash_randomization),
            flag(config.isolated),
            bool_obj(config.dev_mode),
            flag(config.utf8_mode),
            flag(config.warn_default_encoding),
            bool_obj(config.safe_path),
            int(config.int_max_str_digits.unwrap_or(4300) as i64),
            int(1),
            int(0),
            int(0),
        ],
    )
}

/// What depends on how the interpreter was started.
///
/// # Errors
/// Memory may run out.
pub fn configure(thread: &Thread, sys: &Dict, config: &Config) -> PyResult<()> {
    let set = |name: &str, value: &Object| sys.set_text(thread, name, value);
    set("flags", &*flags(thread, config)?)?;
    set("executable", &*text(thread, &config.executable)?)?;
    set("_base_executable", &*text(thread, &config.executable)?)?;
    for name in ["prefix", "exec_prefix", "base_prefix", "base_exec_prefix"] {
        set(name, &*text(thread, &config.prefix)?)?;
    }
    set("_stdlib_dir", &*text(thread, &config.stdlib_dir)?)?;
    set("argv", &*list(thread, config.argv.iter().map(|a| system_text(thread, a)))?)?;
    set("orig_argv", &*list(thread, config.orig_argv.iter().map(|a| system_text(thread, a)))?)?;
    set("warnoptions", &*list(thread, config.warnoptions.iter().map(|w| text(thread, w)))?)?;
    let options = Dict::new(thread)?;
    for option in &config.xoptions {
        let (name, value) = match option.split_once('=') {
            Some((name, value)) => (name, text(thread, value)?),
            None => (option.as_str(), bool_obj(true)),
        };
        options.set_text(thread, name, &value)?;
    }
    set("_xoptions", &options)?;
    set("dont_write_bytecode", &bool_obj(config.dont_write_bytecode))?;
    set("pycache_prefix", &*config.pycache_prefix.as_ref().map_or(Ok(none()), |p| text(thread, p))?)?;
    let library = config.stdlib_dir.clone();
    let path = config.path.iter().map(|p| system_text(thread, p)).chain([
        text(thread, &format!("{}/lib/python314.zip", config.prefix)),
        text(thread, &library),
        text(thread, &format!("{library}/lib-dynload")),
    ]);
    set("path", &*list(thread, path)?)?;
    if let Some(digits) = config.int_max_str_digits {
        pyrox_objects::int::set_max_str_digits(digits);
        pyrox_compiler::literals::set_int_max_str_digits(digits);
    }
    Ok(())
}
