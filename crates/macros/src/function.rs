//! C entry points for functions and methods, and their `PyMethodDef`s.

use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote};
use syn::{Attribute, Error, FnArg, ItemFn, LitStr, Meta, Result, ReturnType, Signature as RustSignature, Type};

use crate::signature::Signature;

/// What is said in `#[method(...)]` and its like.
#[derive(Default)]
pub struct Options {
    pub name: Option<String>,
    pub signature: Option<(String, Span)>,
    /// The shown signature, where it differs from the parsed one or is to be absent (empty).
    pub text: Option<String>,
}

impl Options {
    pub fn parse(tokens: TokenStream) -> Result<Options> {
        let mut options = Options::default();
        if tokens.is_empty() {
            return Ok(options);
        }
        let parser = syn::meta::parser(|meta| {
            let value: LitStr = meta.value()?.parse()?;
            if meta.path.is_ident("name") {
                options.name = Some(value.value());
            } else if meta.path.is_ident("sig") {
                options.signature = Some((value.value(), value.span()));
            } else if meta.path.is_ident("text") {
                options.text = Some(value.value());
            } else {
                return Err(meta.error("expected name, sig or text"));
            }
            Ok(())
        });
        syn::parse::Parser::parse2(parser, tokens)?;
        Ok(options)
    }

    pub fn of(attribute: &Attribute) -> Result<Options> {
        match &attribute.meta {
            Meta::List(list) => Options::parse(list.tokens.clone()),
            _ => Ok(Options::default()),
        }
    }
}

/// Who the first C argument is to the Rust function.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Receiver {
    /// `&self` of a class.
    Instance,
    /// A `&Type` first.
    Class,
    /// None.
    Static,
    /// Perhaps a `&Module` first.
    Module,
}

/// The `///` text of an item.
pub fn doc_text(attributes: &[Attribute]) -> String {
    let mut lines = Vec::new();
    for attribute in attributes {
        if attribute.path().is_ident("doc") {
            if let Meta::NameValue(pair) = &attribute.meta {
                if let syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(text), .. }) = &pair.value {
                    lines.push(text.value().strip_prefix(' ').map(str::to_string).unwrap_or(text.value()));
                }
            }
        }
    }
    lines.join("\n").trim().to_string()
}

/// A C string literal expression of `text`.
pub fn c_string(text: &str) -> TokenStream {
    let bytes = syn::LitByteStr::new(format!("{}\0", text.replace('\0', "")).as_bytes(), Span::call_site());
    quote!(#bytes.as_ptr() as *const ::std::ffi::c_char)
}

pub fn last_segment(ty: &Type) -> Option<String> {
    let ty = match ty {
        Type::Reference(reference) => &*reference.elem,
        other => other,
    };
    match ty {
        Type::Path(path) => path.path.segments.last().map(|s| s.ident.to_string()),
        _ => None,
    }
}

fn is_option(ty: &Type) -> bool {
    matches!(ty, Type::Path(_)) && last_segment(ty).as_deref() == Some("Option")
}

/// The pieces of an entry point: how to call it and how its arguments are described.
pub struct Entry {
    pub signature: Signature,
    /// Statements and a final expression of type `PyResult<R>` for arguments in `slots`.
    pub call: TokenStream,
    /// Static description for the run-time parser.
    pub spec: TokenStream,
    pub text: String,
}

/// Make the call of `path` out of parsed arguments.
pub fn entry(
    function: &RustSignature,
    path: TokenStream,
    self_type: Option<&TokenStream>,
    receiver: Receiver,
    name: &str,
    options: &Options,
) -> Result<Entry> {
    let mut inputs: Vec<&FnArg> = function.inputs.iter().collect();
    let mut arguments: Vec<TokenStream> = Vec::new();
    match inputs.first() {
        Some(FnArg::Receiver(_)) => {
            let self_type = self_type.ok_or_else(|| Error::new_spanned(function, "no self here"))?;
            arguments.push(quote!(::pyrox_objects::native::cast::<#self_type>(receiver)));
            inputs.remove(0);
        }
        Some(FnArg::Typed(first)) if receiver == Receiver::Class => {
            let _ = first;
            arguments.push(quote!(::pyrox_objects::native::cast::<::pyrox_objects::Type>(receiver)));
            inputs.remove(0);
        }
        Some(FnArg::Typed(first)) if receiver == Receiver::Instance => {
            let ty = match &*first.ty {
                Type::Reference(r) => &*r.elem,
                other => return Err(Error::new_spanned(other, "a method's first parameter is a reference")),
            };
            arguments.push(quote!(::pyrox_objects::native::cast::<#ty>(receiver)));
            inputs.remove(0);
        }
        Some(FnArg::Typed(first)) if receiver == Receiver::Module && last_segment(&first.ty).as_deref() == Some("Module") => {
            arguments.push(quote!(::pyrox_objects::native::cast::<::pyrox_objects::Module>(receiver)));
            inputs.remove(0);
        }
        _ => {}
    }
    let typed: Vec<_> = inputs
        .iter()
        .map(|input| match input {
            FnArg::Typed(typed) => Ok(typed),
            FnArg::Receiver(receiver) => Err(Error::new_spanned(receiver, "self comes first")),
        })
        .collect::<Result<_>>()?;
    let is_thread = |ty: &Type| last_segment(ty).as_deref() == Some("Thread");
    let signature = match &options.signature {
        Some((text, span)) => Signature::parse(text, *span)?,
        None => {
            let mut signature = Signature::default();
            for input in typed.iter().filter(|t| !is_thread(&t.ty)) {
                let syn::Pat::Ident(ident) = &*input.pat else {
                    return Err(Error::new_spanned(&input.pat, "a plain name, please"));
                };
                let name = ident.ident.to_string();
                signature.parameters.push(crate::signature::Parameter {
                    name: name.trim_start_matches('_').trim_start_matches("r#").to_string(),
                    default: None,
                });
            }
            signature.positional = signature.parameters.len();
            signature.positional_only = signature.positional;
            signature
        }
    };
    let count = signature.parameters.len();
    let mut index = 0;
    let (mut seen_rest, mut seen_keywords) = (false, false);
    for input in &typed {
        let ty = &*input.ty;
        if is_thread(ty) {
            arguments.push(quote!(thread));
        } else if last_segment(ty).as_deref() == Some("Rest") {
            seen_rest = true;
            arguments.push(quote!(rest));
        } else if last_segment(ty).as_deref() == Some("Keywords") {
            seen_keywords = true;
            arguments.push(quote!(keywords));
        } else {
            let Some(parameter) = signature.parameters.get(index) else {
                return Err(Error::new_spanned(input, "the signature has no such parameter"));
            };
            let keyword_only = index >= signature.positional;
            let parameter_name = &parameter.name;
            let positional_only = index < signature.positional_only;
            let position = index + 1;
            let place = quote!(&::pyrox_objects::native::Place {
                function: SPEC.name, index: #position, parameter: #parameter_name, positional_only: #positional_only, sole: #count == 1
            });
            let slot = quote!(slots[#index]);
            arguments.push(match &parameter.default {
                Some(_) if is_option(ty) => quote! {
                    match #slot.is_null() {
                        true => None,
                        false => Some(::pyrox_objects::native::FromArgument::from_argument(
                            thread, ::pyrox_objects::native::borrow(#slot), #place)?),
                    }
                },
                Some(default) => {
                    let default = default_expression(default, ty)
                        .ok_or_else(|| Error::new_spanned(input, format!("make it an Option: the default {default} is not a literal")))?;
                    quote! {
                        match #slot.is_null() {
                            true => #default,
                            false => ::pyrox_objects::native::FromArgument::from_argument(
                                thread, ::pyrox_objects::native::borrow(#slot), #place)?,
                        }
                    }
                }
                None => quote! {
                    ::pyrox_objects::native::FromArgument::from_argument(
                        thread, ::pyrox_objects::native::borrow(#slot), #place)?
                },
            });
            let _ = keyword_only;
            index += 1;
        }
    }
    if index != count || seen_rest != signature.varargs.is_some() || seen_keywords != signature.varkeywords.is_some() {
        return Err(Error::new_spanned(
            function,
            format!("the signature has {count} parameters, the function {index} (or *args/**kwargs differ)"),
        ));
    }
    let names = signature.parameters.iter().map(|p| p.name.as_str());
    let required = signature.parameters.iter().map(|p| p.default.is_none());
    let (positional_only, positional) = (signature.positional_only, signature.positional);
    let required_positional = signature.required_positional();
    let (varargs, varkeywords) = (signature.varargs.is_some(), signature.varkeywords.is_some());
    let spec = quote! {
        ::pyrox_objects::native::Spec {
            name: #name, parameters: &[#(#names),*], required: &[#(#required),*], positional_only: #positional_only,
            positional: #positional, required_positional: #required_positional, varargs: #varargs, varkeywords: #varkeywords,
        }
    };
    let call = if matches!(function.output, ReturnType::Default) {
        quote!({ #path(#(#arguments),*); Ok::<(), ::pyrox_objects::Raised>(()) })
    } else {
        quote!(::pyrox_objects::native::wrap_result(#path(#(#arguments),*)))
    };
    let text = match &options.text {
        Some(text) => text.clone(),
        None => {
            let first = match receiver {
                Receiver::Instance => "$self",
                Receiver::Class => "$type",
                Receiver::Module => "$module",
                Receiver::Static => "",
            };
            let body = match &options.signature {
                Some((text, _)) => text.trim().trim_start_matches('(').trim_end_matches(')').trim().to_string(),
                None if count == 0 => String::new(),
                None => format!("{}, /", signature.parameters.iter().map(|p| p.name.clone()).collect::<Vec<_>>().join(", ")),
            };
            // A bare receiver is positional-only too.
            let slash = if signature.positional_only == 0 && !first.is_empty() { ", /" } else { "" };
            let separator = if first.is_empty() || body.is_empty() { "" } else { ", " };
            format!("({first}{slash}{separator}{body})")
        }
    };
    Ok(Entry { signature, call, spec, text })
}

fn default_expression(text: &str, ty: &Type) -> Option<TokenStream> {
    match text {
        "True" => Some(quote!(true)),
        "False" => Some(quote!(false)),
        "sys.maxsize" => Some(quote!(isize::MAX)),
        _ => {
            let expression: syn::Expr = syn::parse_str(text).ok()?;
            match &expression {
                syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(_), .. }) => Some(quote!(#expression.into())),
                syn::Expr::Lit(_) | syn::Expr::Unary(_) => match last_segment(ty).as_deref() {
                    Some("Count") => Some(quote!(::pyrox_objects::native::Count(#expression))),
                    _ => Some(quote!(#expression)),
                },
                _ => None,
            }
        }
    }
}

/// A `PyMethodDef` expression for an entry, with its entry point inside.
pub fn method_definition(entry: &Entry, name: &str, doc: &str, extra_flags: TokenStream) -> TokenStream {
    let Entry { signature, call, spec, text } = entry;
    let count = signature.parameters.len();
    let c_name = c_string(name);
    let c_doc = if text.is_empty() { c_string(doc) } else { c_string(&format!("{name}{text}\n--\n\n{doc}")) };
    let plain = signature.only_positional() && signature.varargs.is_none() && signature.required_positional() == count;
    let body = quote! {
        let thread = ::pyrox_objects::native::thread();
        let result = (|| { #call })();
        ::pyrox_objects::native::give(thread, result)
    };
    let (flags, function) = if plain && count == 0 {
        (
            quote!(::pyrox_objects::abi::METH_NOARGS),
            quote! {
                unsafe extern "C-unwind" fn entry(
                    receiver: ::pyrox_objects::native::Raw, _unused: ::pyrox_objects::native::Raw,
                ) -> ::pyrox_objects::native::Raw { unsafe { let _ = receiver; #body } }
                Some(entry)
            },
        )
    } else if plain && count == 1 {
        (
            quote!(::pyrox_objects::abi::METH_O),
            quote! {
                unsafe extern "C-unwind" fn entry(
                    receiver: ::pyrox_objects::native::Raw, argument: ::pyrox_objects::native::Raw,
                ) -> ::pyrox_objects::native::Raw {
                    const SPEC: ::pyrox_objects::native::Spec = #spec;
                    unsafe { let _ = receiver; let slots = [argument]; #body }
                }
                Some(entry)
            },
        )
    } else {
        let keywords = !signature.only_positional();
        let flags = if keywords {
            quote!((::pyrox_objects::abi::METH_FASTCALL | ::pyrox_objects::abi::METH_KEYWORDS))
        } else {
            quote!(::pyrox_objects::abi::METH_FASTCALL)
        };
        let (parameter, kwnames) = if keywords {
            (quote!(, kwnames: ::pyrox_objects::native::Raw), quote!(kwnames))
        } else {
            (quote!(), quote!(::std::ptr::null_mut()))
        };
        (
            flags,
            quote! {
                unsafe extern "C-unwind" fn entry(
                    receiver: ::pyrox_objects::native::Raw, arguments: *const ::pyrox_objects::native::Raw, nargs: isize #parameter
                ) -> ::pyrox_objects::native::Raw {
                    static SPEC: ::pyrox_objects::native::Spec = #spec;
                    unsafe {
                        let _ = receiver;
                        let thread = ::pyrox_objects::native::thread();
                        let mut slots = [::std::ptr::null_mut(); #count];
                        let Ok((rest, keywords)) = ::pyrox_objects::native::parse(
                            thread, &SPEC, arguments, nargs as usize, #kwnames, &mut slots) else {
                            return ::std::ptr::null_mut();
                        };
                        let _ = (&rest, &keywords);
                        let result = (|| { #call })();
                        ::pyrox_objects::native::give(thread, result)
                    }
                }
                ::std::mem::transmute::<*const (), ::pyrox_objects::abi::PyCFunction>(entry as *const ())
            },
        )
    };
    quote! {
        ::pyrox_objects::abi::PyMethodDef {
            ml_name: #c_name,
            #[allow(clippy::missing_transmute_annotations)]
            ml_meth: { #[allow(unused_unsafe)] unsafe { #function } },
            ml_flags: (#flags #extra_flags) as ::std::ffi::c_int,
            ml_doc: #c_doc,
        }
    }
}

pub fn expand_free(arguments: TokenStream, item: TokenStream) -> Result<TokenStream> {
    let function: ItemFn = syn::parse2(item)?;
    let options = Options::parse(arguments)?;
    let ident = &function.sig.ident;
    let name = options.name.clone().unwrap_or_else(|| ident.to_string().trim_start_matches("r#").to_string());
    let entry = entry(&function.sig, quote!(#ident), None, Receiver::Module, &name, &options)?;
    let definition = method_definition(&entry, &name, &doc_text(&function.attrs), quote!());
    let constant = format_ident!("__py_{}", ident.to_string().trim_start_matches("r#"));
    Ok(quote! {
        #function
        #[allow(non_upper_case_globals)]
        #[doc(hidden)]
        pub const #constant: ::pyrox_objects::abi::PyMethodDef = #definition;
    })
}
