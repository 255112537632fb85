//! Doc strings of native items: `name(signature)\n--\n\ntext`.

/// Where the text after the signature begins, and the signature with its parentheses.
fn split<'a>(name: &str, doc: &'a str) -> Option<(&'a str, &'a str)> {
    let short = name.rsplit('.').next().unwrap_or(name);
    let rest = doc.strip_prefix(short)?;
    if !rest.starts_with('(') {
        return None;
    }
    let end = rest.find(")\n--\n\n")?;
    // A signature has no blank line inside.
    if rest[..end].contains("\n\n") {
        return None;
    }
    Some((&rest[..end + 1], &rest[end + 6..]))
}

/// `__doc__`.
pub fn doc_without_signature<'a>(name: &str, doc: &'a str) -> &'a str {
    split(name, doc).map_or(doc, |(_, text)| text)
}

/// `__text_signature__`.
pub fn text_signature<'a>(name: &str, doc: &'a str) -> Option<&'a str> {
    split(name, doc).map(|(signature, _)| signature)
}

/// `__doc__` of a slot wrapper.
pub fn slot_doc(name: &str) -> String {
    let inner = name.trim_matches('_');
    let binary = |op: &str| format!("Return self{op}value.");
    let reflected = |op: &str| format!("Return value{op}self.");
    match inner {
        "repr" => "Return repr(self).".into(),
        "str" => "Return str(self).".into(),
        "hash" => "Return hash(self).".into(),
        "call" => "Call self as a function.".into(),
        "len" => "Return len(self).".into(),
        "iter" => "Implement iter(self).".into(),
        "next" => "Implement next(self).".into(),
        "init" => "Initialize self.  See help(type(self)) for accurate signature.".into(),
        "getattribute" => "Return getattr(self, name).".into(),
        "setattr" => "Implement setattr(self, name, value).".into(),
        "delattr" => "Implement delattr(self, name).".into(),
        "getitem" => "Return self[key].".into(),
        "setitem" => "Set self[key] to value.".into(),
        "delitem" => "Delete self[key].".into(),
        "contains" => "Return bool(key in self).".into(),
        "eq" => binary("=="),
        "ne" => binary("!="),
        "lt" => binary("<"),
        "le" => binary("<="),
        "gt" => binary(">"),
        "ge" => binary(">="),
        "add" => binary("+"),
        "radd" => reflected("+"),
        "sub" => binary("-"),
        "rsub" => reflected("-"),
        "mul" => binary("*"),
        "rmul" => reflected("*"),
        "bool" => "True if self else False".into(),
        "int" => "int(self)".into(),
        "float" => "float(self)".into(),
        "get" => "Return an attribute of instance, which is of type owner.".into(),
        "set" => "Set an attribute of instance to value.".into(),
        "delete" => "Delete an attribute of instance.".into(),
        "await" => "Return an iterator to be used in await expression.".into(),
        "index" => "Return self converted to an integer, if self is suitable for use as an index into a list.".into(),
        other => format!("Implement {other}."),
    }
}
