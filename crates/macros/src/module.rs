//! `pymodule!`: a module definition.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{Ident, LitStr, Path, Result, Token, bracketed};

use crate::function::c_string;

struct Input {
    name: LitStr,
    doc: String,
    functions: Vec<Path>,
    exec: Option<Path>,
}

impl Parse for Input {
    fn parse(input: ParseStream) -> Result<Self> {
        let (mut name, mut doc, mut functions, mut exec) = (None, String::new(), Vec::new(), None);
        while !input.is_empty() {
            let key: Ident = input.parse()?;
            input.parse::<Token![=]>()?;
            match key.to_string().as_str() {
                "name" => name = Some(input.parse::<LitStr>()?),
                "doc" => doc = input.parse::<LitStr>()?.value(),
                "exec" => exec = Some(input.parse()?),
                "functions" => {
                    let list;
                    bracketed!(list in input);
                    functions = Punctuated::<Path, Token![,]>::parse_terminated(&list)?.into_iter().collect();
                }
                _ => return Err(syn::Error::new_spanned(key, "expected name, doc, functions or exec")),
            }
            if !input.is_empty() {
                input.parse::<Token![,]>()?;
            }
        }
        let name = name.ok_or_else(|| input.error("name is missing"))?;
        Ok(Input { name, doc, functions, exec })
    }
}

pub fn expand(tokens: TokenStream) -> Result<TokenStream> {
    let Input { name, doc, functions, exec } = syn::parse2(tokens)?;
    let definitions = functions.into_iter().map(|mut path| {
        let last = path.segments.last_mut().expect("a path has a last segment");
        last.ident = format_ident!("__py_{}", last.ident.to_string().trim_start_matches("r#"));
        quote!(#path)
    });
    let (c_name, c_doc) = (c_string(&name.value()), c_string(&doc));
    let exec = match exec {
        Some(path) => quote! {
            Some({
                fn run_exec(thread: &::pyrox_objects::Thread, module: &::pyrox_objects::Module) -> ::pyrox_objects::PyResult<()> {
                    #path(thread, module)
                }
                run_exec
            })
        },
        None => quote!(None),
    };
    Ok(quote! {
        /// The module's definition.
        pub static MODULE: ::pyrox_objects::native::NativeModule = {
            static METHODS: ::pyrox_objects::native::Table<::pyrox_objects::abi::PyMethodDef> = ::pyrox_objects::native::Table(&[#(#definitions,)* ::pyrox_objects::native::NO_METHOD]);
            ::pyrox_objects::native::NativeModule::new(#name, #c_name, #c_doc, &METHODS, #exec)
        };
    })
}
