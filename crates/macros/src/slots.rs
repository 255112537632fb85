//! Each type slot: the table it lives in and its C signature.

/// The C signature of a slot function; `self` comes first in all of them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    Unary,
    Binary,
    Ternary,
    Inquiry,
    Length,
    SizeArgument,
    SizeObjectArgument,
    ObjectObject,
    ObjectObjectArgument,
    Hash,
    RichCompare,
    IterNext,
    SetAttr,
    DescrGet,
    Call,
    Init,
    New,
    Finalize,
    GetBuffer,
    ReleaseBuffer,
    /// Written by hand with the C signature: taken as it is.
    Raw,
}

/// The field group and kind of the slot called `name`; `None` if there is no such slot.
pub fn find(name: &str) -> Option<(&'static str, Kind)> {
    use Kind::*;
    Some(match name {
        "tp_repr" | "tp_str" | "tp_iter" => ("", Unary),
        "tp_hash" => ("", Hash),
        "tp_call" => ("", Call),
        "tp_getattro" => ("", Binary),
        "tp_setattro" => ("", SetAttr),
        "tp_richcompare" => ("", RichCompare),
        "tp_iternext" => ("", IterNext),
        "tp_descr_get" => ("", DescrGet),
        "tp_descr_set" => ("", SetAttr),
        "tp_init" => ("", Init),
        "tp_new" => ("", New),
        "tp_finalize" => ("", Finalize),
        "tp_dealloc" | "tp_traverse" | "tp_clear" | "tp_alloc" | "tp_free" | "tp_is_gc" | "tp_vectorcall" | "tp_getattr" | "tp_setattr"
        | "tp_del" => ("", Raw),
        "nb_power" | "nb_inplace_power" => ("number", Ternary),
        "nb_bool" => ("number", Inquiry),
        "nb_negative" | "nb_positive" | "nb_absolute" | "nb_invert" | "nb_int" | "nb_float" | "nb_index" => ("number", Unary),
        _ if name.starts_with("nb_") => ("number", Binary),
        "sq_length" => ("sequence", Length),
        "sq_concat" | "sq_inplace_concat" => ("sequence", Binary),
        "sq_repeat" | "sq_item" | "sq_inplace_repeat" => ("sequence", SizeArgument),
        "sq_ass_item" => ("sequence", SizeObjectArgument),
        "sq_contains" => ("sequence", ObjectObject),
        "mp_length" => ("mapping", Length),
        "mp_subscript" => ("mapping", Binary),
        "mp_ass_subscript" => ("mapping", ObjectObjectArgument),
        "am_await" | "am_aiter" | "am_anext" => ("async", Unary),
        "am_send" => ("async", Raw),
        "bf_getbuffer" => ("buffer", GetBuffer),
        "bf_releasebuffer" => ("buffer", ReleaseBuffer),
        _ => return None,
    })
}
