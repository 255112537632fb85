//! `#[pyclass]`: a static type object out of an `impl` block.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::parse::{Parse, ParseStream};
use syn::{Error, Expr, FnArg, Ident, ImplItem, ImplItemFn, ItemImpl, LitStr, Result, Token, bracketed};

use crate::function::{Options, Receiver, c_string, doc_text, entry, last_segment, method_definition};
use crate::slots::{self, Kind};

#[derive(Default)]
struct Arguments {
    name: String,
    module: Option<String>,
    symbol: Option<String>,
    expressions: Vec<(String, Expr)>,
    traverse: Option<Vec<Ident>>,
    gc: bool,
    drop: bool,
    new: Option<String>,
}

impl Parse for Arguments {
    fn parse(input: ParseStream) -> Result<Self> {
        let mut arguments = Arguments::default();
        while !input.is_empty() {
            let key: Ident = input.parse()?;
            let text = key.to_string();
            if text == "gc" {
                arguments.gc = true;
            } else {
                input.parse::<Token![=]>()?;
                match text.as_str() {
                    "name" => arguments.name = input.parse::<LitStr>()?.value(),
                    "module" => arguments.module = Some(input.parse::<LitStr>()?.value()),
                    "symbol" => arguments.symbol = Some(input.parse::<LitStr>()?.value()),
                    "traverse" => {
                        let list;
                        bracketed!(list in input);
                        arguments.traverse = Some(list.parse_terminated(Ident::parse, Token![,])?.into_iter().collect());
                        arguments.gc = true;
                    }
                    "dealloc" => {
                        input.parse::<Ident>()?;
                        arguments.drop = true;
                    }
                    "new" => arguments.new = Some(input.parse::<Ident>()?.to_string()),
                    "base" | "flags" | "basicsize" | "itemsize" | "dictoffset" | "weaklistoffset" | "vectorcalloffset" | "members" => {
                        arguments.expressions.push((text, input.parse()?));
                    }
                    _ => return Err(Error::new_spanned(key, "unknown argument of pyclass")),
                }
            }
            if !input.is_empty() {
                input.parse::<Token![,]>()?;
            }
        }
        Ok(arguments)
    }
}

impl Arguments {
    fn expression(&self, key: &str) -> Option<&Expr> {
        self.expressions.iter().find(|(k, _)| k == key).map(|(_, e)| e)
    }
}

/// Everything gathered from the block.
#[derive(Default)]
struct Parts {
    methods: Vec<TokenStream>,
    getters: Vec<(String, String, TokenStream)>,
    setters: Vec<(String, TokenStream)>,
    slots: Vec<(&'static str, String, TokenStream)>,
    new_text: Option<String>,
}

pub fn expand(arguments: TokenStream, item: TokenStream) -> Result<TokenStream> {
    let arguments: Arguments = syn::parse2(arguments)?;
    let mut block: ItemImpl = syn::parse2(item)?;
    let self_type = block.self_ty.clone();
    let self_tokens = quote!(#self_type);
    let mut parts = Parts::default();
    for item in &mut block.items {
        let ImplItem::Fn(function) = item else { continue };
        let known = ["method", "classmethod", "staticmethod", "new", "init", "getter", "setter", "slot"];
        let Some(at) = function.attrs.iter().position(|a| known.iter().any(|k| a.path().is_ident(k))) else { continue };
        let attribute = function.attrs.remove(at);
        let role = attribute.path().get_ident().map(Ident::to_string).unwrap_or_default();
        let options = Options::of(&attribute)?;
        add(&mut parts, &self_tokens, function, &role, &options)?;
    }
    let class = Class { arguments, self_tokens, doc: doc_text(&block.attrs), parts };
    let definition = class.definition();
    Ok(quote!(#block #definition))
}

fn add(parts: &mut Parts, self_type: &TokenStream, function: &ImplItemFn, role: &str, options: &Options) -> Result<()> {
    let ident = &function.sig.ident;
    let path = quote!(<#self_type>::#ident);
    let plain = ident.to_string().trim_start_matches("r#").to_string();
    let name = options.name.clone().unwrap_or(plain.clone());
    let doc = doc_text(&function.attrs);
    match role {
        "method" | "classmethod" | "staticmethod" => {
            let (receiver, flags) = match role {
                "method" => (Receiver::Instance, quote!()),
                "classmethod" => (Receiver::Class, quote!(| ::pyrox_objects::abi::METH_CLASS)),
                _ => (Receiver::Static, quote!(| ::pyrox_objects::abi::METH_STATIC)),
            };
            let entry = entry(&function.sig, path, Some(self_type), receiver, &name, options)?;
            parts.methods.push(method_definition(&entry, &name, &doc, flags));
        }
        "getter" => {
            let arguments = pass(function, &[], self_type)?;
            let code = quote!({
                unsafe extern "C-unwind" fn entry(
                    receiver: ::pyrox_objects::native::Raw, _closure: *mut ::std::ffi::c_void,
                ) -> ::pyrox_objects::native::Raw {
                    unsafe {
                        let thread = ::pyrox_objects::native::thread();
                        ::pyrox_objects::native::give(thread, ::pyrox_objects::native::wrap_result(#path(#(#arguments),*)))
                    }
                }
                Some(entry)
            });
            parts.getters.push((name, doc, code));
        }
        "setter" => {
            let name = options.name.clone().unwrap_or(plain.trim_start_matches("set_").to_string());
            let arguments = pass(function, &[quote!(::pyrox_objects::native::SlotArgument::from_raw(value))], self_type)?;
            let code = quote!({
                unsafe extern "C-unwind" fn entry(
                    receiver: ::pyrox_objects::native::Raw, value: ::pyrox_objects::native::Raw, _closure: *mut ::std::ffi::c_void,
                ) -> ::std::ffi::c_int {
                    unsafe {
                        let thread = ::pyrox_objects::native::thread();
                        ::pyrox_objects::native::status(#path(#(#arguments),*))
                    }
                }
                Some(entry)
            });
            parts.setters.push((name, code));
        }
        "new" | "init" => {
            let receiver = if role == "new" { Receiver::Class } else { Receiver::Instance };
            let entry = entry(&function.sig, path, Some(self_type), receiver, "", options)?;
            let (call, spec, count) = (&entry.call, &entry.spec, entry.signature.parameters.len());
            let (ret, slot) =
                if role == "new" { (quote!(::pyrox_objects::native::Raw), "tp_new") } else { (quote!(::std::ffi::c_int), "tp_init") };
            let finish = if role == "new" {
                quote!(::pyrox_objects::native::give(thread, result))
            } else {
                quote!(::pyrox_objects::native::status(result))
            };
            let fail = if role == "new" { quote!(::std::ptr::null_mut()) } else { quote!(-1) };
            let code = quote!({
                unsafe extern "C-unwind" fn entry(
                    receiver: ::pyrox_objects::native::Raw, args: ::pyrox_objects::native::Raw, kwargs: ::pyrox_objects::native::Raw,
                ) -> #ret {
                    static SPEC: ::pyrox_objects::native::Spec = ::pyrox_objects::native::Spec { name: CLASS_NAME, ..#spec };
                    unsafe {
                        let thread = ::pyrox_objects::native::thread();
                        let mut slots = [::std::ptr::null_mut(); #count];
                        let mut space = ::pyrox_objects::native::KeywordSpace::default();
                        let Ok((rest, keywords)) = ::pyrox_objects::native::parse_tuple(
                            thread, &SPEC, args, kwargs, &mut space, &mut slots) else {
                            return #fail;
                        };
                        let _ = (&rest, &keywords);
                        let result = (|| { #call })();
                        #finish
                    }
                }
                ::std::mem::transmute::<*const (), _>(entry as *const ())
            });
            let text = options.text.clone().unwrap_or_else(|| match &options.signature {
                Some((text, _)) => text.clone(),
                None => "()".to_string(),
            });
            if role == "new" || parts.new_text.is_none() {
                parts.new_text = Some(text);
            }
            parts.slots.push(("", slot.to_string(), code));
            if role == "new" && parts.new_text.is_some() {
                let vector = quote!({
                    unsafe extern "C-unwind" fn entry(
                        receiver: ::pyrox_objects::native::Raw, arguments: *const ::pyrox_objects::native::Raw, nargsf: usize,
                        kwnames: ::pyrox_objects::native::Raw,
                    ) -> ::pyrox_objects::native::Raw {
                        static SPEC: ::pyrox_objects::native::Spec = ::pyrox_objects::native::Spec { name: CLASS_NAME, ..#spec };
                        unsafe {
                            let thread = ::pyrox_objects::native::thread();
                            let mut slots = [::std::ptr::null_mut(); #count];
                            let nargs = nargsf & !(1 << 63);
                            let Ok((rest, keywords)) = ::pyrox_objects::native::parse(
                                thread, &SPEC, arguments, nargs, kwnames, &mut slots) else {
                                return ::std::ptr::null_mut();
                            };
                            let _ = (&rest, &keywords);
                            let result = (|| { #call })();
                            ::pyrox_objects::native::give(thread, result)
                        }
                    }
                    Some(entry)
                });
                parts.slots.push(("", "vector_new".to_string(), vector));
            }
        }
        "slot" => {
            let (group, kind) = slots::find(&plain).ok_or_else(|| Error::new_spanned(ident, "no type slot has this name"))?;
            let code = slot_entry(function, path, self_type, kind)?;
            parts.slots.push((group, plain, code));
        }
        _ => {}
    }
    Ok(())
}

/// The Rust arguments: the receiver, the thread wherever it is asked for, and `values` in order.
fn pass(function: &ImplItemFn, values: &[TokenStream], self_type: &TokenStream) -> Result<Vec<TokenStream>> {
    let mut values = values.iter();
    let mut out = Vec::new();
    for (at, input) in function.sig.inputs.iter().enumerate() {
        out.push(match input {
            FnArg::Receiver(_) => quote!(::pyrox_objects::native::cast::<#self_type>(receiver)),
            FnArg::Typed(typed) if last_segment(&typed.ty).as_deref() == Some("Thread") => quote!(thread),
            FnArg::Typed(typed) if at == 0 => {
                let _ = typed;
                quote!(::pyrox_objects::native::SlotArgument::from_raw(receiver))
            }
            FnArg::Typed(typed) => match values.next() {
                Some(value) => value.clone(),
                None => return Err(Error::new_spanned(typed, "the slot passes no such argument")),
            },
        });
    }
    Ok(out)
}

fn slot_entry(function: &ImplItemFn, path: TokenStream, self_type: &TokenStream, kind: Kind) -> Result<TokenStream> {
    // A function with the C signature is taken as it is.
    if kind == Kind::Raw || function.sig.abi.is_some() {
        return Ok(quote!(Some(#path)));
    }
    let raw = quote!(::pyrox_objects::native::Raw);
    let int = quote!(::std::ffi::c_int);
    let object = |name: &str| {
        let ident = format_ident!("{name}");
        quote!(::pyrox_objects::native::SlotArgument::from_raw(#ident))
    };
    let (parameters, values, output, finish): (TokenStream, Vec<TokenStream>, TokenStream, &str) = match kind {
        Kind::Unary => (quote!(), vec![], raw.clone(), "give"),
        Kind::IterNext => (quote!(), vec![], raw.clone(), "give_next"),
        Kind::Binary => (quote!(, a: #raw), vec![object("a")], raw.clone(), "give"),
        Kind::Ternary => (quote!(, a: #raw, b: #raw), vec![object("a"), object("b")], raw.clone(), "give"),
        Kind::Call => (quote!(, a: #raw, b: #raw), vec![object("a"), object("b")], raw.clone(), "give"),
        Kind::DescrGet => (quote!(, a: #raw, b: #raw), vec![object("a"), object("b")], raw.clone(), "give"),
        Kind::New => (quote!(, a: #raw, b: #raw), vec![object("a"), object("b")], raw.clone(), "give"),
        Kind::Init => (quote!(, a: #raw, b: #raw), vec![object("a"), object("b")], int.clone(), "status"),
        Kind::Inquiry => (quote!(), vec![], int.clone(), "truth"),
        Kind::Length => (quote!(), vec![], quote!(isize), "size"),
        Kind::Hash => (quote!(), vec![], quote!(isize), "hash"),
        Kind::SizeArgument => (quote!(, a: isize), vec![quote!(a)], raw.clone(), "give"),
        Kind::SizeObjectArgument => (quote!(, a: isize, b: #raw), vec![quote!(a), object("b")], int.clone(), "status"),
        Kind::ObjectObject => (quote!(, a: #raw), vec![object("a")], int.clone(), "truth"),
        Kind::ObjectObjectArgument | Kind::SetAttr => (quote!(, a: #raw, b: #raw), vec![object("a"), object("b")], int.clone(), "status"),
        Kind::RichCompare => {
            (quote!(, a: #raw, b: #int), vec![object("a"), quote!(::pyrox_objects::CompareOp::from_raw(b))], raw.clone(), "give")
        }
        Kind::Finalize => (quote!(), vec![], quote!(()), "ignore"),
        Kind::GetBuffer => {
            (quote!(, a: *mut ::pyrox_objects::abi::Py_buffer, b: #int), vec![quote!(&mut *a), quote!(b)], int.clone(), "buffer_status")
        }
        Kind::ReleaseBuffer => (quote!(, a: *mut ::pyrox_objects::abi::Py_buffer), vec![quote!(&mut *a)], quote!(()), "ignore"),
        Kind::Raw => (quote!(), vec![], quote!(()), "ignore"),
    };
    let arguments = pass(function, &values, self_type)?;
    let call = quote!(#path(#(#arguments),*));
    let body = match finish {
        "give" => quote!(::pyrox_objects::native::give(thread, ::pyrox_objects::native::wrap_result(#call))),
        "give_next" => quote!(::pyrox_objects::native::give_next(#call)),
        "status" => quote!(::pyrox_objects::native::status(#call)),
        "truth" => quote!(::pyrox_objects::native::truth(#call)),
        "size" => quote!(::pyrox_objects::native::size(thread, #call)),
        "hash" => quote!(::pyrox_objects::native::hash_result(#call)),
        "buffer_status" => quote!({
            (*a).obj = ::std::ptr::null_mut();
            ::pyrox_objects::native::status(#call)
        }),
        _ => quote!({ #call; }),
    };
    let receiver = if kind == Kind::New { quote!(*mut ::pyrox_objects::abi::PyTypeObject) } else { raw };
    Ok(quote!({
        unsafe extern "C-unwind" fn entry(receiver: #receiver #parameters) -> #output {
            unsafe {
                let receiver = receiver as ::pyrox_objects::native::Raw;
                let thread = ::pyrox_objects::native::thread();
                let _ = thread;
                #body
            }
        }
        Some(entry)
    }))
}

struct Class {
    arguments: Arguments,
    self_tokens: TokenStream,
    doc: String,
    parts: Parts,
}

impl Class {
    fn table(&self, group: &str, table: &str) -> TokenStream {
        let fields: Vec<_> = self
            .parts
            .slots
            .iter()
            .filter(|(g, _, _)| *g == group)
            .map(|(_, name, code)| {
                let field = format_ident!("{name}");
                quote!(#field: #code)
            })
            .collect();
        if fields.is_empty() {
            return quote!(::std::ptr::null());
        }
        let table = format_ident!("{table}");
        quote!({
            static TABLE: ::pyrox_objects::abi::Static<::pyrox_objects::abi::#table> = ::pyrox_objects::abi::Static::new(
                ::pyrox_objects::abi::#table { #(#fields,)* ..::pyrox_objects::native::#table });
            TABLE.get()
        })
    }

    fn definition(&self) -> TokenStream {
        let Class { arguments, self_tokens, doc, parts } = self;
        let full_name = match &arguments.module {
            Some(module) => format!("{module}.{}", arguments.name),
            None => arguments.name.clone(),
        };
        let short_name = &arguments.name;
        let c_name = c_string(&full_name);
        let doc = match (&parts.new_text, doc.is_empty()) {
            (Some(text), _) if !text.is_empty() => c_string(&format!("{short_name}{text}\n--\n\n{doc}")),
            (_, true) => quote!(::std::ptr::null()),
            _ => c_string(doc),
        };
        let export = arguments.symbol.as_ref().map(|symbol| quote!(#[unsafe(export_name = #symbol)]));
        let value = |key: &str, default: TokenStream| match arguments.expression(key) {
            Some(expression) => quote!(#expression),
            None => default,
        };
        let base = value("base", quote!(::std::ptr::null_mut()));
        let extra_flags = value("flags", quote!(0));
        let basicsize = value("basicsize", quote!(::std::mem::size_of::<#self_tokens>() as isize));
        let itemsize = value("itemsize", quote!(0));
        let dictoffset = value("dictoffset", quote!(0));
        let weaklistoffset = value("weaklistoffset", quote!(0));
        let vectorcalloffset = value("vectorcalloffset", quote!(0));
        let members = match arguments.expression("members") {
            Some(expression) => quote!({
                static MEMBERS: ::pyrox_objects::native::Table<::pyrox_objects::abi::PyMemberDef> = ::pyrox_objects::native::Table(#expression);
                ::pyrox_objects::native::table(&MEMBERS)
            }),
            None => quote!(::std::ptr::null()),
        };
        let gc_flag = if arguments.gc { quote!(| ::pyrox_objects::abi::Py_TPFLAGS_HAVE_GC) } else { quote!() };
        let methods = if parts.methods.is_empty() {
            quote!(::std::ptr::null())
        } else {
            let methods = &parts.methods;
            quote!({
                static METHODS: ::pyrox_objects::native::Table<::pyrox_objects::abi::PyMethodDef> = ::pyrox_objects::native::Table(&[#(#methods,)* ::pyrox_objects::native::NO_METHOD]);
                ::pyrox_objects::native::table(&METHODS)
            })
        };
        let mut properties = Vec::new();
        for (name, doc, get) in &parts.getters {
            let set = parts.setters.iter().find(|(n, _)| n == name).map(|(_, code)| code.clone()).unwrap_or(quote!(None));
            let c_name = c_string(name);
            let c_doc = if doc.is_empty() { quote!(::std::ptr::null()) } else { c_string(doc) };
            properties.push(quote!(::pyrox_objects::abi::PyGetSetDef {
                name: #c_name, get: #get, set: #set, doc: #c_doc, closure: ::std::ptr::null_mut() }));
        }
        let getset = if properties.is_empty() {
            quote!(::std::ptr::null())
        } else {
            quote!({
                static PROPERTIES: ::pyrox_objects::native::Table<::pyrox_objects::abi::PyGetSetDef> = ::pyrox_objects::native::Table(&[#(#properties,)* ::pyrox_objects::native::NO_PROPERTY]);
                ::pyrox_objects::native::table(&PROPERTIES)
            })
        };
        let own: Vec<_> = parts
            .slots
            .iter()
            .filter(|(group, name, _)| group.is_empty() && name != "vector_new")
            .map(|(_, name, code)| {
                let field = format_ident!("{name}");
                quote!(#field: ::std::cell::Cell::new(#[allow(unused_unsafe)] unsafe { #code }))
            })
            .collect();
        let has = |name: &str| parts.slots.iter().any(|(_, n, _)| n == name);
        let mut automatic = Vec::new();
        // A class whose `__new__` does all the work can be called without a tuple.
        if let Some((_, _, code)) = parts.slots.iter().find(|(_, n, _)| n == "vector_new") {
            if !has("tp_init") && !has("tp_vectorcall") {
                automatic.push(quote!(tp_vectorcall: ::std::cell::Cell::new(#code)));
            }
        }
        if let Some("generic") = arguments.new.as_deref() {
            automatic.push(quote!(tp_new: ::std::cell::Cell::new(Some(::pyrox_objects::native::generic_new))))
        }
        let no_new = if !has("tp_new") && arguments.new.as_deref() != Some("generic") && arguments.new.as_deref() != Some("inherit") {
            quote!(| ::pyrox_objects::abi::Py_TPFLAGS_DISALLOW_INSTANTIATION)
        } else {
            quote!()
        };
        if let Some(fields) = &arguments.traverse {
            if !has("tp_traverse") {
                automatic.push(quote!(tp_traverse: ::std::cell::Cell::new({
                    unsafe extern "C-unwind" fn entry(
                        receiver: ::pyrox_objects::native::Raw, visit: ::pyrox_objects::abi::visitproc, data: *mut ::std::ffi::c_void,
                    ) -> ::std::ffi::c_int {
                        unsafe {
                            let this = ::pyrox_objects::native::cast::<#self_tokens>(receiver);
                            ::pyrox_objects::native::visit_type(receiver, visit, data);
                            #(
                                let status = ::pyrox_objects::native::Traverse::traverse(&this.#fields, visit, data);
                                if status != 0 { return status; }
                            )*
                        }
                        0
                    }
                    Some(entry)
                })));
            }
            if !has("tp_clear") {
                automatic.push(quote!(tp_clear: ::std::cell::Cell::new({
                    unsafe extern "C-unwind" fn entry(receiver: ::pyrox_objects::native::Raw) -> ::std::ffi::c_int {
                        unsafe {
                            let this = ::pyrox_objects::native::cast::<#self_tokens>(receiver);
                            #(::pyrox_objects::native::Traverse::clear(&this.#fields);)*
                        }
                        0
                    }
                    Some(entry)
                })));
            }
        }
        if arguments.drop {
            automatic.push(quote!(tp_dealloc: ::std::cell::Cell::new(Some(::pyrox_objects::native::dealloc_drop::<#self_tokens>))));
        }
        let number = self.table("number", "PyNumberMethods");
        let sequence = self.table("sequence", "PySequenceMethods");
        let mapping = self.table("mapping", "PyMappingMethods");
        let asynchronous = self.table("async", "PyAsyncMethods");
        let buffer = self.table("buffer", "PyBufferProcs");
        quote! {
            const _: () = {
                #[allow(dead_code)]
                const CLASS_NAME: &str = #short_name;
                #[allow(clippy::missing_transmute_annotations)]
                #export
                static TYPE: ::pyrox_objects::abi::Static<::pyrox_objects::abi::PyTypeObject> =
                    ::pyrox_objects::abi::Static::new(::pyrox_objects::abi::PyTypeObject {
                        tp_name: ::std::cell::Cell::new(#c_name),
                        tp_basicsize: ::std::cell::Cell::new(#basicsize),
                        tp_itemsize: ::std::cell::Cell::new(#itemsize),
                        tp_base: ::std::cell::Cell::new(#base),
                        tp_flags: ::std::cell::Cell::new(::pyrox_objects::native::BASE_FLAGS | (#extra_flags) as u64 #gc_flag #no_new),
                        tp_dictoffset: ::std::cell::Cell::new(#dictoffset),
                        tp_weaklistoffset: ::std::cell::Cell::new(#weaklistoffset),
                        tp_vectorcall_offset: ::std::cell::Cell::new(#vectorcalloffset),
                        tp_doc: ::std::cell::Cell::new(#doc),
                        tp_methods: ::std::cell::Cell::new(#methods),
                        tp_members: ::std::cell::Cell::new(#members),
                        tp_getset: ::std::cell::Cell::new(#getset),
                        tp_as_number: ::std::cell::Cell::new(#number),
                        tp_as_sequence: ::std::cell::Cell::new(#sequence),
                        tp_as_mapping: ::std::cell::Cell::new(#mapping),
                        tp_as_async: ::std::cell::Cell::new(#asynchronous),
                        tp_as_buffer: ::std::cell::Cell::new(#buffer),
                        #(#own,)*
                        #(#automatic,)*
                        ..::pyrox_objects::native::EMPTY_TYPE
                    });
                // SAFETY: the struct begins with the object's head, and the type says its size.
                unsafe impl ::pyrox_objects::PyType for #self_tokens {
                    const TYPE: *mut ::pyrox_objects::abi::PyTypeObject =
                        &raw const TYPE as *mut ::pyrox_objects::abi::PyTypeObject;
                }
                impl ::std::ops::Deref for #self_tokens {
                    type Target = ::pyrox_objects::Object;
                    #[inline(always)]
                    fn deref(&self) -> &::pyrox_objects::Object {
                        unsafe { &*(self as *const Self as *const ::pyrox_objects::Object) }
                    }
                }
            };
        }
    }
}
