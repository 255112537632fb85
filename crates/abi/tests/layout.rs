//! Every struct's size and every field's offset against CPython 3.14's, as its compiler laid them
//! out (`layout.tsv`: struct, field, offset; without a field, the size).

use std::collections::HashMap;
use std::mem::{offset_of, size_of};

use pyrox_abi::*;

macro_rules! check {
    ($figures:ident, $name:ident: $($field:ident),* $(,)?) => {
        assert_eq!($figures[&(stringify!($name), "")], size_of::<$name>(), stringify!($name));
        $(assert_eq!(
            $figures[&(stringify!($name), stringify!($field).trim_start_matches("r#"))],
            offset_of!($name, $field),
            concat!(stringify!($name), ".", stringify!($field))
        );)*
    };
}

#[test]
fn structs_have_cpythons_layout() {
    let figures: HashMap<(&str, &str), usize> = include_str!("layout.tsv")
        .lines()
        .map(|line| {
            let mut parts = line.split('\t');
            let (name, field) = (parts.next().unwrap(), parts.next().unwrap());
            ((name, field), parts.next().unwrap().parse().unwrap())
        })
        .collect();
    check!(figures, PyObject: ob_refcnt_full, ob_type);
    check!(figures, PyVarObject: ob_base, ob_size);
    check!(figures, PyTypeObject: ob_base, tp_name, tp_basicsize, tp_itemsize, tp_dealloc, tp_vectorcall_offset, tp_getattr, tp_setattr, tp_as_async, tp_repr, tp_as_number, tp_as_sequence, tp_as_mapping, tp_hash, tp_call, tp_str, tp_getattro, tp_setattro, tp_as_buffer, tp_flags, tp_doc, tp_traverse, tp_clear, tp_richcompare, tp_weaklistoffset, tp_iter, tp_iternext, tp_methods, tp_members, tp_getset, tp_base, tp_dict, tp_descr_get, tp_descr_set, tp_dictoffset, tp_init, tp_alloc, tp_new, tp_free, tp_is_gc, tp_bases, tp_mro, tp_cache, tp_subclasses, tp_weaklist, tp_del, tp_version_tag, tp_finalize, tp_vectorcall, tp_watched, tp_versions_used);
    check!(figures, PyHeapTypeObject: ht_type, as_async, as_number, as_mapping, as_sequence, as_buffer, ht_name, ht_slots, ht_qualname, ht_cached_keys, ht_module, _ht_tpname, ht_token, _spec_cache);
    check!(figures, PyNumberMethods: nb_add, nb_subtract, nb_multiply, nb_remainder, nb_divmod, nb_power, nb_negative, nb_positive, nb_absolute, nb_bool, nb_invert, nb_lshift, nb_rshift, nb_and, nb_xor, nb_or, nb_int, nb_reserved, nb_float, nb_inplace_add, nb_inplace_subtract, nb_inplace_multiply, nb_inplace_remainder, nb_inplace_power, nb_inplace_lshift, nb_inplace_rshift, nb_inplace_and, nb_inplace_xor, nb_inplace_or, nb_floor_divide, nb_true_divide, nb_inplace_floor_divide, nb_inplace_true_divide, nb_index, nb_matrix_multiply, nb_inplace_matrix_multiply);
    check!(figures, PySequenceMethods: sq_length, sq_concat, sq_repeat, sq_item, was_sq_slice, sq_ass_item, was_sq_ass_slice, sq_contains, sq_inplace_concat, sq_inplace_repeat);
    check!(figures, PyMappingMethods: mp_length, mp_subscript, mp_ass_subscript);
    check!(figures, PyAsyncMethods: am_await, am_aiter, am_anext, am_send);
    check!(figures, PyBufferProcs: bf_getbuffer, bf_releasebuffer);
    check!(figures, PyLongObject: ob_base, long_value);
    check!(figures, _PyLongValue: lv_tag, ob_digit);
    check!(figures, PyFloatObject: ob_base, ob_fval);
    check!(figures, PyComplexObject: ob_base, cval);
    check!(figures, Py_complex: real, imag);
    check!(figures, PyBytesObject: ob_base, ob_shash, ob_sval);
    check!(figures, PyByteArrayObject: ob_base, ob_alloc, ob_bytes, ob_start, ob_exports);
    check!(figures, PyASCIIObject: ob_base, length, hash, state);
    check!(figures, PyCompactUnicodeObject: _base, utf8_length, utf8);
    check!(figures, PyUnicodeObject: _base, data);
    check!(figures, PyTupleObject: ob_base, ob_hash, ob_item);
    check!(figures, PyListObject: ob_base, ob_item, allocated);
    check!(figures, PyDictObject: ob_base, ma_used, _ma_watcher_tag, ma_keys, ma_values);
    check!(figures, PySetObject: ob_base, fill, used, mask, table, hash, finger, smalltable, weakreflist);
    check!(figures, setentry: key, hash);
    check!(figures, PySliceObject: ob_base, start, stop, step);
    check!(figures, PyCFunctionObject: ob_base, m_ml, m_self, m_module, m_weakreflist, vectorcall);
    check!(figures, PyCMethodObject: func, mm_class);
    check!(figures, PyMethodObject: ob_base, im_func, im_self, im_weakreflist, vectorcall);
    check!(figures, PyInstanceMethodObject: ob_base, func);
    check!(figures, PyFunctionObject: ob_base, func_globals, func_builtins, func_name, func_qualname, func_code, func_defaults, func_kwdefaults, func_closure, func_doc, func_dict, func_weakreflist, func_module, func_annotations, func_annotate, func_typeparams, vectorcall, func_version);
    check!(figures, PyCodeObject: ob_base, co_consts, co_names, co_exceptiontable, co_flags, co_argcount, co_posonlyargcount, co_kwonlyargcount, co_stacksize, co_firstlineno, co_nlocalsplus, co_framesize, co_nlocals, co_ncellvars, co_nfreevars, co_version, co_localsplusnames, co_localspluskinds, co_filename, co_name, co_qualname, co_linetable, co_weakreflist, co_executors, _co_cached, _co_instrumentation_version, _co_monitoring, _co_unique_id, _co_firsttraceable, co_extra, co_code_adaptive);
    check!(figures, _PyCoCached: _co_code, _co_varnames, _co_cellvars, _co_freevars);
    check!(figures, PyCellObject: ob_base, ob_ref);
    check!(figures, PyBaseExceptionObject: ob_base, dict, args, notes, traceback, context, cause, suppress_context);
    check!(figures, PyBaseExceptionGroupObject: ob_base, dict, args, notes, traceback, context, cause, suppress_context, msg, excs, excs_str);
    check!(figures, PySyntaxErrorObject: ob_base, dict, args, notes, traceback, context, cause, suppress_context, msg, filename, lineno, offset, end_lineno, end_offset, text, print_file_and_line, metadata);
    check!(figures, PyImportErrorObject: ob_base, dict, args, notes, traceback, context, cause, suppress_context, msg, name, path, name_from);
    check!(figures, PyUnicodeErrorObject: ob_base, dict, args, notes, traceback, context, cause, suppress_context, encoding, object, start, end, reason);
    check!(figures, PySystemExitObject: ob_base, dict, args, notes, traceback, context, cause, suppress_context, code);
    check!(figures, PyOSErrorObject: ob_base, dict, args, notes, traceback, context, cause, suppress_context, myerrno, strerror, filename, filename2, written);
    check!(figures, PyStopIterationObject: ob_base, dict, args, notes, traceback, context, cause, suppress_context, value);
    check!(figures, PyNameErrorObject: ob_base, dict, args, notes, traceback, context, cause, suppress_context, name);
    check!(figures, PyAttributeErrorObject: ob_base, dict, args, notes, traceback, context, cause, suppress_context, obj, name);
    check!(figures, PyEnvironmentErrorObject: ob_base, dict, args, notes, traceback, context, cause, suppress_context, myerrno, strerror, filename, filename2, written);
    check!(figures, PyMemoryViewObject: ob_base, mbuf, hash, flags, exports, view, weakreflist, ob_array);
    check!(figures, _PyManagedBufferObject: ob_base, flags, exports, master);
    check!(figures, Py_buffer: buf, obj, len, itemsize, readonly, ndim, format, shape, strides, suboffsets, internal);
    check!(figures, PyModuleDef_Base: ob_base, m_init, m_index, m_copy);
    check!(figures, PyModuleDef: m_base, m_name, m_doc, m_size, m_methods, m_slots, m_traverse, m_clear, m_free);
    check!(figures, PyModuleDef_Slot: slot, value);
    check!(figures, PyMethodDef: ml_name, ml_meth, ml_flags, ml_doc);
    check!(figures, PyMemberDef: name, r#type, offset, flags, doc);
    check!(figures, PyGetSetDef: name, get, set, doc, closure);
    check!(figures, PyType_Spec: name, basicsize, itemsize, flags, slots);
    check!(figures, PyType_Slot: slot, pfunc);
    check!(figures, PyDescrObject: ob_base, d_type, d_name, d_qualname);
    check!(figures, PyMethodDescrObject: d_common, d_method, vectorcall);
    check!(figures, PyMemberDescrObject: d_common, d_member);
    check!(figures, PyGetSetDescrObject: d_common, d_getset);
    check!(figures, PyWrapperDescrObject: d_common, d_base, d_wrapped);
    check!(figures, wrapperbase: name, offset, function, wrapper, doc, flags, name_strobj);
    check!(figures, PyWeakReference: ob_base, wr_object, wr_callback, hash, wr_prev, wr_next, vectorcall);
    check!(figures, PyTracebackObject: ob_base, tb_next, tb_frame, tb_lasti, tb_lineno);
    check!(figures, PyFrameLocalsProxyObject: ob_base, frame);
    check!(figures, PyStructSequence: ob_base, ob_hash, ob_item);
    check!(figures, PyStructSequence_Desc: name, doc, fields, n_in_sequence);
    check!(figures, PyStructSequence_Field: name, doc);
    check!(figures, PyThreadState: prev, next, interp, eval_breaker, holds_gil, _whence, state, py_recursion_remaining, py_recursion_limit, recursion_headroom, tracing, what_event, current_frame, c_profilefunc, c_tracefunc, c_profileobj, c_traceobj, current_exception, exc_info, dict, gilstate_counter, async_exc, thread_id, native_thread_id, delete_later, critical_section, coroutine_origin_tracking_depth, async_gen_firstiter, async_gen_finalizer, context, context_ver, id, datastack_chunk, datastack_top, datastack_limit, exc_state, current_executor, dict_global_version, threading_local_key, threading_local_sentinel, datastack_cached_chunk);
    check!(figures, _PyErr_StackItem: exc_value, previous_item);
    check!(figures, _PyStackChunk: previous, size, top, data);
    check!(figures, PyDateTime_Delta: ob_base, hashcode, days, seconds, microseconds);
    check!(figures, PyDateTime_TZInfo: ob_base);
    check!(figures, PyDateTime_Time: ob_base, hashcode, hastzinfo, data, fold, tzinfo);
    check!(figures, PyDateTime_Date: ob_base, hashcode, hastzinfo, data);
    check!(figures, PyDateTime_DateTime: ob_base, hashcode, hastzinfo, data, fold, tzinfo);
    check!(figures, _PyDateTime_BaseTZInfo: ob_base, hashcode, hastzinfo);
    check!(figures, _PyDateTime_BaseTime: ob_base, hashcode, hastzinfo, data);
    check!(figures, _PyDateTime_BaseDateTime: ob_base, hashcode, hastzinfo, data);
    check!(figures, _specialization_cache: getitem, getitem_version, init);
    check!(figures, PyGC_Head: _gc_next, _gc_prev);
    check!(figures, _PyInterpreterFrame: f_executable, previous, f_funcobj, f_globals, f_builtins, f_locals, frame_obj, instr_ptr, stackpointer, return_offset, owner, visited, localsplus);
    check!(figures, PyFrameObject: ob_base, f_back, f_frame, f_trace, f_lineno, f_trace_lines, f_trace_opcodes, f_extra_locals, f_locals_cache, f_overwritten_fast_locals, _f_frame_data);
    check!(figures, PyGenObject: ob_base, gi_weakreflist, gi_name, gi_qualname, gi_exc_state, gi_origin_or_finalizer, gi_hooks_inited, gi_closed, gi_running_async, gi_frame_state, gi_iframe);
    check!(figures, PyCoroObject: ob_base, cr_weakreflist, cr_name, cr_qualname, cr_exc_state, cr_origin_or_finalizer, cr_hooks_inited, cr_closed, cr_running_async, cr_frame_state, cr_iframe);
    check!(figures, PyAsyncGenObject: ob_base, ag_weakreflist, ag_name, ag_qualname, ag_exc_state, ag_origin_or_finalizer, ag_hooks_inited, ag_closed, ag_running_async, ag_frame_state, ag_iframe);
    check!(figures, PyModuleObject: ob_base, md_dict, md_def, md_state, md_weaklist, md_name);
    check!(figures, PyContext: ob_base, ctx_prev, ctx_vars, ctx_weakreflist, ctx_entered);
    check!(figures, PyContextVar: ob_base, var_name, var_default, var_cached, var_cached_tsid, var_cached_tsver, var_hash);
    check!(figures, PyContextToken: ob_base, tok_ctx, tok_var, tok_oldval, tok_used);
    check!(figures, PyLongLayout: bits_per_digit, digit_size, digits_order, digit_endianness);
    check!(figures, PyLongExport: value, negative, ndigits, digits, _reserved);
    check!(figures, PyFrameConstructor: fc_globals, fc_builtins, fc_name, fc_qualname, fc_code, fc_defaults, fc_kwdefaults, fc_closure);
    check!(figures, _PyExecutorArray: size, capacity, executors);
    check!(figures, PyCodeAddressRange: ar_start, ar_end, ar_line, opaque);
    check!(figures, PyInterpreterConfig: use_main_obmalloc, allow_fork, allow_exec, allow_threads, allow_daemon_threads, check_multi_interp_extensions, gil);
    check!(figures, PyWideStringList: length, items);
    check!(figures, PyConfig: _config_init, isolated, use_environment, dev_mode, install_signal_handlers, use_hash_seed, hash_seed, faulthandler, tracemalloc, perf_profiling, remote_debug, import_time, code_debug_ranges, show_ref_count, dump_refs, dump_refs_file, malloc_stats, filesystem_encoding, filesystem_errors, pycache_prefix, parse_argv, orig_argv, argv, xoptions, warnoptions, site_import, bytes_warning, warn_default_encoding, inspect, interactive, optimization_level, parser_debug, write_bytecode, verbose, quiet, user_site_directory, configure_c_stdio, buffered_stdio, stdio_encoding, stdio_errors, check_hash_pycs_mode, use_frozen_modules, safe_path, int_max_str_digits, thread_inherit_context, context_aware_warnings, cpu_count, pathconfig_warnings, program_name, pythonpath_env, home, platlibdir, module_search_paths_set, module_search_paths, stdlib_dir, executable, base_executable, prefix, base_prefix, exec_prefix, base_exec_prefix, skip_source_first_line, run_command, run_module, run_filename, sys_path_0, _install_importlib, _init_main, _is_python_build);
    check!(figures, PyPreConfig: _config_init, parse_argv, isolated, use_environment, configure_locale, coerce_c_locale, coerce_c_locale_warn, utf8_mode, dev_mode, allocator);
    check!(figures, PyStatus: _type, func, err_msg, exitcode);
    check!(figures, PyCompilerFlags: cf_flags, cf_feature_version);
    check!(figures, _inittab: name, initfunc);
    check!(figures, _frozen: name, code, size, is_package);
    check!(figures, PyDateTime_CAPI: DateType, DateTimeType, TimeType, DeltaType, TZInfoType, TimeZone_UTC, Date_FromDate, DateTime_FromDateAndTime, Time_FromTime, Delta_FromDelta, TimeZone_FromTimeZone, DateTime_FromTimestamp, Date_FromTimestamp, DateTime_FromDateAndTimeAndFold, Time_FromTimeAndFold);
    check!(figures, Py_tss_t: _is_initialized, _key);
    check!(figures, PyMutex: _bits);
    check!(figures, _PyOnceFlag: v);
    check!(figures, PyMonitoringState: active, opaque);
    check!(figures, _PyArg_Parser: format, keywords, fname, custom_msg, once, is_kwtuple_owned, pos, min, max, kwtuple, next);
    check!(figures, _Py_Identifier: string, index, mutex);
    check!(figures, _PyUnicodeWriter: buffer, data, kind, maxchar, size, pos, min_length, min_char, overallocate, readonly);
    check!(figures, PyMemAllocatorEx: ctx, malloc, calloc, realloc, free);
    check!(figures, PyObjectArenaAllocator: ctx, alloc, free);
    check!(figures, PyHash_FuncDef: hash, name, hash_bits, seed_bits);
    check!(figures, _PyRemoteDebuggerSupport: debugger_pending_call, debugger_script_path);
    every_struct_is_checked(&figures);
}

/// The recorded figures hold all of the headers' public structs; none may be left out above.
fn every_struct_is_checked(figures: &HashMap<(&str, &str), usize>) {
    // Bits of a word, another name of a struct.
    let parts = ["_PyUnicodeObject_state", "_line_offsets"];
    let source = include_str!("layout.rs");
    for (name, field) in figures.keys() {
        let named = source.contains(&format!("check!(figures, {name}:")) || parts.contains(name);
        assert!(named || !field.is_empty(), "{name} is not checked");
    }
}
